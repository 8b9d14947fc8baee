"""`with Services(folder) as s`: a PostgreSQL and a Valkey for as long as the block runs."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from embedded.remote import Remote

READY_SECONDS = 300.0


class Services:
    """Start both (or reuse DATABASE_URL / REDIS_URL), wait until they answer, stop them at the end.

    `database_owner_url` is a superuser's, of an empty or kept database `huitou`; `database_url` is the product's own login,
    which may do nothing there until it is granted; `redis_url` is database 0 of 64.
    `durable=False` is for tests: a crash of the machine may lose data. A folder has one owner at a time.
    Raises EmbeddedError (AlreadyRunning, NotOurs, DiskFull, ForeignData …).
    """

    def __init__(self, data_dir: Path, *, durable: bool = True, environ: Mapping[str, str] | None = None) -> None:
        self._data_dir, self._durable = data_dir, durable
        self._environ = os.environ if environ is None else environ
        self._remote: Remote | None = None
        self.database_url = ""
        self.database_owner_url = ""
        self.redis_url = ""
        self.supervisor_pid = 0
        self.pids: dict[str, int | None] = {}

    def __enter__(self) -> Self:
        options = ["--data", str(self._data_dir.absolute()), "--control", *([] if self._durable else ["--fast"])]
        self._remote = Remote("embedded", options, environ=self._environ)
        try:
            ready = self._remote.read_until("ready", seconds=READY_SECONDS)
        except BaseException:
            self._remote.close()
            raise
        self.database_url, self.redis_url = ready["database_url"], ready["redis_url"]
        self.database_owner_url = ready["database_owner_url"]
        self.supervisor_pid, self.pids = ready["supervisor_pid"], ready["pids"]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._remote is not None:
            self._remote.close()
