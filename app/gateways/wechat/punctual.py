"""Connections that write a request in one piece, at the moment its sender waits for.

The request is put together and the connection made before; a connection the other side closed meanwhile is made again."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from app.gateways.departure import Go, NeverCame, at_once

_now: Final = threading.local()


@contextmanager
def departing(go: Go) -> Iterator[None]:
    """What this thread asks of a punctual pool leaves when `go` says. Raises NeverCame."""
    before, _now.go = getattr(_now, "go", at_once), go
    try:
        yield
    finally:
        # A token fetched on the way has left at once.
        _now.go = before


class _Punctual:
    """Mixed into urllib3's connections. One thread has a connection at a time."""

    _held: list[Any] | None = None

    def request(self, *args: Any, **kwargs: Any) -> None:
        connection: Any = self
        is_new = connection.sock is None
        if is_new:
            connection.connect()
        content = self._put_together(*args, **kwargs)
        go: Go = getattr(_now, "go", at_once)
        if not go():
            raise NeverCame
        # On a new one something to read may be the handshake's.
        if not is_new and not connection.is_connected:
            connection.close()
            connection.connect()
            # Closing forgot what was asked.
            content = self._put_together(*args, **kwargs)
        self.send(content)

    def _put_together(self, *args: Any, **kwargs: Any) -> bytes:
        self._held = []
        try:
            super().request(*args, **kwargs)  # type: ignore[misc]
            return b"".join(self._held)
        finally:
            self._held = None

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
