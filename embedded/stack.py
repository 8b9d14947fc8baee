"""`with Stack(folder) as stack`: the whole product for as long as the block runs, each part at our command."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from embedded.errors import StartFailed
from embedded.remote import Remote

READY_SECONDS = 900.0
ANSWER_SECONDS = 240.0


class Stack:
    """Start everything `make run` starts, on free ports unless `port_base` is given; stop all of it at the end.

    `env` adds to the parts' environment and wins; None takes a variable away. `table` is a JSON process table.
    `durable=False` lets PostgreSQL lose data if the machine crashes. Names: postgres valkey sandbox web phone
    scheduler worker. Raises EmbeddedError. Reads `demo_logins` as [{label, login, password}].
    """

    def __init__(
        self,
        data_dir: Path,
        *,
        port_base: int | None = None,
        env: Mapping[str, str | None] | None = None,
        clock_file: Path | None = None,
        durable: bool = True,
        table: Path | None = None,
    ) -> None:
        self._options = ["--data", str(data_dir.absolute()), "--port-base", str(port_base or 0), "--control"]
        self._options += [] if durable else ["--fast"]
        self._options += ["--demo-clock", str(clock_file.absolute())] if clock_file else []
        self._options += ["--table", str(table.absolute())] if table else []
        merged = {**os.environ, **(env or {})}
        self._environ = {name: value for name, value in merged.items() if value is not None}
        self._remote: Remote | None = None
        self.run: dict[str, Any] = {}
        self.events: list[dict[str, Any]] = []  # died and restarted, in order, as far as read

    def __enter__(self) -> Self:
        self._remote = Remote("embedded.launch", self._options, environ=self._environ)
        try:
            self.run = self._remote.read_until("ready", seconds=READY_SECONDS)
        except BaseException:
            self._remote.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._remote is not None:
            self._remote.close()

    @property
    def web_url(self) -> str:
        return str(self.run["web_url"])

    @property
    def sandbox_url(self) -> str:
        return str(self.run["sandbox_url"])

    @property
    def phone_url(self) -> str:
        return str(self.run["phone_url"])

    @property
    def database_url(self) -> str:
        return str(self.run["database_url"])

    @property
    def database_owner_url(self) -> str:
        return str(self.run["database_owner_url"])

    @property
    def redis_url(self) -> str:
        return str(self.run["redis_url"])

    @property
    def sandbox_control_key(self) -> str:
        return str(self.run["sandbox_control_key"])

    @property
    def demo_logins(self) -> list[dict[str, str]]:
        return list(self.run["demo_logins"])

    @property
    def launcher_pid(self) -> int:
        return int(self.run["launcher_pid"])

    def pid(self, name: str) -> int | None:
        """Return the part's process id now; None while it is down."""
        number = self._ask("status", name)["pids"][name]
        return None if number is None else int(number)

    def restart(self, name: str) -> None:
        """Stop it politely, start it, wait until it is ready."""
        self._ask("restart", name)

    def kill(self, name: str, *, restart: bool = True) -> None:
        """kill -9; it is dead on return. Brought back by itself unless `restart` is False."""
        self._ask("kill" if restart else "kill_and_hold", name)

    def stop(self, name: str) -> None:
        """Stop it politely and leave it down."""
        self._ask("stop", name)

    def start(self, name: str) -> None:
        """Start one that is down and wait until it is ready."""
        self._ask("start", name)

    def wait_ready(self, name: str, *, seconds: float = 60.0) -> None:
        """Wait until it runs and answers. Raises StartFailed."""
        deadline = time.monotonic() + seconds
        while not self._ask("status", name)["ready"]:
            if time.monotonic() > deadline:
                raise StartFailed(f"{name} 没有就绪", f"{name} is not ready after {seconds:.0f} s")
            time.sleep(0.05)

    def _ask(self, verb: str, name: str) -> dict[str, Any]:
        if self._remote is None:
            raise StartFailed("没有运行", "Not running: use `with Stack(…)`.")
        if name not in self.run["pids"]:
            raise KeyError(name)
        self._remote.tell({"do": verb, "name": name})
        while True:
            event = self._remote.read(seconds=ANSWER_SECONDS)
            if event["event"] == "reply":
                return event
            self.events.append(event)
