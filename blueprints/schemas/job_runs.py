"""The diary of the ticks on the wire."""

from typing import Annotated

from pydantic import Field

from app.models import JobRun
from app.services.job_runs import Job
from blueprints.schemas.base import Instant, Out, PageQuery


class JobRunQuery(PageQuery):
    job: Annotated[str, Field(pattern=r"^[a-z0-9_]{1,64}$")] | None = None


class JobRunOut(Out):
    """`counts` is what the run did; empty when there was nothing to do."""

    job: str
    started_at: Instant
    finished_at: Instant | None
    ok: bool | None
    counts: dict[str, int]
    error: str | None

    @classmethod
    def of(cls, run: JobRun) -> "JobRunOut":
        return cls.model_validate(run)


class JobRunPage(Out):
    data: list[JobRunOut]
    has_more: bool
    next_cursor: str | None


class JobOut(Out):
    """A tick: its newest run, and the newest one that failed within the 30 days that are kept."""

    job: str
    last_run: JobRunOut
    last_failure: JobRunOut | None

    @classmethod
    def of(cls, job: Job) -> "JobOut":
        failed = None if job.failed is None else JobRunOut.of(job.failed)
        return cls(job=job.name, last_run=JobRunOut.of(job.last), last_failure=failed)


class JobsOut(Out):
    """By name."""

    data: list[JobOut]
