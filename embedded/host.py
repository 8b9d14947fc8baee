"""Brings up PostgreSQL and Valkey under a supervisor, or takes the ones named in DATABASE_URL and REDIS_URL."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from embedded import machine
from embedded.errors import StartFailed
from embedded.files import read_json, write_json
from embedded.given import check_database, check_redis
from embedded.placement import Placement, place
from embedded.ports import pick
from embedded.postgres import Postgres
from embedded.supervisor import Supervisor
from embedded.valkey import Valkey

PORT_TRIES = 5

Step = Callable[[str, str], None]  # tells people what happens now: Chinese, English


@dataclass
class Host:
    """The two services of one data folder, whose lock the caller holds."""

    data_dir: Path
    supervisor: Supervisor
    environ: Mapping[str, str]
    durable: bool
    step: Step
    database_url: str = field(default="", init=False)
    database_owner_url: str = field(default="", init=False)
    redis_url: str = field(default="", init=False)

    def start(self) -> None:
        """Start what is not given and wait for both. Raises EmbeddedError."""
        machine.check()
        given_database, given_redis = self.environ.get("DATABASE_URL"), self.environ.get("REDIS_URL")
        placement = None if given_database and given_redis else self._place()
        if given_database:
            self.step("使用 DATABASE_URL 指定的数据库", "Using the database of DATABASE_URL")
            check_database(given_database)
            self.database_url = given_database
            self.database_owner_url = self.environ.get("DATABASE_OWNER_URL") or given_database
        else:
            self._start_postgres(placement)
        if given_redis:
            self.step("使用 REDIS_URL 指定的服务", "Using the server of REDIS_URL")
            check_redis(given_redis)
        self.redis_url = given_redis or self._start_valkey(placement)
        self.write_state()

    def _place(self) -> Placement:
        placement = place(self.data_dir, durable=self.durable)
        if placement.moved:
            self.step(
                f"{self.data_dir} 不适合存放数据库，数据改放在 {placement.home}",
                f"PostgreSQL cannot live in {self.data_dir}; the data lies in {placement.home}",
            )
            if not self.durable:
                self.supervisor.remove_at_the_end(str(placement.home))
        return placement

    def _start_postgres(self, placement: Placement | None) -> None:
        assert placement is not None  # noqa: S101 - start() places whenever something is not given
        server = Postgres(placement, logs=self.data_dir / "logs", durable=self.durable)
        if not placement.cluster.exists():
            self.step("初始化数据库(仅第一次)", "Creating the database cluster (first time only)")
            server.create(self.supervisor)
        self.step("启动 PostgreSQL", "Starting PostgreSQL")
        try:
            port = self._on_a_port(placement, server)
        except StartFailed as problem:
            raise server.explain(problem) from problem
        server.ensure_database(port)
        self.database_url, self.database_owner_url = server.app_url(port), server.url(port)

    def _start_valkey(self, placement: Placement | None) -> str:
        assert placement is not None  # noqa: S101
        server = Valkey(placement, logs=self.data_dir / "logs")
        self.step("启动 Valkey", "Starting Valkey")
        return server.url(self._on_a_port(placement, server))

    def _on_a_port(self, placement: Placement, server: Postgres | Valkey) -> int:
        # Between picking a port and the server's own bind anybody may take it: then another one.
        file = placement.home / "ports.json"
        name = "postgres" if isinstance(server, Postgres) else "valkey"
        remembered = read_json(file, empty={})
        port = pick(wanted=remembered.get(name))
        for attempt in range(PORT_TRIES):
            try:
                self.supervisor.start(server.program(port))
                break
            except StartFailed:
                if not server.lost_port() or attempt == PORT_TRIES - 1:
                    raise
                port = pick()
        write_json(file, read_json(file, empty={}) | {name: port})
        return port

    def state(self) -> dict[str, Any]:
        """Return what services.json holds."""
        return {
            "database_url": self.database_url,
            "database_owner_url": self.database_owner_url,
            "redis_url": self.redis_url,
            "supervisor_pid": os.getpid(),
            "pids": self.supervisor.pids(),
        }

    def write_state(self) -> None:
        """Tell other tools the URLs and process ids, for this user's eyes only."""
        write_json(self.data_dir / "services.json", self.state())
