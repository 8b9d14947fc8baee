"""The diary of the ticks on the wire."""

from typing import Annotated

from pydantic import Field

from app.models import JobRun
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
