"""Slots in PostgreSQL, on the database's clock, for as long as Redis is away, and the lease that says so to everybody.

Rows of `send_slot`: "k:<key>" is when that key is free again; "!until" is the end of the lease (while it lies ahead all
workers use PostgreSQL), "!from" the first instant at which a slot may be given under it."""

from collections.abc import Mapping
from dataclasses import replace
from time import monotonic
from typing import Final

from sqlalchemy import Connection, Engine, text

from .slot import HORIZON, MICROSECONDS, WINDOW, Plan, plan

LEASE_SECONDS: Final = 3.0  # a worker that cannot reach Redis renews it; nobody renews, and Redis is used again
CHECK_SECONDS: Final = 0.5  # how old a worker's knowledge of the lease may be when it asks Redis for a slot
STALE_SECONDS: Final = 2 * CHECK_SECONDS  # … and when the answer arrives; later answers are thrown away
# The last slot Redis gave to a worker that had not seen the lease (of several reserved at once), and a window after it.
GUARD_IN: Final = int(STALE_SECONDS * MICROSECONDS) + 2 * HORIZON + WINDOW
# The other way round: the last slot given under the lease lies before its end.
GUARD_OUT: Final = WINDOW

_CLOCK: Final = text("SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint")
_LEASE: Final = text(
    "SELECT ((extract(epoch FROM next_at) - extract(epoch FROM clock_timestamp())) * 1000000)::bigint"
    " FROM send_slot WHERE key = '!until'"
)
_ADD: Final = text(
    "INSERT INTO send_slot (key, next_at) SELECT key, to_timestamp(0) FROM unnest(CAST(:names AS text[])) AS key"
    " ON CONFLICT (key) DO NOTHING"
)
# Ordered, so that two workers never hold what the other wants.
_LOCK: Final = text(
    "SELECT key, (extract(epoch FROM next_at) * 1000000)::bigint FROM send_slot"
    " WHERE key = ANY(CAST(:names AS text[])) ORDER BY key FOR UPDATE"
)
_SET: Final = text(
    "UPDATE send_slot SET next_at = to_timestamp(free_at::numeric / 1000000)"
    " FROM unnest(CAST(:names AS text[]), CAST(:values AS bigint[])) AS new (name, free_at) WHERE key = name"
)
_FORGET: Final = text("DELETE FROM send_slot WHERE key LIKE 'k:%' AND next_at < clock_timestamp() - interval '1 day'")
LEASE_ROWS: Final = ("!from", "!until")


class PostgresSlots:
    """Raises sqlalchemy.exc.SQLAlchemyError when the database is away."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        # How long a commit takes here: a slot nearer than that would be late before it is ours.
        self._lead = 25_000

    def lease_left(self) -> int | None:
        """Microseconds to the end of the lease, negative when it is past; None when there never was one."""
        with self._engine.connect() as connection:
            left = connection.scalar(_LEASE)
            return None if left is None else int(left)

    def declare(self) -> None:
        """Begin or renew the lease: from now on everybody takes slots here."""
        with self._engine.begin() as connection:
            row = _locked(connection, LEASE_ROWS)
            now = int(connection.scalar(_CLOCK) or 0)
            begun = row["!from"] if row["!until"] > now else now + GUARD_IN
            until = max(row["!until"], now + int(LEASE_SECONDS * MICROSECONDS), begun)
            _store(connection, {"!from": begun, "!until": until})
            connection.execute(_FORGET)

    def reserve(self, every: Mapping[str, int], *, n: int, lead: int = 0) -> tuple[Plan, float, float]:
        """A Plan on the database's clock, and the local instants around which that was read."""
        names = {f"k:{key}": interval for key, interval in every.items()}
        with self._engine.begin() as connection:
            row = _locked(connection, (*LEASE_ROWS, *names))
            before = monotonic()
            now = int(connection.scalar(_CLOCK) or 0)
            after = monotonic()
            free_at = {name: row[name] for name in names}
            found = plan(now, free_at, names, floor=max(row["!from"], now + max(self._lead, lead)))
            last = found.at + (n - 1) * found.step  # they follow each other at the slowest key's pace
            if found.granted and last > row["!until"]:
                found = Plan(granted=False, at=row["!until"])  # the lease ends first
            if found.granted:
                _store(connection, {name: last + interval for name, interval in names.items()})
        self._lead = min(200_000, max(25_000, self._lead * 9 // 10, int((monotonic() - after) * 2 * MICROSECONDS)))
        return replace(found, now=now), before, after


def _locked(connection: Connection, names: tuple[str, ...]) -> dict[str, int]:
    rows = {key: int(at) for key, at in connection.execute(_LOCK, {"names": sorted(names)})}
    if len(rows) < len(set(names)):
        connection.execute(_ADD, {"names": sorted(names)})
        rows = {key: int(at) for key, at in connection.execute(_LOCK, {"names": sorted(names)})}
    return rows


def _store(connection: Connection, values: Mapping[str, int]) -> None:
    connection.execute(_SET, {"names": list(values), "values": list(values.values())})
