"""Who of several schedulers ticks: the one whose database session holds a named advisory lock. A leader that loses its
session stops being one; two leaders for a moment are harmless because every tick is idempotent."""

import contextlib
import hashlib
import logging
import os
import socket
import threading
from typing import Any, Final

import psycopg

log = logging.getLogger(__name__)

# A dead peer is noticed within about ten seconds, so that the standby takes over soon.
_CONNECTION: Final[dict[str, Any]] = {
    "connect_timeout": 3,
    "keepalives": 1,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,  # milliseconds
    "options": "-c statement_timeout=5000 -c idle_session_timeout=0",
}

# Asks the server whether this very session holds the lock: behind a pooler the session may have changed unnoticed.
_HELD: Final = """
SELECT EXISTS (
    SELECT FROM pg_locks
    WHERE locktype = 'advisory' AND granted AND pid = pg_backend_pid() AND objsubid = 1
      AND (classid::bigint << 32 | objid::bigint) = %(id)s
)"""


def lock_id(name: str) -> int:
    """The advisory lock that stands for the name: whoever holds it leads."""
    return int.from_bytes(hashlib.sha256(f"leader:{name}".encode()).digest()[:8], signed=True)


class LeaderLock:
    """One per process and name. The connection is its own: a lock in a pool would be handed to somebody else."""

    def __init__(self, database_url: str, name: str) -> None:
        self._url = database_url.replace("postgresql+psycopg://", "postgresql://", 1)
        self._name = name
        self._lock_id = lock_id(name)
        self._connection: psycopg.Connection | None = None
        self._pid = os.getpid()
        self._mutex = threading.Lock()

    def is_leader(self) -> bool:
        """True while this process leads. Tries to become leader when nobody is; never raises nor waits for the lock."""
        with self._mutex:
            try:
                return self._leads()
            except psycopg.Error as error:
                # The type only: a connection error may quote the address and user.
                log.warning("leader_lock_lost name=%s error=%s", self._name, type(error).__name__)
                self._drop()
                return False

    def release(self) -> None:
        """Step down at once, so that a standby need not wait."""
        with self._mutex:
            if self._connection is not None and self._pid == os.getpid():
                # The server notices a closed connection a moment later; a word is heard before it is answered.
                with contextlib.suppress(psycopg.Error):
                    self._connection.execute("SELECT pg_advisory_unlock_all()")
            self._drop()

    def _leads(self) -> bool:
        if self._pid != os.getpid():
            # A fork: the session belongs to the parent, who would lose it if we closed it.
            self._connection, self._pid = None, os.getpid()
        if self._connection is None:
            self._connection = psycopg.connect(
                self._url, autocommit=True, **_CONNECTION, application_name=_application_name()
            )
        if self._ask(_HELD):
            return True
        # Only when not held: session locks stack, and a stacked one survives its release.
        return self._ask("SELECT pg_try_advisory_lock(%(id)s)")

    def _ask(self, question: str) -> bool:
        assert self._connection is not None  # noqa: S101 (for the type checker)
        row = self._connection.execute(question, {"id": self._lock_id}).fetchone()
        return bool(row and row[0])

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None and self._pid == os.getpid():
            connection.close()


def _application_name() -> str:
    """Tells in pg_stat_activity who leads; PostgreSQL keeps 63 characters."""
    return f"huitou-leader@{socket.gethostname()}:{os.getpid()}"[:63]
