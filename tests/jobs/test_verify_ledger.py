"""Every night once, late rather than never; a broken invariant fails the run by its name."""

from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import clock
from app.actor import Actor
from app.extensions import db
from app.models import AuditSeal, JobRun
from app.services import audit, check_ins, job_runs
from app.transaction import transaction
from jobs import runner, scheduler
from jobs.seal_audit import seal_audit
from jobs.verify_ledger import verify_ledger
from tests.conftest import NOON, CommittedDatabase
from tests.factories.members import make_member

DAILY = next(tick for tick in scheduler.TIMETABLE if tick.job is verify_ledger)
SHANGHAI = timedelta(hours=8)


def note() -> None:
    audit.record("member.note", actor=Actor.system(), object_kind="member", object_id=1, details={}, now=NOON)


def test_a_tick_seals_once(db_session: Session, now: datetime) -> None:
    note()
    assert [seal_audit(now=now) for _ in range(2)] == [{"sealed": 1}, {"sealed": 0}]


def test_the_night_seals_what_is_left_and_finds_nothing(committed_db: CommittedDatabase) -> None:
    with committed_db.session():
        with transaction():
            note()
            check_ins.check_in(make_member().id, now=NOON)
        assert verify_ledger(now=NOON)["broken"] == 0
        assert db.session.scalar(select(AuditSeal.block_no)) == 1
        assert verify_ledger(now=NOON) == {"sealed": 0, "broken": 0}


def test_what_is_broken_fails_the_run_by_name(committed_db: CommittedDatabase) -> None:
    with committed_db.session(), transaction():
        check_ins.check_in(make_member().id, now=NOON)
    with psycopg.connect(committed_db.url) as intruder:
        intruder.execute("SET session_replication_role = replica")
        intruder.execute("UPDATE member_account SET points_balance = points_balance + 7")
    assert runner.run(committed_db.app, verify_ledger) is False
    with committed_db.session():
        run = db.session.scalars(select(JobRun)).one()
    assert (run.ok, run.counts["I1_points_balance"]) == (False, 1)
    assert run.error is not None
    assert "I1_points_balance" in run.error


@pytest.mark.parametrize(
    ("last", "now", "is_due"),
    [
        (None, "2026-11-20 12:00", True),
        ("2026-11-20 03:30", "2026-11-20 23:59", False),
        ("2026-11-20 03:30", "2026-11-21 03:29", False),
        ("2026-11-20 03:30", "2026-11-21 03:30", True),
        # The scheduler was away: the night is made up for as soon as it is back, and only once.
        ("2026-11-17 03:30", "2026-11-20 01:00", True),
        ("2026-11-20 01:00", "2026-11-20 03:29", False),
        ("2026-11-20 01:00", "2026-11-20 03:31", True),
    ],
)
def test_once_a_day_in_the_shops_own_time(db_session: Session, last: str | None, now: str, is_due: bool) -> None:
    def instant(local: str) -> datetime:
        return datetime.fromisoformat(local).replace(tzinfo=UTC) - SHANGHAI

    if last is not None:
        job_runs.record(
            "verify_ledger", started_at=instant(last), finished_at=instant(last), ok=False, counts={}, error=None
        )
        db_session.flush()
    assert DAILY.daily_at is not None
    assert job_runs.is_due("verify_ledger", daily_at=DAILY.daily_at, now=instant(now)) is is_due


def test_the_newest_such_time_knows_about_clocks_that_change() -> None:
    for at, expected in (("2026-03-29T05:00", "2026-03-29T01:30"), ("2026-03-28T05:00", "2026-03-28T02:30")):
        now = datetime.fromisoformat(at).replace(tzinfo=UTC)
        found = clock.last_local_time(now, at="03:30", zone="Europe/Berlin")
        assert found == datetime.fromisoformat(expected).replace(tzinfo=UTC)


def test_the_scheduler_asks_before_each_daily_run(
    committed_db: CommittedDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The diary writes quiet runs once a minute, over all tests of this process.
    monkeypatch.setattr("jobs.runner._written", {})
    for _ in range(3):
        scheduler._run_if_leader(committed_db.app, DAILY, lambda: True)
    with committed_db.session():
        assert len(db.session.scalars(select(JobRun).where(JobRun.job == "verify_ledger")).all()) == 1
