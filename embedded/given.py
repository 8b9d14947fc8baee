"""Servers somebody else runs, named in DATABASE_URL and REDIS_URL: only asked whether they answer."""

from __future__ import annotations

import time

import psycopg

from embedded.binaries import OLDEST_POSTGRES
from embedded.errors import Unreachable
from embedded.ping import ping

PATIENCE_SECONDS = 30.0  # a database container may still be starting


def check_database(url: str) -> None:
    """Wait for the given PostgreSQL and its version. Raises Unreachable, without showing the password."""
    plain = url.replace("postgresql+psycopg://", "postgresql://", 1)
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            with psycopg.connect(plain, connect_timeout=5) as connection:
                version = connection.info.server_version // 10000
            break
        except psycopg.Error as problem:
            if time.monotonic() > deadline:
                raise _unreachable("DATABASE_URL", str(problem).splitlines()[0]) from None
            time.sleep(0.5)
    if version < OLDEST_POSTGRES:
        raise _unreachable("DATABASE_URL", f"PostgreSQL {version} < {OLDEST_POSTGRES}")


def check_redis(url: str) -> None:
    """Wait for the given Redis or Valkey. Raises Unreachable."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while why := ping(url):
        if time.monotonic() > deadline:
            raise _unreachable("REDIS_URL", why)
        time.sleep(0.5)


def _unreachable(variable: str, why: str) -> Unreachable:
    return Unreachable(
        f"{variable} 指定的服务不可用：{why}",
        f"The server of {variable} cannot be used: {why}",
        advice_zh=f"检查 {variable}，或清空它以使用内置服务。",
        advice_en=f"Check {variable}, or unset it to use the built-in server.",
    )
