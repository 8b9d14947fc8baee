"""Looking on until calls queue at a lock, so that a test can say who comes first."""

import time

import psycopg

from tests.conftest import CommittedDatabase

_WAITING = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


def wait_until_somebody_waits(database: CommittedDatabase, *, many: int = 1) -> None:
    """Return once so many connections of this database wait for a lock; at most 30 s."""
    with psycopg.connect(database.url, autocommit=True) as connection:
        for _ in range(3000):
            if _waiting(connection) >= many:
                return
            time.sleep(0.01)
    raise TimeoutError("nobody waits")


def is_somebody_waiting(database: CommittedDatabase) -> bool:
    """Whether a connection of this database waits for a lock now."""
    with psycopg.connect(database.url, autocommit=True) as connection:
        return _waiting(connection) > 0


def _waiting(connection: psycopg.Connection) -> int:
    row = connection.execute(_WAITING).fetchone()
    return 0 if row is None else int(row[0])
