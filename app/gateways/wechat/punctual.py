"""Connections that write a request in one piece, at the moment its sender waits for.

The request is put together and the connection made before."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from app.gateways.departure import ClosedMeanwhile, Go, NeverCame, at_once

_now: Final = threading.local()


@contextmanager
def departing(go: Go) -> Iterator[None]:
    """What this thread asks of a punctual pool leaves when `go` says. Raises NeverCame, ClosedMeanwhile."""
    before, _now.go = getattr(_now, "go", at_once), go
    try:
        yield
    finally:
        # A token fetched on the way has left at once.
        _now.go = before


class _Punctual:
    """Mixed into urllib3's connections. One thread has a connection at a time."""

    _held: list[Any] | None = None
    _is_used = False

    def connect(self) -> None:
        super().connect()  # type: ignore[misc]
        self._is_used = False

    def request(self, *args: Any, **kwargs: Any) -> None:
        connection: Any = self
        if connection.sock is None:
            self.connect()
        self._held = []
        try:
            super().request(*args, **kwargs)  # type: ignore[misc]
            content = b"".join(self._held)
        finally:
            self._held = None
        go: Go = getattr(_now, "go", at_once)
        if not go():
            raise NeverCame
        # On one nothing was asked on yet, what there is to read may be the handshake's.
        if self._is_used and not connection.is_connected:
            raise ClosedMeanwhile
        self._is_used = True
        self.send(content)

    def send(self, data: Any) -> None:
        if self._held is None:
            super().send(data)  # type: ignore[misc]
        else:
            self._held.append(data)


class _PunctualHttp(_Punctual, HTTPConnection): ...


class _PunctualHttps(_Punctual, HTTPSConnection): ...


def make_punctual(pool: HTTPConnectionPool) -> None:
    """Connections of this pool are punctual from now on."""
    pool.ConnectionCls = _PunctualHttps if isinstance(pool, HTTPSConnectionPool) else _PunctualHttp
