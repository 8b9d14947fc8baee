"""The diary of the ticks: when each ran, how it ended, what it counted."""

from datetime import datetime

from sqlalchemy import func, select

from app.extensions import db
from app.models import JobRun
from app.paging import Page, cut


def record(
    job: str, *, started_at: datetime, finished_at: datetime, ok: bool, counts: dict[str, int], error: str | None
) -> None:
    """Write one finished run."""
    db.session.add(JobRun(job=job, started_at=started_at, finished_at=finished_at, ok=ok, counts=counts, error=error))


def list_runs(*, after: tuple[int] | None, limit: int, job: str | None = None) -> Page[JobRun]:
    """Newest first."""
    query = select(JobRun).order_by(JobRun.id.desc()).limit(limit + 1)
    if after is not None:
        query = query.where(JobRun.id < after[0])
    if job is not None:
        query = query.where(JobRun.job == job)
    return cut(db.session.scalars(query).all(), limit, lambda run: (run.id,))


def list_last_runs() -> list[JobRun]:
    """The newest run of every job that ever ran, by name."""
    newest = select(func.max(JobRun.id)).group_by(JobRun.job)
    return list(db.session.scalars(select(JobRun).where(JobRun.id.in_(newest)).order_by(JobRun.job)))
