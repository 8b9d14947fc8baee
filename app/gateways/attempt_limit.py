"""Counts attempts (sign-ins, code look-ups) in PostgreSQL, so that a limit does not open when Redis is down.

Commit the hit in a transaction of its own, before the attempt: a rolled-back refusal must not give the attempt back."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, text
from sqlalchemy.orm import Session, scoped_session

from app.errors import TooMany

Executor = Connection | Session | scoped_session[Any]

# One statement: parallel attempts queue on the row and each sees its own number. LEAST keeps a flood from writing more
# than it must and the counter from ever overflowing.
_HIT: Final = text(
    "INSERT INTO attempt_counter (key, window_start, n) VALUES (:key, :window_start, 1)"
    " ON CONFLICT (key, window_start) DO UPDATE SET n = LEAST(attempt_counter.n + 1, :ceiling) RETURNING n"
)
_READ: Final = text("SELECT n FROM attempt_counter WHERE key = :key AND window_start = :window_start")
_SWEEP: Final = text("DELETE FROM attempt_counter WHERE window_start < :before RETURNING 1")


def hit(
    session: Executor,
    key: str,
    *,
    limit: int,
    window_seconds: int,
    now: datetime,
) -> int:
    """Count one attempt on `key`, which must hold no personal data (hash it). Returns the number in this fixed window.

    Errors: TooMany(retry_after_seconds) for every attempt past `limit`. Two windows side by side may hold 2 × limit."""
    window_start = _window_start(window_seconds, now=now)
    bound = {"key": key, "window_start": window_start, "ceiling": limit + 1}
    count = session.execute(_HIT, bound).scalar_one()
    if count > limit:
        raise _too_many(window_start, window_seconds, now=now)
    return int(count)


def check(
    session: Executor,
    key: str,
    *,
    limit: int,
    window_seconds: int,
    now: datetime,
) -> None:
    """Count nothing; refuse when `limit` is used up. For doors that count only failures, and only beside a `hit` under
    another key: tries that run side by side all pass a check.

    Errors: TooMany(retry_after_seconds)."""
    window_start = _window_start(window_seconds, now=now)
    count = session.execute(_READ, {"key": key, "window_start": window_start}).scalar_one_or_none() or 0
    if count >= limit:
        raise _too_many(window_start, window_seconds, now=now)


def sweep(session: Executor, *, before: datetime) -> int:
    """Delete windows that began earlier; returns how many."""
    return len(session.execute(_SWEEP, {"before": before}).all())


def _window_start(window_seconds: int, *, now: datetime) -> datetime:
    second = int(now.timestamp())
    return datetime.fromtimestamp(second - second % window_seconds, UTC)


def _too_many(window_start: datetime, window_seconds: int, *, now: datetime) -> TooMany:
    left = window_start + timedelta(seconds=window_seconds) - now
    return TooMany(retry_after_seconds=max(1, int(left.total_seconds() + 0.999)))
