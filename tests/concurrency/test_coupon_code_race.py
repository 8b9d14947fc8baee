"""One code and many hands; makers killed in the middle; guesses side by side."""

import os
import signal
import subprocess
import sys
import time
import uuid
from pathlib import Path

import pytest
from sqlalchemy import text

from app.actor import Actor
from app.errors import TooMany
from app.services import coupon_code_runs, coupon_codes
from app.transaction import transaction
from blueprints import attempts
from blueprints.mini.coupon_codes import WRONG_CODES
from jobs.make_coupon_codes import make_coupon_codes
from tests.concurrency.race import Racers, assert_verified, call, tally
from tests.conftest import NOON, CommittedDatabase
from tests.factories.codes import hash_of, make_codes
from tests.factories.coupons import make_batch
from tests.factories.members import make_member

ROOT = Path(__file__).resolve().parents[2]
WORKER = """
from app import create_app, clock
from config import Config
from jobs.make_coupon_codes import make_coupon_codes
app = create_app(Config.from_env())
with app.app_context():
    print("ready", flush=True)
    make_coupon_codes(now=clock.utc_now())
"""


def use(*, member_id: int, code: str) -> str:
    actor = Actor(kind="member", id=member_id)
    return str(coupon_codes.use(member_id, code_hash=hash_of(code), now=NOON, actor=actor).public_id)


def ordered(*, batch: uuid.UUID, wanted: int) -> int:
    return coupon_code_runs.plan(batch, wanted=wanted, actor=Actor.system(), now=NOON).wanted


def told(database: CommittedDatabase, question: str) -> int:
    with database.session() as session:
        return int(session.scalar(text(question)) or 0)


def test_32_members_and_one_code(committed_db: CommittedDatabase, racers: Racers) -> None:
    with committed_db.session(), transaction():
        # Stock for one: the losers are told of the code, not of the stock.
        _, (code,) = make_codes(1, batch=make_batch(how="code", stock=1))
        people = [make_member().id for _ in range(32)]
    outcomes = racers.run(committed_db, [call(use, member_id=one, code=code) for one in people])
    assert tally(outcomes) == {"ok": 1, "coupon_code_invalid": 31}
    assert told(committed_db, "SELECT count(*) FROM coupon") == 1
    assert told(committed_db, "SELECT count(*) FROM coupon_code WHERE used_at IS NOT NULL") == 1
    assert_verified(committed_db)


def test_one_member_and_32_codes_with_a_limit_of_5(committed_db: CommittedDatabase, racers: Racers) -> None:
    with committed_db.session(), transaction():
        _, codes = make_codes(32, batch=make_batch(how="code", per_member_limit=5))
        member = make_member().id
    outcomes = racers.run(committed_db, [call(use, member_id=member, code=code) for code in codes])
    assert tally(outcomes) == {"ok": 5, "claim_limit_reached": 27}
    assert told(committed_db, "SELECT count(*) FROM coupon_code WHERE used_at IS NOT NULL") == 5
    assert_verified(committed_db)


def test_16_orders_of_codes_and_stock_for_ten(committed_db: CommittedDatabase, racers: Racers) -> None:
    with committed_db.session(), transaction():
        batch = make_batch(how="code", stock=30)
        public_id = batch.public_id
    outcomes = racers.run(committed_db, [call(ordered, batch=public_id, wanted=3)] * 16)
    assert tally(outcomes) == {"ok": 10, "codes_above_stock": 6}
    assert told(committed_db, "SELECT codes FROM coupon_batch") == 30
    assert_verified(committed_db)


def test_makers_killed_in_the_middle_leave_an_exact_run(committed_db: CommittedDatabase) -> None:
    wanted = 30_000
    with committed_db.session(), transaction():
        batch = make_batch(how="code", stock=wanted)
        coupon_code_runs.plan(batch.public_id, wanted=wanted, actor=Actor.system(), now=NOON)
    environment = {**os.environ, **committed_db.environment}
    made = [0]
    for _ in range(3):
        maker = subprocess.Popen([sys.executable, "-c", WORKER], cwd=ROOT, env=environment, stdout=subprocess.PIPE)
        assert maker.stdout is not None
        maker.stdout.readline()
        until = time.monotonic() + 60
        while told(committed_db, "SELECT made FROM coupon_code_run") == made[-1] and time.monotonic() < until:
            time.sleep(0.005)
        maker.send_signal(signal.SIGKILL)
        maker.wait()
        maker.stdout.close()
        made.append(told(committed_db, "SELECT made FROM coupon_code_run"))
    assert made == sorted(set(made)), made
    assert made[-1] < wanted
    with committed_db.session():
        make_coupon_codes(now=NOON)
    assert told(committed_db, "SELECT count(*) FROM coupon_code") == wanted
    assert (
        told(committed_db, "SELECT count(DISTINCT serial) FROM coupon_code WHERE serial BETWEEN 1 AND 30000") == wanted
    )
    assert told(committed_db, "SELECT count(*) FROM coupon_code_run WHERE state = 'done' AND made = wanted") == 1
    assert_verified(committed_db)


@pytest.mark.slow
def test_100_000_codes_are_made_and_exported(committed_db: CommittedDatabase) -> None:
    with committed_db.session(), transaction():
        run, codes = make_codes(100_000, batch=make_batch(how="code", stock=100_000))
    assert len(set(codes)) == run.wanted
    assert_verified(committed_db)


def guess(*, member_id: int) -> str:
    attempts.count(WRONG_CODES, f"member:{member_id}")
    return "let through"


def test_guesses_side_by_side_find_each_other_counted(committed_db: CommittedDatabase) -> None:
    """The counter stands in PostgreSQL, counted before the look-up: a flushed Redis gives no further try."""
    with committed_db.session():
        let_through = 0
        with committed_db.app.test_request_context():
            for _ in range(30):
                try:
                    let_through += guess(member_id=1) == "let through"
                except TooMany:
                    committed_db.app.extensions["huitou"].redis.flushdb()
        assert let_through == WRONG_CODES.tries
