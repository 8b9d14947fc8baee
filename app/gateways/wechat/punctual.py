"""Connections that write a request in one piece, when they are told to.

The request is put together and the connection made before."""

from collections.abc import Mapping
from typing import Any

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool


class ClosedMeanwhile(Exception):
    """The connection was closed while the moment was waited for, and not a byte was written."""


class Punctual:
    """Mixin of urllib3's connections. One thread has a connection at a time."""

    _held: list[bytes] | None = None
    _content = b""
    _is_used = False

    def connect(self) -> None:
        super().connect()  # type: ignore[misc]
        self._is_used = False

    def prepare(self, method: str, url: str, *, body: bytes | None, headers: Mapping[str, str]) -> None:
        """Put a request together; what is written goes nowhere until `write`. Needs a connection that stands."""
        connection: Any = self
        self._held = []
        try:
            connection.request(method, url, body=body, headers=headers, preload_content=False)
            self._content = b"".join(self._held)
        finally:
            self._held = None

    def write(self) -> None:
        """Send what was prepared. Raises ClosedMeanwhile."""
        connection: Any = self
        # On one nothing was asked on yet, what there is to read may be the handshake's.
        if self._is_used and not connection.is_connected:
            raise ClosedMeanwhile
        self._is_used = True
        self.send(self._content)

    def send(self, data: Any) -> None:
        if self._held is None:
            super().send(data)  # type: ignore[misc]
        else:
            self._held.append(data)


class PunctualHttp(Punctual, HTTPConnection): ...


class PunctualHttps(Punctual, HTTPSConnection): ...


PunctualConnection = PunctualHttp | PunctualHttps


def make_punctual(pool: HTTPConnectionPool) -> None:
    """Connections of this pool are punctual from now on."""
    pool.ConnectionCls = PunctualHttps if isinstance(pool, HTTPSConnectionPool) else PunctualHttp
