"""How the clock and the lanes are: who leads, what is behind, what waits for a person. Read by health, metrics and the shell."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import case, func, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from app.extensions import db
from app.models import JobRun
from app.statements import dead_letters

# How far back failures are counted.
FAILURES_WITHIN: Final = timedelta(hours=24)

# The session that holds the lock, whichever host it is on. Only sessions of our own login are told in full.
_LEADER: Final = text(
    """
SELECT a.application_name AS name, a.backend_start AS since
  FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
 WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
   AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
   AND (l.classid::bigint << 32 | l.objid::bigint) = :lock_id
"""
)


@dataclass(frozen=True, kw_only=True)
class JobState:
    """Its last run; failures of the last 24 hours. A tick with nothing to do writes one row a minute."""

    job: str
    last_at: datetime
    ok: bool | None
    failures: int


@dataclass(frozen=True, kw_only=True)
class Backlog:
    """Messages of running campaigns that are due, and those that wait for an event or a person."""

    due: int
    oldest_due_at: datetime | None
    in_doubt: int
    failed: int


@dataclass(frozen=True, kw_only=True)
class State:
    """`leader` None: nobody ticks."""

    leader: str | None
    leader_since: datetime | None
    jobs: list[JobState]
    backlog: Backlog


def find_state(*, lock_id: int, now: datetime) -> State | None:
    """All of it; None while the database is away. `lock_id` is the scheduler's."""
    try:
        leader = db.session.execute(_LEADER, {"lock_id": lock_id}).first()
        return State(
            leader=leader.name if leader else None,
            leader_since=leader.since if leader else None,
            jobs=list_jobs(now=now),
            backlog=backlog(now=now),
        )
    except (DBAPIError, PoolTimeout):
        return None


def list_jobs(*, now: datetime) -> list[JobState]:
    """Every job that ever ran, by name."""
    failed = case((JobRun.ok.is_(False) & (JobRun.started_at > now - FAILURES_WITHIN), 1), else_=0)
    sums = select(func.max(JobRun.id).label("id"), func.sum(failed).label("failures")).group_by(JobRun.job).subquery()
    rows = db.session.execute(
        select(JobRun.job, JobRun.started_at, JobRun.ok, sums.c.failures)
        .join(sums, sums.c.id == JobRun.id)
        .order_by(JobRun.job)
    )
    return [JobState(job=row.job, last_at=row.started_at, ok=row.ok, failures=row.failures) for row in rows]


def backlog(*, now: datetime) -> Backlog:
    """What the lanes have before them."""
    return Backlog(**db.session.execute(dead_letters.BACKLOG, {"now": now}).one()._mapping)
