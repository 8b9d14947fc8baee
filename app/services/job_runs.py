"""The diary of the ticks: when each ran, how it ended, what it counted."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from app import clock
from app.extensions import db
from app.models import JobRun, Programme
from app.paging import Page, cut
from app.statements import job_runs as statements


def record(
    job: str, *, started_at: datetime, finished_at: datetime, ok: bool, counts: dict[str, int], error: str | None
) -> None:
    """Write one finished run."""
    db.session.add(JobRun(job=job, started_at=started_at, finished_at=finished_at, ok=ok, counts=counts, error=error))


def is_due(job: str, *, daily_at: str, now: datetime) -> bool:
    """Whether a daily job has not begun since the newest `daily_at` ("HH:MM" in the programme's zone): late is not never."""
    programme = db.session.get(Programme, 1)
    if programme is None:
        return False
    last = db.session.scalar(select(JobRun.started_at).where(JobRun.job == job).order_by(JobRun.id.desc()).limit(1))
    return last is None or last < clock.last_local_time(now, at=daily_at, zone=programme.zone)


def list_runs(*, after: tuple[int] | None, limit: int, job: str | None = None) -> Page[JobRun]:
    """Newest first."""
    query = select(JobRun).order_by(JobRun.id.desc()).limit(limit + 1)
    if after is not None:
        query = query.where(JobRun.id < after[0])
    if job is not None:
        query = query.where(JobRun.job == job)
    return cut(db.session.scalars(query).all(), limit, lambda run: (run.id,))


@dataclass(frozen=True)
class Job:
    """A tick by name: its newest run in the diary, and its newest failed one."""

    name: str
    last: JobRun
    failed: JobRun | None


def list_jobs() -> list[Job]:
    """Every tick that ever ran, by name; two statements, whatever the diary's length."""
    found = db.session.execute(statements.JOBS).all()
    ids = {key for row in found for key in (row.last_id, row.failed_id) if key is not None}
    runs = {run.id: run for run in db.session.scalars(select(JobRun).where(JobRun.id.in_(ids)))}
    return [Job(row.job, runs[row.last_id], runs.get(row.failed_id)) for row in found]
