"""One PostgreSQL server in a data folder: made once, started on the loopback, no other door."""

from __future__ import annotations

import os
import shutil
import signal
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

from embedded.account import Account, give
from embedded.binaries import PostgresBinaries, bring_postgres, find_postgres
from embedded.children import Program
from embedded.errors import BinariesMissing, EmbeddedError, ForeignData, disk_full, start_failed
from embedded.files import explained, kept_password, tail
from embedded.placement import Placement, make_cluster_parent
from embedded.ports import LOOPBACK
from embedded.strays import settle
from embedded.supervisor import Supervisor

OWNER = "huitou"  # the superuser's and the database's name
APP = "huitou_app"  # the login the product itself runs as: it owns nothing and gets its rights from `flask grant-role`
MAX_CONNECTIONS = 300
SMALL_SHARED_MEMORY = 256 * 1024 * 1024  # containers often have 64 MB in /dev/shm: too little for parallel queries
INITDB_SECONDS = 180.0


class Postgres:
    """Find the binaries, create the cluster when there is none, describe the program to run."""

    def __init__(self, placement: Placement, *, logs: Path, durable: bool) -> None:
        self._placement, self._durable = placement, durable
        self.log = logs / "postgres.log"
        self._initdb_log = logs / "initdb.log"
        self._binaries = _binaries_for(placement)
        self._password = kept_password(placement.home / "postgres.password")
        self._app_password = kept_password(placement.home / "app.password")

    def create(self, supervisor: Supervisor) -> None:
        """Run initdb aside and move the result into place, so that an interrupted one leaves nothing."""
        cluster, account = self._placement.cluster, self._placement.account
        parent = make_cluster_parent(self._placement.home, account)
        secret = parent / "password"
        with explained(parent):
            secret.write_text(self._password + "\n", encoding="ascii")
            secret.chmod(0o600)
            give(secret, account)
        code = supervisor.run_once(self._initdb(parent / "cluster", secret), seconds=INITDB_SECONDS)
        if code != 0:
            raise self._explain("initdb", self._initdb_log, f"exit code {code}")
        (parent / "cluster").replace(cluster)
        shutil.rmtree(parent)

    def _initdb(self, target: Path, secret: Path) -> Program:
        argv = [str(self._binaries.initdb), "-D", str(target), "-U", OWNER, f"--pwfile={secret}"]
        argv += ["--auth=scram-sha-256", "--encoding=UTF8", "--data-checksums", "--text-search-config=simple"]
        argv += ["--locale=C"]  # bytewise order everywhere, whatever locales the machine has
        if self._binaries.major >= 17:
            argv += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        if not self._durable:
            argv += ["--no-sync"]
        return Program(
            name="initdb",
            argv=tuple(argv),
            cwd=Path("/"),
            env=_environment(),
            log=self._initdb_log,
            account=self._placement.account,
        )

    def _explain(self, name: str, log: Path, why: str) -> EmbeddedError:
        shown = tail(log)
        if "No space left on device" in shown:
            return disk_full(self._placement.home)
        return start_failed(name, why=why, log=log, tail=shown)

    def explain(self, problem: EmbeddedError) -> EmbeddedError:
        """Name the cause of a failed start when the log knows it."""
        return disk_full(self._placement.home) if "No space left on device" in tail(self.log) else problem

    def lost_port(self) -> bool:
        """Say whether the last start failed because somebody took the port in between."""
        return "could not bind" in tail(self.log)

    def program(self, port: int) -> Program:
        """Describe the server. Nothing secret stands on its command line."""
        return Program(
            name="postgres",
            argv=(str(self._binaries.postgres), "-D", str(self._placement.cluster), *self._settings(port)),
            cwd=self._placement.home,
            env=_environment(),
            log=self.log,
            account=self._placement.account,
            stop_signal=signal.SIGINT,  # "fast": SIGTERM would wait for every client to leave
            stop_seconds=30.0,
            ready=lambda: self._answers(port),
            ready_seconds=180.0,  # crash recovery may have work to do
            prepare=lambda: settle(self._placement.cluster),
        )

    def _settings(self, port: int) -> list[str]:
        values = {
            "listen_addresses": LOOPBACK,
            "port": port,
            "unix_socket_directories": "",
            "max_connections": MAX_CONNECTIONS,
            "shared_buffers": "128MB",
            "max_wal_size": "2GB",
            "timezone": "UTC",
            "log_timezone": "UTC",
            "log_line_prefix": "%m [%p] ",
            "log_error_verbosity": "terse",  # DETAIL lines carry people's data
            "log_min_error_statement": "panic",
            "log_checkpoints": "off",
            "logging_collector": "off",
            "jit": "off",
        }
        if not self._durable:
            values |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        with suppress(OSError):
            shared = os.statvfs("/dev/shm")  # noqa: S108 - only measured
            if shared.f_blocks * shared.f_frsize < SMALL_SHARED_MEMORY:
                values["dynamic_shared_memory_type"] = "mmap"
        return [part for key, value in values.items() for part in ("-c", f"{key}={value}")]

    def url(self, port: int, database: str = OWNER) -> str:
        """Return the superuser's URL of a database."""
        return f"postgresql://{OWNER}:{quote(self._password)}@{LOOPBACK}:{port}/{database}"

    def app_url(self, port: int) -> str:
        """Return the product's own URL of the database."""
        return f"postgresql://{APP}:{quote(self._app_password)}@{LOOPBACK}:{port}/{OWNER}"

    def _answers(self, port: int) -> bool:
        try:
            with psycopg.connect(self.url(port, "postgres"), connect_timeout=3):
                return True
        except psycopg.OperationalError:
            return False

    def ensure_database(self, port: int) -> None:
        """Create the database and the product's own login on first use."""
        with psycopg.connect(self.url(port, "postgres"), connect_timeout=10, autocommit=True) as connection:
            found = connection.execute("select 1 from pg_database where datname = %s", (OWNER,)).fetchone()
            if found is None:
                connection.execute(sql.SQL("create database {}").format(sql.Identifier(OWNER)))
            found = connection.execute("select 1 from pg_roles where rolname = %s", (APP,)).fetchone()
            if found is None:
                words = sql.SQL("create role {} login password {}")
                connection.execute(words.format(sql.Identifier(APP), sql.Literal(self._app_password)))


def _environment() -> dict[str, str]:
    # Nothing of the caller's: PGDATA, PGPORT or a locale of his must not steer this server.
    return {"PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}


def _binaries_for(placement: Placement) -> PostgresBinaries:
    account: Account | None = placement.account
    version_file = placement.cluster / "PG_VERSION"
    if not placement.cluster.exists():
        return bring_postgres(find_postgres(), placement.home, account)
    text = version_file.read_text(encoding="ascii").strip() if version_file.exists() else "?"
    newest = find_postgres()
    try:
        return bring_postgres(find_postgres(major=int(text) if text.isdigit() else -1), placement.home, account)
    except BinariesMissing as problem:
        raise ForeignData(
            f"{placement.cluster} 属于 PostgreSQL {text}，而这里的是 {newest.major}；数据未被改动",
            f"{placement.cluster} belongs to PostgreSQL {text}, but this is {newest.major}. The data was not touched.",
            advice_zh=f"用 PostgreSQL {text} 的 pg_dump 导出再导入，或用 DATA=… 换一个数据目录。",
            advice_en=f"Dump it with PostgreSQL {text}'s pg_dump and load it anew, or choose another folder: DATA=…",
        ) from problem
