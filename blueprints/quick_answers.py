"""What is answered before Flask: the usual case of the few requests that everybody waits for, in as few steps as it takes.

Each gives up on anything it could not answer with what was asked for: then the application is asked as if nobody had been here,
and tells, counts and logs what is to be told. docs/decisions/0017-quick-answers.md
"""

import io
import time
from collections.abc import Iterable, Sequence
from typing import NamedTuple, Protocol, cast
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import structlog
from apiflask import APIFlask
from flask import Flask

from app import logs
from app.errors import LoyaltyError
from blueprints import languages, metrics, request_trace

# A code with its blanks or a bill with its coupons, with room to spare.
LARGEST_BODY = 1_024
_NAME = "huitou_quick_answers"
_log = structlog.get_logger()


class Quick(Protocol):
    """One of them. Only what was done is answered, and with 201."""

    @property
    def endpoint(self) -> str:
        """The view it stands before."""
        ...

    def takes(self, path: str) -> bool:
        """Whether a POST to this path may be one; asked of every POST."""
        ...

    def answer(self, environ: WSGIEnvironment, body: bytes) -> str | None:
        """The JSON of what was done; None when this is for the application. May raise LoyaltyError and ValueError for that, too.

        Whatever it wrote is undone before it gives up."""
        ...


class Answer(NamedTuple):
    """What 201 comes with."""

    headers: list[tuple[str, str]]
    body: bytes


def register(app: APIFlask, *quick: Quick) -> None:
    """Stand before the application."""
    answers = app.extensions[_NAME] = QuickAnswers(quick)
    app.wsgi_app = answers.before(app.wsgi_app)  # type: ignore[assignment, method-assign]


def of(app: Flask) -> "QuickAnswers":
    """Those before this application, for whoever calls it past its server."""
    return cast(QuickAnswers, app.extensions[_NAME])


class QuickAnswers:
    """All of an application's."""

    def __init__(self, quick: Sequence[Quick]) -> None:
        self._all = quick

    def before(self, application: WSGIApplication) -> WSGIApplication:
        """The application with these in front."""

        def asked(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
            answer = self.answer(environ)
            if answer is None:
                return application(environ, start_response)
            start_response("201 CREATED", answer.headers)
            return [answer.body]

        return asked

    def answer(self, environ: WSGIEnvironment) -> Answer | None:
        """What was done; None when this is for the application, which can still read the body."""
        if environ["REQUEST_METHOD"] != "POST" or environ.get("QUERY_STRING"):
            return None
        quick = next((one for one in self._all if one.takes(environ["PATH_INFO"])), None)
        if quick is None:
            return None
        started = time.perf_counter()
        # Answer, log line and audit row name it alike, whoever answers.
        environ["HTTP_X_REQUEST_ID"] = request_trace.name(environ.get("HTTP_X_REQUEST_ID", ""))
        body = _take_body(environ)
        if body is None:
            return None
        try:
            text = quick.answer(environ, body)
        except (LoyaltyError, ValueError):
            return None
        except Exception:  # noqa: BLE001  (told in the log; the application has another way to it)
            _log.exception("quick_answer_failed", endpoint=quick.endpoint)
            return None
        return None if text is None else _told(text, environ, endpoint=quick.endpoint, started=started)


def reads_english(environ: WSGIEnvironment) -> bool:
    """As `languages.select_locale` of a request that is no page's."""
    return languages.best(environ.get("HTTP_ACCEPT_LANGUAGE", "")) is languages.ENGLISH


def _take_body(environ: WSGIEnvironment) -> bytes | None:
    """A short body, which can be read once more; None for any other."""
    length = environ.get("CONTENT_LENGTH") or "0"
    if environ.get("HTTP_TRANSFER_ENCODING") or not (length.isascii() and length.isdigit()):
        return None
    size = int(length)
    if size > LARGEST_BODY:
        return None
    body: bytes = environ["wsgi.input"].read(size) if size else b""
    environ["wsgi.input"] = io.BytesIO(body)
    return body


def _told(text: str, environ: WSGIEnvironment, *, endpoint: str, started: float) -> Answer:
    """What every answer gets: request_trace's headers, a line in the log, a count."""
    body, request_id = text.encode(), environ["HTTP_X_REQUEST_ID"]
    seconds = time.perf_counter() - started
    metrics.count(endpoint, "POST", 201, seconds=seconds)
    logs.tell_request(endpoint=endpoint, status=201, seconds=seconds, request_id=request_id)
    headers = [("Content-Type", "application/json"), ("Content-Length", str(len(body))), ("X-Request-Id", request_id)]
    return Answer([*headers, *request_trace.STRICT], body)
