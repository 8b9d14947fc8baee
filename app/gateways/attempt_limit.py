"""Counts attempts (sign-ins, code look-ups) in PostgreSQL, so that a limit does not open when Redis is down.

Commit the hit in a transaction of its own, before the attempt: a rolled-back refusal must not give the attempt back."""

from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import Connection, text
from sqlalchemy.orm import Session, scoped_session

from app.errors import TooMany

# One statement: parallel attempts queue on the row and each sees its own number. LEAST keeps a flood from writing more
# than it must and the counter from ever overflowing.
_HIT: Final = text(
    "INSERT INTO attempt_counter (key, window_start, n) VALUES (:key, :window_start, 1)"
    " ON CONFLICT (key, window_start) DO UPDATE SET n = LEAST(attempt_counter.n + 1, :ceiling) RETURNING n"
)
_SWEEP: Final = text("DELETE FROM attempt_counter WHERE window_start < :before RETURNING 1")


def hit(
    session: Connection | Session | scoped_session[Session],
    key: str,
    *,
    limit: int,
    window_seconds: int,
    now: datetime,
) -> int:
    """Count one attempt on `key`, which must hold no personal data (hash it). Returns the number in this fixed window.

    Errors: TooMany(retry_after_seconds) for every attempt past `limit`. Two windows side by side may hold 2 × limit."""
    second = int(now.timestamp())
    window_start = datetime.fromtimestamp(second - second % window_seconds, UTC)
    bound = {"key": key, "window_start": window_start, "ceiling": limit + 1}
    count = session.execute(_HIT, bound).scalar_one()
    if count > limit:
        left = window_start + timedelta(seconds=window_seconds) - now
        raise TooMany(retry_after_seconds=max(1, int(left.total_seconds() + 0.999)))
    return int(count)


def sweep(session: Connection | Session | scoped_session[Session], *, before: datetime) -> int:
    """Delete windows that began earlier; returns how many."""
    return len(session.execute(_SWEEP, {"before": before}).all())
