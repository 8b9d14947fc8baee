"""Ten thousand want what there are a thousand of: over HTTP, at several server processes, some of which are killed meanwhile."""

import os
import random
import signal
import threading
import time
import uuid
from contextlib import ExitStack
from pathlib import Path

import pytest
from sqlalchemy import text

from app import clock
from app.actor import Actor
from app.services import coupon_batches
from app.transaction import transaction
from tests import web_server
from tests.concurrency import mortal, rush
from tests.concurrency.race import assert_verified
from tests.concurrency.rush import Answered, Wish
from tests.conftest import CommittedDatabase
from tests.factories.coupons import make_batch, make_template

IN_FLIGHT = 256
WORKERS = 4
# Everybody waits in a queue on a loaded machine: that is no refusal.
PATIENT = {
    "DB_LOCK_TIMEOUT_MS": "60000",
    "DB_STATEMENT_TIMEOUT_MS": "90000",
    "DB_POOL_TIMEOUT_SECONDS": "60",
    "DB_POOL_SIZE": "8",
}


def prepare(database: CommittedDatabase, *, members: int, stock: int) -> tuple[list[int], str, int]:
    """A crowd and a batch open now; (members, the batch's id for the door, its key)."""
    with database.session(), transaction():
        people = rush.crowd(members, app_id=database.app.extensions["huitou"].config.wechat_appid)
        now = clock.utc_now()
        batch = make_batch(make_template(now=now), stock=stock, now=now)
        return people, str(batch.public_id), batch.id


def coupons_of(database: CommittedDatabase, batch_id: int) -> dict[str, int]:
    """Which coupon whose."""
    with database.session() as session:
        rows = session.execute(text("SELECT public_id, member_id FROM coupon WHERE batch_id = :b"), {"b": batch_id})
        return {str(row.public_id): row.member_id for row in rows}


@pytest.mark.timeout(600)
@pytest.mark.parametrize("uneven", [False, True], ids=["even_buckets", "buckets_run_dry_one_by_one"])
def test_ten_thousand_claims_on_a_thousand_copies(
    committed_db: CommittedDatabase, tmp_path: Path, uneven: bool
) -> None:
    claims, stock = (2_000, 200) if uneven else (10_000, 1_000)
    people, batch, batch_id = prepare(committed_db, members=claims // 2, stock=max(stock, 1_000))
    if uneven:
        _skew(committed_db, batch_id, stock=stock)
    wishes = [Wish(member_id, batch) for member_id in people for _ in range(2)]
    random.Random(20261128).shuffle(wishes)
    environment = {**committed_db.environment, **PATIENT}
    with web_server.serving(environment, folder=tmp_path, workers=WORKERS, threads=8) as server:
        answered = rush.play(wishes, ports=[server.port], in_flight=IN_FLIGHT)
    assert answered.last["201"] == stock
    assert set(answered.words) <= {"201", "409_batch_exhausted", "422_claim_limit_reached", "409_in_flight"}
    owned = coupons_of(committed_db, batch_id)
    assert len(owned) == len(set(owned.values())) == stock
    assert {coupon: member for coupon, (member, _) in answered.coupons.items()} == owned
    assert_verified(committed_db)


def _skew(database: CommittedDatabase, batch_id: int, *, stock: int) -> None:
    """Bucket 0 has one copy, the next two, … and the last what is left: each runs dry at another moment."""
    with database.session() as session, transaction():
        shares = [no + 1 for no in range(15)]
        shares.append(stock - sum(shares))
        for no, copies in enumerate(shares):
            session.execute(
                text("UPDATE coupon_bucket SET stock = :n, budget_fen = :n * 1000 WHERE batch_id = :b AND no = :no"),
                {"n": copies, "b": batch_id, "no": no},
            )
        session.execute(
            text("UPDATE coupon_batch SET stock = :n, budget_fen = :n * 1000 WHERE id = :b"),
            {"n": stock, "b": batch_id},
        )


@pytest.mark.timeout(600)
def test_a_pause_is_known_to_every_worker_at_once(committed_db: CommittedDatabase, tmp_path: Path) -> None:
    """The kill switch, in the middle of a rush at four processes: from its commit on not one more copy is given."""
    people, batch, batch_id = prepare(committed_db, members=1_500, stock=1_500)
    answered = Answered()
    with web_server.serving({**committed_db.environment, **PATIENT}, folder=tmp_path, workers=WORKERS) as server:
        wishes = [Wish(member_id, batch) for member_id in people]
        crowd = threading.Thread(
            target=rush.play, args=(wishes,), kwargs={"ports": [server.port], "in_flight": IN_FLIGHT, "into": answered}
        )
        crowd.start()
        while answered.settled < 300:
            time.sleep(0.01)
        with committed_db.session(), transaction():
            coupon_batches.change(uuid.UUID(batch), status="paused", actor=Actor.system(), now=clock.utc_now())
        given = len(coupons_of(committed_db, batch_id))
        crowd.join()
    assert len(coupons_of(committed_db, batch_id)) == given == answered.last["201"]
    assert 300 <= given < 1_500
    assert answered.last["422_batch_not_open"] == 1_500 - given
    assert_verified(committed_db)


@pytest.mark.timeout(1800)
@pytest.mark.parametrize(
    ("rounds", "claims", "stock"), [(5, 2_400, 1_500), pytest.param(20, 12_000, 8_000, marks=pytest.mark.slow)]
)
def test_killed_servers_and_databases_lose_no_claim_and_double_none(
    tmp_path: Path, rounds: int, claims: int, stock: int
) -> None:
    """Every claim is sent until somebody answers it: what was acknowledged once is there, and nothing else is."""
    rng = random.Random(20261128)
    with mortal.mortal_database(tmp_path) as (database, data), ExitStack() as stack:
        people, batch, batch_id = prepare(database, members=claims, stock=stock)
        servers = Servers({**database.environment, **PATIENT}, tmp_path, stack)
        answered, killed = Answered(), list[str]()

        def strike() -> None:
            """Spread over the rush by how far it is, so that every blow falls in the middle of it."""
            for number in range(rounds):
                while answered.settled < (number + 1) * claims // (rounds + 2):
                    time.sleep(0.02)
                time.sleep(rng.uniform(0, 0.1))
                if number % 3 == 2:
                    killed.append("postgres")
                    mortal.kill("postgres", data)
                else:
                    killed.append("web")
                    servers.kill_one(rng)

        killer = threading.Thread(target=strike, daemon=True)
        killer.start()
        rush.play([Wish(member_id, batch) for member_id in people], ports=servers.ports, in_flight=64, into=answered)
        killer.join()
        assert len(killed) == rounds
        assert "postgres" in killed
        assert dict(answered.last) == {"201": stock, "409_batch_exhausted": claims - stock}
        assert set(answered.words) <= {"201", "409_batch_exhausted", "lost", "503", "409_in_flight"}
        mortal.wait_until_it_answers(database)
        owned = coupons_of(database, batch_id)
        assert len(owned) == len(set(owned.values())) == stock
        assert {coupon: member for coupon, (member, _) in answered.coupons.items()} == owned
        assert_verified(database)


class Servers:
    """Three web servers with a process each; one that is killed is started again at its port."""

    def __init__(self, environment: dict[str, str], folder: Path, stack: ExitStack) -> None:
        self._environment, self._folder, self._stack = environment, folder, stack
        self._running = [self._start() for _ in range(3)]

    @property
    def ports(self) -> list[int]:
        return [server.port for server in self._running]

    def kill_one(self, rng: random.Random) -> None:
        """kill -9 of a whole server in the middle of what it does."""
        number = rng.randrange(len(self._running))
        os.killpg(self._running[number].process.pid, signal.SIGKILL)
        self._running[number].process.wait()
        self._running[number] = self._start(self._running[number].port)

    def _start(self, port: int | None = None) -> web_server.WebServer:
        return self._stack.enter_context(
            web_server.serving(self._environment, folder=self._folder, threads=8, port=port)
        )
