"""The HTTP server under the sandbox: a thread per kept-alive connection, loopback only."""

import socket
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from flask import Flask

from sandbox.http_connection import Connection
from sandbox.settings import require_loopback


class Server(socketserver.ThreadingTCPServer):
    """Knows its open connections, so that stopping leaves none behind."""

    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 512

    def __init__(self, app: Flask, *, host: str, port: int) -> None:
        require_loopback(host)
        self.app = app
        self.resetting: set[Any] = set()
        self._open: set[Any] = set()
        self._open_lock = threading.Lock()
        if ":" in host:
            self.address_family = socket.AF_INET6
        super().__init__((host, port), Connection)

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._open_lock:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._open_lock:
            self._open.discard(request)
        if request in self.resetting:
            self.resetting.discard(request)
            request.close()  # a shutdown first would say goodbye politely
        else:
            super().shutdown_request(request)

    def hang_up_all(self) -> None:
        """Wake the threads that wait for a next request on a kept-alive connection."""
        with self._open_lock:
            for request in self._open:
                with suppress(OSError):
                    request.shutdown(socket.SHUT_RDWR)


class RunningSandbox:
    """A sandbox on its own thread. `url` is its base address; `stop()` may be called twice."""

    def __init__(self, app: Flask, *, host: str = "127.0.0.1", port: int = 0) -> None:
        self.app = app
        self._server = Server(app, host=host, port=port)
        self.port = int(self._server.server_address[1])
        self.url = f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, name="sandbox", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join(timeout=10)
            self._server.server_close()
            self._server.hang_up_all()
        self.app.extensions["sandbox"].push.stop()


@contextmanager
def running(app: Flask, *, host: str = "127.0.0.1", port: int = 0) -> Iterator[RunningSandbox]:
    """Serve `app` (from create_sandbox) on a loopback port, 0 = any free one, until the block ends."""
    box = RunningSandbox(app, host=host, port=port)
    try:
        yield box
    finally:
        box.stop()
