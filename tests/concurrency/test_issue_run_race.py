"""Runs and revocations among everything else: nobody twice, nobody lost, never above stock, never a coupon in use."""

import multiprocessing as mp
import os
import random
import signal
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.actor import Actor
from app.extensions import db
from app.models import CouponBatch, IssueRun, Member, Revocation
from app.services import claim_alarms, coupon_batches, coupons, issue_run_work, revocation_work, revocations
from app.transaction import transaction
from jobs.advance_issue_runs import advance_issue_runs
from jobs.advance_revocations import advance_revocations
from tests.concurrency.race import Racers, assert_verified, call, tally
from tests.concurrency.test_claim_race import claim, merge
from tests.concurrency.test_claim_race import prepare as print_batch
from tests.concurrency.test_redeem_race import assert_consistent, facts, redeem
from tests.concurrency.test_redeem_race import prepare as set_the_scene
from tests.conftest import NOON, CommittedDatabase
from tests.factories.issue_runs import make_list, make_run, marketer
from tests.factories.members import make_member

CHUNK = 7


def advance(*, run_id: int) -> tuple[int, bool]:
    """One chunk; whoever races calls it often enough."""
    done = issue_run_work.advance(run_id, now=NOON, limit=CHUNK)
    return done.given, done.has_more


def take(*, revocation_id: int) -> int:
    return revocation_work.advance(revocation_id, now=NOON, limit=CHUNK).revoked


def issue(*, member_id: int, batch_id: int) -> str:
    given = coupons.issue(member_id, batch_id=batch_id, source="by hand", now=NOON, actor=Actor.system())
    return str(given.public_id)


def sample(*, batch_id: int, seconds: float) -> bool:
    alarm = claim_alarms.sample(batch_id, now=NOON + timedelta(seconds=seconds))
    return alarm is not None


def begin(database: CommittedDatabase, batch: CouponBatch, *, is_partial: bool = False, **audience: Any) -> int:
    with database.session(), transaction():
        return make_run(batch, is_partial=is_partial, **audience).id


def finish(database: CommittedDatabase) -> None:
    """The tick, until nothing is left."""
    with database.app.app_context():
        while any(advance_issue_runs(now=NOON).values()) or any(advance_revocations(now=NOON).values()):
            pass


def copies(database: CommittedDatabase, batch: CouponBatch) -> dict[int, int]:
    """Member → copies of a batch, once every invariant has been looked at."""
    assert_verified(database)
    with database.session() as session:
        query = text("SELECT member_id, count(*) FROM coupon WHERE batch_id = :id GROUP BY member_id")
        return dict(session.execute(query, {"id": batch.id}).all())


def test_sixteen_workers_on_one_run(committed_db: CommittedDatabase, racers: Racers) -> None:
    members, batch = print_batch(committed_db, members=60, how="issue", stock=60)
    run_id = begin(committed_db, batch)
    for _ in range(3):
        tally(racers.run(committed_db, [call(advance, run_id=run_id)] * 16))
    finish(committed_db)
    assert copies(committed_db, batch) == dict.fromkeys(members, 1)
    with committed_db.session() as session:
        run = session.get_one(IssueRun, run_id)
        assert (run.state, run.given, run.skipped) == ("done", 60, {})


@pytest.mark.parametrize(("stock", "is_partial"), [(60, False), (40, True)])
def test_copies_by_hand_amid_a_run(
    committed_db: CommittedDatabase, racers: Racers, stock: int, is_partial: bool
) -> None:
    members, batch = print_batch(committed_db, members=60, how="issue", stock=stock)
    run_id = begin(committed_db, batch, is_partial=is_partial)
    by_hand = [call(issue, member_id=member, batch_id=batch.id) for member in members[::2]]
    calls = [call(advance, run_id=run_id)] * 12 + by_hand
    random.Random(7).shuffle(calls)
    outcomes = tally(racers.run(committed_db, calls))
    assert set(outcomes) <= {"ok", "claim_limit_reached", "batch_exhausted"}
    finish(committed_db)
    found = copies(committed_db, batch)
    assert (len(found), set(found.values())) == (stock, {1})
    with committed_db.session() as session:
        run = session.get_one(IssueRun, run_id)
        assert (run.state, run.given + sum(run.skipped.values())) == ("done", 60)


def test_merges_amid_a_run_over_a_list(committed_db: CommittedDatabase, racers: Racers) -> None:
    members, batch = print_batch(committed_db, members=30, how="issue", stock=90, per_member_limit=5)
    with committed_db.session(), transaction():
        # The older of each pair is not on the list, so their entry comes from behind the cursor.
        named = [db.session.get_one(Member, member_id) for member_id in members[15:]]
        listed = make_list(named)
    run_id = begin(committed_db, batch, audience="member_list", members=listed)
    pairs = list(zip(members[:15], members[15:], strict=True))
    calls = [call(merge, first_id=kept, second_id=merged) for kept, merged in pairs] + [
        call(advance, run_id=run_id)
    ] * 6
    random.Random(8).shuffle(calls)
    assert tally(racers.run(committed_db, calls)) == {"ok": len(calls)}
    finish(committed_db)
    assert copies(committed_db, batch) == dict.fromkeys(members[:15], 1)


def work_until_killed(environment: dict[str, str], seed: int) -> None:
    """A scheduler's whole work, in chunks so small that it is always in the middle of one."""
    from app import create_app
    from config import Config
    from jobs import advance_issue_runs as ticking

    ticking.CHUNK, ticking.MAX_CHUNKS = 1 + seed % 3, 1_000_000
    app = create_app(Config.from_env(environment))
    with app.app_context():
        while True:
            ticking.advance_issue_runs(now=NOON)


def test_killed_again_and_again_it_ends_exactly(committed_db: CommittedDatabase) -> None:
    with committed_db.session(), transaction():
        members = [make_member().id for _ in range(150)]
    _, batch = print_batch(committed_db, members=0, how="issue", stock=150)
    run_id = begin(committed_db, batch)
    context, seen = mp.get_context("spawn"), 0
    for round_no in range(4):
        child = context.Process(target=work_until_killed, args=(committed_db.environment, round_no), daemon=True)
        child.start()
        began = time.monotonic()
        while given(committed_db, run_id) < seen + 20 and time.monotonic() - began < 60:
            time.sleep(0.005)
        assert child.pid is not None
        os.kill(child.pid, signal.SIGKILL)
        child.join()
        before, seen = seen, given(committed_db, run_id)
        assert seen > before
        assert sum(copies(committed_db, batch).values()) == seen
    finish(committed_db)
    assert copies(committed_db, batch) == dict.fromkeys(members, 1)


def given(database: CommittedDatabase, run_id: int) -> int:
    with database.session() as session:
        found = session.scalar(text("SELECT given FROM issue_run WHERE id = :id"), {"id": run_id})
        session.rollback()
        return int(found or 0)


def revoke(database: CommittedDatabase, batch: CouponBatch) -> int:
    with database.session(), transaction():
        row = revocations.revoke_batch(
            batch.public_id, expected=1000, tolerance=0, reason="x", actor=marketer(), now=NOON
        )
        return row.id


def test_uses_amid_a_revocation(committed_db: CommittedDatabase, racers: Racers) -> None:
    scenes = set_the_scene(committed_db, coupons=1, visits=1, members=40)
    with committed_db.session() as session:
        batch = session.query(CouponBatch).one()
        session.expunge_all()
    revocation_id = revoke(committed_db, batch)
    calls = [
        call(redeem, visit=scene.visits[0][0], coupon=scene.coupons[0], actor=scene.visits[0][1]) for scene in scenes
    ]
    calls += [call(take, revocation_id=revocation_id)] * 12
    random.Random(9).shuffle(calls)
    outcomes = tally(racers.run(committed_db, calls))
    assert set(outcomes) <= {"ok", "coupon_not_usable"}
    finish(committed_db)
    found = facts(committed_db)
    assert_consistent(found)
    with committed_db.session() as session:
        row = session.get_one(Revocation, revocation_id)
        assert (row.state, row.revoked + found["redeemed"]) == ("done", 40)
        assert row.revoked == outcomes.get("coupon_not_usable", 0)
        assert session.scalar(text("SELECT count(*) FROM coupon WHERE status = 'active'")) == 0


def hold_for_a_while(*, coupon: uuid.UUID) -> bool:
    """What the counter does: the account, then a promise to a visit. True when the coupon could be promised."""
    db.session.execute(
        text(
            "SELECT 1 FROM member_account WHERE member_id = (SELECT member_id FROM coupon WHERE public_id = :c) FOR UPDATE"
        ),
        {"c": coupon},
    )
    held = db.session.execute(
        text(
            "UPDATE coupon c SET held_visit_id = v.id, held_until = :until FROM counter_visit v"
            " WHERE c.public_id = :c AND c.status = 'active' AND v.member_id = c.member_id RETURNING 1"
        ),
        {"c": coupon, "until": NOON + timedelta(minutes=5)},
    )
    return held.scalar() is not None


def statuses(session: Session) -> dict[str, int]:
    """Copies by status."""
    return dict(session.execute(text("SELECT status, count(*) FROM coupon GROUP BY status")).all())


def test_holds_amid_a_revocation(committed_db: CommittedDatabase, racers: Racers) -> None:
    scenes = set_the_scene(committed_db, coupons=1, visits=1, members=30)
    with committed_db.session() as session:
        batch = session.query(CouponBatch).one()
        session.expunge_all()
    revocation_id = revoke(committed_db, batch)
    holds = [call(hold_for_a_while, coupon=scene.coupons[0]) for scene in scenes]
    outcomes = racers.run(committed_db, holds + [call(take, revocation_id=revocation_id)] * 10)
    tally(outcomes)
    held = sum(outcome.value for outcome in outcomes[:30])
    finish(committed_db)
    with committed_db.session() as session:
        rows = statuses(session)
        # What was promised in time is still promised, and waited for.
        assert (rows.get("active", 0), rows.get("revoked", 0)) == (held, 30 - held)
        assert session.get_one(Revocation, revocation_id).state == ("working" if held else "done")
        session.rollback()
    with committed_db.app.app_context():
        advance_revocations(now=NOON + timedelta(minutes=6))
    with committed_db.session() as session:
        assert session.get_one(Revocation, revocation_id).state == "done"
        assert session.scalar(text("SELECT count(*) FROM coupon WHERE status = 'revoked'")) == 30
    assert_verified(committed_db)


def test_claims_amid_the_revocation_of_their_batch(committed_db: CommittedDatabase, racers: Racers) -> None:
    members, batch = print_batch(committed_db, members=40, stock=100)
    with committed_db.session(), transaction():
        actor = marketer()
    calls = [call(claim, member_id=member, batch=batch.public_id) for member in members]
    calls.insert(10, call(begin_revoking, batch=batch.public_id, actor=actor))
    outcomes = racers.run(committed_db, calls)
    counted = tally(outcomes)
    assert set(counted) <= {"ok", "batch_not_open"}
    finish(committed_db)
    with committed_db.session() as session:
        rows = statuses(session)
    # Whoever claimed in time lost it, whoever came later got none.
    assert set(rows) <= {"revoked"}
    assert rows.get("revoked", 0) == counted["ok"] - 1
    assert_verified(committed_db)


def begin_revoking(*, batch: uuid.UUID, actor: Actor) -> None:
    revocations.revoke_batch(batch, expected=1000, tolerance=0, reason="x", actor=actor, now=NOON)


def test_a_pause_acts_on_claims_that_wait_already(committed_db: CommittedDatabase, racers: Racers) -> None:
    """The alarm's pause holds the bucket's row; claims in other processes queue at it and find it shut."""
    members, batch = print_batch(committed_db, members=24, stock=100, alarm_per_minute=1, alarm_pauses=True)
    first = racers.run(committed_db, [call(sample, batch_id=batch.id, seconds=0)])
    tally(first + racers.run(committed_db, [call(claim, member_id=m, batch=batch.public_id) for m in members[:4]]))
    late = [call(claim, member_id=member, batch=batch.public_id) for member in members[4:]]
    with ThreadPoolExecutor(1) as beside, committed_db.session() as session:
        with transaction():
            assert sample(batch_id=batch.id, seconds=60)
            session.flush()
            running = beside.submit(racers.run, committed_db, late)
            wait_for_waiters(committed_db, len(late))
        outcomes = running.result()
    assert tally(outcomes) == {"batch_not_open": len(late)}
    assert copies(committed_db, batch) == dict.fromkeys(members[:4], 1)
    with committed_db.session():
        assert coupon_batches.get_by_public_id(batch.public_id).status == "paused"


def wait_for_waiters(database: CommittedDatabase, wanted: int) -> None:
    """Until so many sessions of this database wait for a lock."""
    query = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    deadline = time.monotonic() + 60
    with psycopg.connect(database.url, autocommit=True) as watcher:
        while time.monotonic() < deadline:
            row = watcher.execute(query).fetchone()
            if row is not None and row[0] >= wanted:
                return
            time.sleep(0.02)
    raise TimeoutError("claims do not wait")


@pytest.mark.parametrize("rounds", [2])
def test_two_samples_at_once_sound_one_alarm(committed_db: CommittedDatabase, racers: Racers, rounds: int) -> None:
    members, batch = print_batch(committed_db, members=8 * rounds, stock=100, alarm_per_minute=3)
    tally(racers.run(committed_db, [call(sample, batch_id=batch.id, seconds=0)] * 8))
    for number in range(rounds):
        some = members[number * 8 : number * 8 + 8]
        tally(racers.run(committed_db, [call(claim, member_id=m, batch=batch.public_id) for m in some]))
        calls = [call(sample, batch_id=batch.id, seconds=60 * (number + 1))] * 8
        outcomes = racers.run(committed_db, calls)
        tally(outcomes)
        assert [outcome.value for outcome in outcomes].count(True) == 1
