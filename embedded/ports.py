"""TCP ports on the loopback: is one free, and which did we use last time."""

from __future__ import annotations

import errno
import random
import socket

from embedded.errors import PortTaken

LOOPBACK = "127.0.0.1"
# Below Linux's and macOS's range for outgoing connections: such a port cannot be lost to one while a part restarts.
LOWEST, HIGHEST = 20000, 32000


def is_free(port: int) -> bool:
    """Try to bind it, as the service will."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
            probe.listen(1)
        except OSError as problem:
            if problem.errno in (errno.EADDRINUSE, errno.EACCES):
                return False
            raise
    return True


def pick(*, wanted: int | None = None) -> int:
    """Return the wanted port when it is free, else a free one chosen at random."""
    if wanted and is_free(wanted):
        return wanted
    for _ in range(200):
        port = random.randint(LOWEST, HIGHEST)  # noqa: S311 - a port number is no secret
        if is_free(port):
            return port
    raise PortTaken(
        f"{LOWEST}–{HIGHEST} 之间找不到空闲端口",
        f"No free port between {LOWEST} and {HIGHEST}.",
        advice_zh="关闭一些占用端口的程序后重试。",
        advice_en="Close some programs that hold ports and try again.",
    )


def port_taken(port: int, *, name: str, base: int) -> PortTaken:
    """Name the port, who wanted it and the switch that moves it."""
    return PortTaken(
        f"端口 {port}({name})已被其他程序占用",
        f"Port {port} ({name}) is taken by another program.",
        advice_zh=f"换一组端口：make run PORT_BASE={base + 100}",
        advice_en=f"Choose other ports: make run PORT_BASE={base + 100}",
    )
