"""Whether a pooled connection is still good, asked where it costs nothing.

A server that ended a connection has closed its socket: the kernel knows at once, without a round trip. Only a connection that
lay idle for long is asked itself, because a network may lose one silently.
"""

import select
import time
from typing import Any, Final

import psycopg
from psycopg import pq
from sqlalchemy import Engine, event
from sqlalchemy.exc import InvalidatePoolError

# Firewalls and balancers forget idle connections after minutes; nothing does within seconds.
ASK_AFTER_SECONDS: Final = 5.0
_IDLE_SINCE: Final = "huitou_idle_since"


def watch(engine: Engine) -> None:
    """Look at every connection as it leaves the pool; a dead one empties the pool, and the caller gets a fresh one."""

    def put_back(_connection: Any, record: Any) -> None:
        record.info[_IDLE_SINCE] = time.monotonic()

    def take_out(connection: "psycopg.Connection[Any]", record: Any, _proxy: Any) -> None:
        idle_since = record.info.get(_IDLE_SINCE)
        if idle_since is None:
            return
        asks = time.monotonic() - idle_since > ASK_AFTER_SECONDS or _has_word(connection)
        if asks and not _answers(engine, connection):
            raise InvalidatePoolError

    def reset(connection: "psycopg.Connection[Any]", _record: Any, _state: Any) -> None:
        # Most come back with their transaction over: nothing to undo, and nothing to ask the driver for.
        if connection.pgconn.transaction_status != pq.TransactionStatus.IDLE:
            connection.rollback()

    event.listen(engine, "reset", reset)
    event.listen(engine, "checkin", put_back)
    event.listen(engine, "checkout", take_out)


def _has_word(connection: "psycopg.Connection[Any]") -> bool:
    """Whether the socket holds something to read (a farewell, or its end) or is closed."""
    if connection.closed:
        return True
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    return bool(poll.poll(0))


def _answers(engine: Engine, connection: "psycopg.Connection[Any]") -> bool:
    try:
        return bool(engine.dialect.do_ping(connection))  # type: ignore[arg-type]
    except psycopg.Error:
        return False
