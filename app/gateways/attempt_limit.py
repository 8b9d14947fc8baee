"""Counts attempts (sign-ins, code look-ups) in PostgreSQL, so that a limit does not open when Redis is down.

Commit the hit in a transaction of its own, before the attempt: a rolled-back refusal must not give the attempt back."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, text
from sqlalchemy.orm import Session, scoped_session

from app.errors import TooMany
from app.plain_statements import Plain, fetch_each

Executor = Connection | Session | scoped_session[Any]

# One statement: parallel attempts queue on the row and each sees its own number. LEAST keeps a flood from writing more
# than it must and the counter from ever overflowing.
_HIT: Final = text(
    "INSERT INTO attempt_counter (key, window_start, n) VALUES (:key, :window_start, 1)"
    " ON CONFLICT (key, window_start) DO UPDATE SET n = LEAST(attempt_counter.n + 1, :ceiling) RETURNING n"
)
# The row's lock is the turn; an upsert sees the count of whoever had it before, which a look would not.
_TAKE_TURN: Final = text(
    "INSERT INTO attempt_counter (key, window_start, n) VALUES (:key, :window_start, 0)"
    " ON CONFLICT (key, window_start) DO UPDATE SET n = attempt_counter.n RETURNING n"
)
_FORGIVE: Final = text(
    "UPDATE attempt_counter SET n = n - 1 WHERE key = :key AND window_start = :window_start AND n > 0"
)


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


def take_turn(key: str, *, limit: int, window_seconds: int, now: datetime, then: Plain) -> list[Any]:
    """Let attempts on `key` wait for each other until this transaction ends; count the failed ones with `hit` before that.

    The rows of `then`, asked once it is this attempt's turn, in the same round trip. Errors: TooMany when `limit` were counted
    already."""
    window_start = _window_start(window_seconds, now=now)
    counted, rows = fetch_each((_TAKE_TURN, {"key": key, "window_start": window_start}), then)
    if counted[0].n >= limit:
        raise _too_many(window_start, window_seconds, now=now)
    return rows


def turn(key: str, *, limit: int, window_seconds: int, now: datetime) -> dict[str, Any]:
    """The values of a statement that takes its turn itself: locks the counter's row where there is one, and does nothing
    once `tries` were counted in it."""
    return {"turn_key": key, "turn_window": _window_start(window_seconds, now=now), "tries": limit}


def forgive(session: Executor, key: str, *, window_seconds: int, now: datetime) -> None:
    """Give back the `hit` made at `now`: the attempt proved honest. Doors that limit only failures count first and
    forgive afterwards; a look at the counter would let tries that run side by side all pass."""
    session.execute(_FORGIVE, {"key": key, "window_start": _window_start(window_seconds, now=now)})


def _window_start(window_seconds: int, *, now: datetime) -> datetime:
    second = int(now.timestamp())
    return datetime.fromtimestamp(second - second % window_seconds, UTC)


def _too_many(window_start: datetime, window_seconds: int, *, now: datetime) -> TooMany:
    left = window_start + timedelta(seconds=window_seconds) - now
    return TooMany(retry_after_seconds=max(1, int(left.total_seconds() + 0.999)))
