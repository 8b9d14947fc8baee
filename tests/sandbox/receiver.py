"""A tiny receiver of pushes: keeps what came and answers as it is told."""

import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit


@dataclass(slots=True)
class Got:
    query: dict[str, str]
    body: str
    content_type: str


@dataclass(slots=True)
class Receiver:
    """`answers` are used up in order as (status, body, seconds to wait); after that it says success."""

    url: str = ""
    got: list[Got] = field(default_factory=list)
    answers: deque[tuple[int, str, float]] = field(default_factory=deque)
    echo: bool = True


@contextmanager
def receiving() -> Iterator[Receiver]:
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            query = dict(parse_qsl(urlsplit(self.path).query))
            receiver.got.append(Got(query, "", ""))
            self._answer(200, query["echostr"] if receiver.echo else "hello")

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            query = dict(parse_qsl(urlsplit(self.path).query))
            receiver.got.append(Got(query, body, self.headers["Content-Type"]))
            status, text, seconds = receiver.answers.popleft() if receiver.answers else (200, "success", 0.0)
            time.sleep(seconds)
            self._answer(status, text)

        def _answer(self, status: int, text: str) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(text.encode())))
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, format: str, *args: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    receiver.url = f"http://127.0.0.1:{server.server_address[1]}/wechat/push"
    try:
        yield receiver
    finally:
        server.shutdown()
        thread.join(timeout=10)
        server.server_close()
