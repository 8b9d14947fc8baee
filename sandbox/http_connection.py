"""HTTP/1.1 for one kept-alive connection: strict, small, and able to hang up; each answer leaves in one piece."""

import io
import socket
import socketserver
import struct
import sys
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote_to_bytes

from sandbox.receipt import StampedReader

IDLE_SECONDS = 120.0
LONGEST_LINE = 65_536
MOST_HEADERS = 100
LARGEST_BODY = 64 * 1024 * 1024

WsgiApp = Callable[[dict[str, Any], Any], Iterable[bytes]]


class BadRequest(Exception):
    """The connection is answered with this status and closed."""

    def __init__(self, status: HTTPStatus) -> None:
        super().__init__(status)
        self.status = status


class Connection(socketserver.StreamRequestHandler):
    """One caller. The server behind it offers `app`, `resetting` and `server_address`."""

    disable_nagle_algorithm = True
    timeout = IDLE_SECONDS
    server: Any

    def setup(self) -> None:
        super().setup()
        self._stamped = StampedReader(self.connection)
        self.rfile = io.BufferedReader(self._stamped)

    def handle(self) -> None:
        self.dropped = False
        try:
            while self._serve_one():
                pass
        except BadRequest as refusal:
            self._write(f"{refusal.status.value} {refusal.status.phrase}", [], b"", keep=False)
        except (OSError, TimeoutError):
            return  # the caller went away, which is its right

    def hang_up(self, how: str) -> None:
        """End the connection without an answer: `close` politely, `reset` with a TCP reset."""
        self.dropped = True
        if how == "reset":
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.server.resetting.add(self.request)

    def _serve_one(self) -> bool:
        line = self._line()
        if line == b"\r\n":
            line = self._line()
        if not line:
            return False
        received_ns = self._stamped.received_ns
        parts = line.decode("latin-1").split()
        if len(parts) != 3 or not parts[2].startswith("HTTP/1."):
            raise BadRequest(HTTPStatus.BAD_REQUEST)
        method, target, version = parts
        headers = self._headers()
        keep = headers.get("CONNECTION", "").lower() != "close" and version != "HTTP/1.0"
        environ = self._environ(method, target, headers=headers, body=self._body(headers), received_ns=received_ns)
        status, fields, content = self._run(environ)
        if self.dropped:
            return False
        self._write(status, fields, b"" if method == "HEAD" else content, keep=keep)
        return keep

    def _line(self) -> bytes:
        line = self.rfile.readline(LONGEST_LINE + 1)
        if len(line) > LONGEST_LINE:
            raise BadRequest(HTTPStatus.REQUEST_URI_TOO_LONG)
        return line

    def _headers(self) -> dict[str, str]:
        headers: dict[str, str] = {}
        while (line := self._line()) not in (b"\r\n", b"\n", b""):
            name, colon, value = line.decode("latin-1").partition(":")
            if not colon or len(headers) >= MOST_HEADERS:
                raise BadRequest(HTTPStatus.BAD_REQUEST)
            headers[name.strip().upper().replace("-", "_")] = value.strip()
        return headers

    def _body(self, headers: dict[str, str]) -> bytes:
        if headers.get("EXPECT", "").lower() == "100-continue":
            self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        size = headers.pop("CONTENT_LENGTH", "") or "0"
        if "chunked" in headers.pop("TRANSFER_ENCODING", "").lower():
            return self._chunks()
        return self._exactly(_size(size, 10))

    def _chunks(self) -> bytes:
        body = bytearray()
        while size := _size(self._line().split(b";")[0].strip().decode("latin-1"), 16):
            body += self._exactly(size)
            if len(body) > LARGEST_BODY or self._line() != b"\r\n":
                raise BadRequest(HTTPStatus.BAD_REQUEST)
        while self._line() not in (b"\r\n", b""):
            pass
        return bytes(body)

    def _exactly(self, size: int) -> bytes:
        content = self.rfile.read(size) if size else b""
        if len(content) != size:
            raise BadRequest(HTTPStatus.BAD_REQUEST)
        return content

    def _environ(
        self, method: str, target: str, *, headers: dict[str, str], body: bytes, received_ns: int
    ) -> dict[str, Any]:
        path, _, query = target.partition("?")
        host, port = self.server.server_address[:2]
        return {
            "REQUEST_METHOD": method,
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
            "QUERY_STRING": query,
            "SERVER_NAME": host,
            "SERVER_PORT": str(port),
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": self.client_address[0],
            "CONTENT_TYPE": headers.pop("CONTENT_TYPE", ""),
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(body),
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
            "sandbox.received_ns": received_ns,
            "sandbox.drop": self.hang_up,
            **{f"HTTP_{name}": value for name, value in headers.items()},
        }

    def _run(self, environ: dict[str, Any]) -> tuple[str, list[tuple[str, str]], bytes]:
        started: list[tuple[str, list[tuple[str, str]]]] = []

        def start_response(status: str, fields: list[tuple[str, str]], _exc_info: object = None) -> None:
            started.append((status, fields))

        result = self.server.app(environ, start_response)
        try:
            content = b"".join(result)
        finally:
            if hasattr(result, "close"):
                result.close()
        return (*started[-1], content)

    def _write(self, status: str, fields: list[tuple[str, str]], content: bytes, *, keep: bool) -> None:
        lines = [f"HTTP/1.1 {status}", "Server: huitou-sandbox"]
        lines += [f"{name}: {value}" for name, value in fields if name.lower() != "content-length"]
        lines += [f"Content-Length: {len(content)}", f"Connection: {'keep-alive' if keep else 'close'}", "", ""]
        self.connection.sendall("\r\n".join(lines).encode("latin-1") + content)


def _size(text: str, base: int) -> int:
    try:
        size = int(text, base)
    except ValueError:
        raise BadRequest(HTTPStatus.BAD_REQUEST) from None
    if size < 0:
        raise BadRequest(HTTPStatus.BAD_REQUEST)
    if size > LARGEST_BODY:
        raise BadRequest(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    return size
