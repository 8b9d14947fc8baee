"""The counter's page by the server's own clock: customer after customer, the page with nobody at it, the scan, then Enter.

In this process and one at a time, so that nothing waits for anything but its statements; taking turns, so that each request comes
after the others, as at a counter, and a machine that slows down slows all of them.
"""

import io
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median
from typing import Any
from wsgiref.types import WSGIEnvironment

import psycopg
from flask import Flask

from app.round_trip import Wire


@dataclass(frozen=True, kw_only=True)
class Turns:
    """Medians of many customers, in milliseconds: the page with nobody at it, and both requests without their statements, whose
    time is from asking the driver until the rows are there."""

    hello_ms: float
    rest_ms: float
    statements_ms: float


@dataclass(frozen=True, slots=True)
class Clocks:
    """Seconds: of this thread at work, and in statements by the clock on the wall and at work."""

    at_work: float
    statements: float
    statements_at_work: float

    @property
    def rest_ms(self) -> float:
        """Outside of statements a thread waits for nobody: its own clock stands only while others have the processor."""
        return (self.at_work - self.statements_at_work) * 1000


def measure(app: Flask, customers: Sequence[Sequence[str]]) -> Turns:
    """`customers`: hello, scan and redeem of each, as they go over the wire. Raises SystemExit when one is refused."""
    with _watched() as now:
        took = [[_ask(app, raw, now) for raw in customer] for customer in customers]
    return Turns(
        hello_ms=median(hello.rest_ms for hello, _, _ in took),
        rest_ms=median(scan.rest_ms + redeem.rest_ms for _, scan, redeem in took),
        statements_ms=median((scan.statements + redeem.statements) * 1000 for _, scan, redeem in took),
    )


@contextmanager
def _watched() -> Iterator[Callable[[], Clocks]]:
    """The clocks as they stand, statements watched past the session and within it."""
    seconds = [0.0, 0.0]

    def timed(asks: Callable[..., Any]) -> Callable[..., Any]:
        def asked(*given: Any, **named: Any) -> Any:
            started, at_work = time.perf_counter(), time.thread_time()
            try:
                return asks(*given, **named)
            finally:
                seconds[0] += time.perf_counter() - started
                seconds[1] += time.thread_time() - at_work

        return asked

    kept = Wire.send, psycopg.Connection.wait
    Wire.send, psycopg.Connection.wait = (timed(one) for one in kept)  # type: ignore[method-assign]
    try:
        yield lambda: Clocks(time.thread_time(), seconds[0], seconds[1])
    finally:
        Wire.send, psycopg.Connection.wait = kept  # type: ignore[method-assign]


def _ask(app: Flask, raw: str, now: Callable[[], Clocks]) -> Clocks:
    environ, told = _environ(raw), list[str]()

    def start_response(status: str, *_: Any) -> Callable[[bytes], None]:
        told.append(status)
        return lambda _: None

    before = now()
    body = b"".join(app(environ, start_response))
    after = now()
    if not told[0].startswith("200"):
        raise SystemExit(f"{environ['PATH_INFO']}: {told[0]} {body.decode()[:500]}")
    return Clocks(
        after.at_work - before.at_work,
        after.statements - before.statements,
        after.statements_at_work - before.statements_at_work,
    )


def _environ(raw: str) -> WSGIEnvironment:
    """A request's text as a server hands it on."""
    head, _, body = raw.partition("\r\n\r\n")
    first, *lines = head.split("\r\n")
    method, path, _ = first.split(" ")
    headers = dict(line.split(": ", 1) for line in lines if line)
    plain = {"Content-Type", "Content-Length"}
    named = {
        ("" if name in plain else "HTTP_") + name.upper().replace("-", "_"): text for name, text in headers.items()
    }
    return {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "QUERY_STRING": "",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body.encode()),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
        **named,
    }
