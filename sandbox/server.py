"""The HTTP server under the sandbox: threads, kept-alive connections, loopback only; it can hang up on a caller."""

import io
import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from wsgiref.types import WSGIEnvironment

from flask import Flask
from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler

from sandbox.settings import require_loopback

IDLE_SECONDS = 120.0
BACKLOG = 512


class Handler(WSGIRequestHandler):
    """Stamps the receipt before parsing, writes each answer in one piece, and logs nothing (addresses hold secrets)."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = 64 * 1024
    timeout = IDLE_SECONDS
    received_ns = 0

    def parse_request(self) -> bool:
        self.received_ns = time.monotonic_ns()
        return super().parse_request()

    def make_environ(self) -> WSGIEnvironment:
        environ = super().make_environ()
        environ["sandbox.received_ns"] = self.received_ns
        environ["sandbox.drop"] = self.hang_up
        return environ

    def hang_up(self, how: str) -> None:
        """End the connection without an answer: `close` politely, `reset` with a TCP reset."""
        self.close_connection = True
        self.wfile = io.BytesIO()
        if how == "reset":
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.server.resetting.add(self.request)  # type: ignore[attr-defined]

    def finish(self) -> None:
        try:
            super().finish()
        except OSError:
            self.rfile.close()

    def log(self, type: str, message: str, *args: Any) -> None:
        """Say nothing."""


class Server(ThreadedWSGIServer):
    """Knows its open connections, so that stopping leaves none behind."""

    request_queue_size = BACKLOG

    def __init__(self, app: Flask, *, host: str, port: int) -> None:
        require_loopback(host)
        self.resetting: set[Any] = set()
        self._open: set[Any] = set()
        self._open_lock = threading.Lock()
        super().__init__(host, port, app, handler=Handler)

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
                try:
                    request.shutdown(socket.SHUT_RDWR)
                except OSError:
                    continue


class RunningSandbox:
    """A sandbox on its own thread. `url` is its base address; `stop()` may be called twice."""

    def __init__(self, app: Flask, *, host: str = "127.0.0.1", port: int = 0) -> None:
        self.app = app
        self._server = Server(app, host=host, port=port)
        self.host, self.port = host, int(self._server.server_port)
        self.url = f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, name="sandbox", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.hang_up_all()
        self._server.server_close()
        self._thread.join(timeout=10)
        self.app.extensions["sandbox"].push.stop()


@contextmanager
def running(app: Flask, *, host: str = "127.0.0.1", port: int = 0) -> Iterator[RunningSandbox]:
    """Serve `app` (from create_sandbox) on a loopback port, 0 = any free one, until the block ends."""
    box = RunningSandbox(app, host=host, port=port)
    try:
        yield box
    finally:
        box.stop()
