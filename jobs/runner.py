"""Runs one tick: application context, one instant, a row in the diary, a log line. Nothing a job raises gets further."""

import time
import traceback
from collections.abc import Callable
from datetime import datetime
from typing import Any, Final, Protocol

import structlog
from flask import Flask

from app import clock
from app.services import job_runs
from app.transaction import transaction

log = structlog.get_logger(__name__)

# A tick that found nothing to do is written this often (seconds), as a sign of life and no more.
QUIET_SECONDS: Final = 60.0
_written: dict[str, float] = {}


class Job(Protocol):
    """A tick: idempotent, opens its own transactions, returns what it did by name. `__name__` is its name."""

    __name__: str

    def __call__(self, *, now: datetime) -> dict[str, int]: ...


class JobFailed(Exception):
    """What a job found wrong, counted under names of ours: the diary may tell them as they stand."""

    def __init__(self, counts: dict[str, int]) -> None:
        super().__init__(", ".join(sorted(counts)))
        self.counts = counts


def is_due(app: Flask, job: Job, *, daily_at: str) -> bool:
    """Whether a daily job still has to run; never raises: who cannot ask asks again in a minute."""
    answers: list[bool] = []
    with app.app_context():
        shield(
            "job_due",
            lambda: answers.append(job_runs.is_due(job.__name__, daily_at=daily_at, now=clock.utc_now())),
        )
    return answers == [True]


def run(app: Flask, job: Job) -> bool:
    """Run it once; False when it failed, which is logged and written, never raised."""
    with app.app_context():
        started_at, began = clock.utc_now(), time.monotonic()
        counts, error = _attempt(job, now=started_at)
        if not _is_worth_a_row(job.__name__, counts=counts, error=error):
            return True
        write = log.info if error is None else log.error
        write("job_run", job=job.__name__, error=error, milliseconds=int((time.monotonic() - began) * 1000), **counts)
        shield("job_run_row", lambda: _record(job.__name__, started_at=started_at, counts=counts, error=error))
        return error is None


def shield(name: str, work: Callable[[], Any]) -> bool:
    """Do `work`; False and a log line when it raised. For the outermost loop of a process, which must go on."""
    try:
        work()
    except Exception as error:  # noqa: BLE001
        log.error("work_failed", work=name, error=_describe(error))
        return False
    return True


def _attempt(job: Job, *, now: datetime) -> tuple[dict[str, int], str | None]:
    try:
        return job(now=now), None
    except JobFailed as failure:
        return failure.counts, f"JobFailed: {failure}"
    except Exception as error:  # noqa: BLE001  a failed tick must not end the scheduler
        return {}, _describe(error)


def _is_worth_a_row(name: str, *, counts: dict[str, int], error: str | None) -> bool:
    instant = time.monotonic()
    if error is None and not any(counts.values()) and instant - _written.get(name, -QUIET_SECONDS) < QUIET_SECONDS:
        return False
    _written[name] = instant
    return True


def _record(name: str, *, started_at: datetime, counts: dict[str, int], error: str | None) -> None:
    with transaction():
        job_runs.record(
            name, started_at=started_at, finished_at=clock.utc_now(), ok=error is None, counts=counts, error=error
        )


def _describe(error: Exception) -> str:
    """Type and place; not the message, which may quote a row."""
    place = traceback.extract_tb(error.__traceback__)[-1] if error.__traceback__ else None
    return f"{type(error).__name__} at {place.filename}:{place.lineno}" if place else type(error).__name__
