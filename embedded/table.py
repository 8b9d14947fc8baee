"""The one table of what `make run` runs: steps that end, then processes that stay, in this order."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

# Offsets from PORT_BASE; the highest decides how many ports one instance needs.
PORT_OFFSETS = {"web": 0, "sandbox": 10, "phone": 20}
DEFAULT_PORT_BASE = 8700


@dataclass(frozen=True, kw_only=True)
class Task:
    """One line: `argv` follows `python`, ports are filled in (`{web_port}`: PORT_OFFSETS); `health` is a path to GET,
    `says` a word it logs once it works; `as_owner` lets it change the schema."""

    name: str
    zh: str
    en: str
    argv: tuple[str, ...]
    health: str = ""
    says: str = ""
    seconds: float = 120.0  # to be ready, or for a step to end
    as_owner: bool = False


@dataclass(frozen=True, kw_only=True)
class Table:
    """Steps run once each, then processes are kept alive."""

    steps: tuple[Task, ...] = field(default=())
    processes: tuple[Task, ...] = field(default=())


PRODUCT = Table(
    steps=(
        Task(
            name="migrate",
            zh="更新数据库结构",
            en="Bringing the database schema up to date",
            argv=("-m", "flask", "--app", "wsgi", "db", "upgrade"),
            seconds=1800.0,
            as_owner=True,
        ),
        Task(
            name="grant-role",
            zh="授予应用数据库权限",
            en="Granting the application its database rights",
            argv=("-m", "flask", "--app", "wsgi", "grant-role"),
            as_owner=True,
        ),
        Task(
            name="seed-demo",
            zh="准备演示数据",
            en="Preparing demo data",
            argv=("-m", "flask", "--app", "wsgi", "seed-demo"),
            seconds=600.0,
        ),
    ),
    processes=(
        Task(
            name="sandbox",
            zh="启动本地微信沙箱",
            en="Starting the local WeChat sandbox",
            argv=("-m", "sandbox", "--port", "{sandbox_port}"),
            health="/__sandbox/health",
        ),
        Task(
            name="web",
            zh="启动网站与接口",
            en="Starting web and API",
            argv=(
                "-m",
                "granian",
                "--interface",
                "wsgi",
                "--host",
                "127.0.0.1",
                "--port",
                "{web_port}",
                "--workers",
                "2",
                "--blocking-threads",
                "16",  # as many as one process has database connections
                "--respawn-failed-workers",
                "--workers-kill-timeout",
                "10",
                "wsgi:application",
            ),
            health="/health/ready",
        ),
        Task(
            name="phone",
            zh="启动手机模拟器",
            en="Starting the phone frame",
            argv=(
                "-m",
                "sandbox.phone",
                "--port",
                "{phone_port}",
                "--web",
                "http://127.0.0.1:{web_port}",
                "--sandbox",
                "http://127.0.0.1:{sandbox_port}",
            ),
            health="/health",
        ),
        Task(
            name="scheduler",
            zh="启动定时调度",
            en="Starting the scheduler",
            argv=("-m", "jobs.scheduler"),
            says="scheduler_started",
        ),
        Task(
            name="worker",
            zh="启动发送进程",
            en="Starting the worker",
            argv=("-m", "jobs.worker"),
            says="worker_started",
        ),
    ),
)


def load(path: Path) -> Table:
    """Read a table from JSON, as `dump` writes it: how tests run stand-ins."""
    value = json.loads(path.read_text(encoding="utf-8"))
    tasks = {kind: tuple(Task(**{**row, "argv": tuple(row["argv"])}) for row in value[kind]) for kind in value}
    return Table(**tasks)


def dump(table: Table, path: Path) -> None:
    """Write a table as JSON."""
    path.write_text(json.dumps(asdict(table), ensure_ascii=False), encoding="utf-8")
