"""What every request gets: an id that joins answer, log line and audit row, headers that keep a browser strict, a count."""

import random
import time

import structlog
from apiflask import APIFlask
from flask import Response, g, request

from app import logs
from blueprints.metrics import count_response

REQUEST_ID_LENGTH = 64
# What is no page; pages and blueprints/docs.py have their own.
NO_PAGE = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
STRICT = (
    ("X-Content-Type-Options", "nosniff"),
    ("Cache-Control", "no-store"),
    ("Content-Security-Policy", NO_PAGE),
    ("Referrer-Policy", "no-referrer"),
)


def register(app: APIFlask) -> None:
    """Surround every request."""
    app.before_request(_begin)
    app.after_request(_finish)


def _begin() -> None:
    g.request_id = name(request.headers.get("X-Request-Id", ""))
    g.started = time.perf_counter()
    # A thread serves one request after another: nothing of the last one may stay.
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=g.request_id)


def name(given: str) -> str:
    """The request's id: ours unless the balancer in front already named it."""
    # Only plain characters, so that no log line can be forged.
    plain = given.isascii() and given.replace("-", "").isalnum() and len(given) <= REQUEST_ID_LENGTH
    return given if plain else f"{random.getrandbits(64):016x}"


def _finish(response: Response) -> Response:
    seconds = time.perf_counter() - g.started if "started" in g else 0.0
    response.headers["X-Request-Id"] = g.get("request_id", "")
    for header, value in STRICT:
        response.headers.setdefault(header, value)
    count_response(response, seconds=seconds)
    # The endpoint's name, never the path or the query: those carry ids and what people typed.
    logs.tell_request(
        endpoint=request.endpoint,
        status=response.status_code,
        seconds=seconds,
        request_id=g.get("request_id", ""),
    )
    return response
