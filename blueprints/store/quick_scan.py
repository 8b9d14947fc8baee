"""The usual scan, answered before Flask: a right code of a signed-in clerk, which is nearly every one, in two round trips.

It asks what the door and the view ask, by their own functions, and gives up on anything it could not answer with a visit: then
the application is asked as if nobody had been here, and tells, counts and logs what is to be told.
docs/decisions/0017-quick-scan.md
"""

import io
import time
from collections.abc import Iterable
from typing import NamedTuple, cast
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import structlog
from apiflask import APIFlask
from flask import Flask

from app import clock, logs
from app.errors import LoyaltyError
from app.extensions import db
from app.plain_statements import Alone
from app.rules import member_code
from app.services import scans, sessions, visits
from app.wiring import Parts
from blueprints import attempts, identity, languages, metrics, request_trace
from blueprints.schemas.visits import VisitIn
from blueprints.store.visits import WRONG_CODES, prove, written

PATH, ENDPOINT = "/api/store/v1/visits", "store.visits.scan"
# A code and its blanks, with room to spare.
LARGEST_BODY = 256
_NAME = "huitou_quick_scan"
_log = structlog.get_logger()


class Answer(NamedTuple):
    """`headers` and `body` of a visit that was opened."""

    headers: list[tuple[str, str]]
    body: bytes


def register(app: APIFlask) -> None:
    """Stand before the application."""
    quick = app.extensions[_NAME] = QuickScan(app)
    app.wsgi_app = quick.before(app.wsgi_app)  # type: ignore[assignment, method-assign]


def of(app: Flask) -> "QuickScan":
    """The one before this application, for whoever calls it past its server."""
    return cast(QuickScan, app.extensions[_NAME])


class QuickScan:
    """One for each application."""

    def __init__(self, app: APIFlask) -> None:
        self._app, self._view = app, app.view_functions[ENDPOINT]
        self._parts: Parts = app.extensions["huitou"]
        with app.app_context():
            self._engine = db.engine

    def before(self, application: WSGIApplication) -> WSGIApplication:
        """The application with this in front."""

        def asked(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
            answer = self.answer(environ)
            if answer is None:
                return application(environ, start_response)
            start_response("201 CREATED", answer.headers)
            return [answer.body]

        return asked

    def answer(self, environ: WSGIEnvironment) -> Answer | None:
        """The visit; None when this is for the application, whose body can then still be read."""
        if environ["PATH_INFO"] != PATH or environ["REQUEST_METHOD"] != "POST":
            return None
        started = time.perf_counter()
        body = _take_body(environ)
        if body is None:
            return None
        try:
            text = self._open(environ, body)
        except (LoyaltyError, ValueError):
            return None
        except Exception:  # noqa: BLE001  (told in the log; the application has another way to it)
            _log.exception("quick_scan_failed")
            return None
        return None if text is None else _told(text, environ, started=started)

    def _open(self, environ: WSGIEnvironment, body: bytes) -> str | None:
        at, vault = clock.utc_now(), self._parts.vault
        token_hash = identity.token_hash(environ.get("HTTP_AUTHORIZATION", ""))
        code = member_code.parse(VisitIn.model_validate(self._app.json.loads(body), strict=True).member_code)
        with Alone(self._engine) as database:
            signed_in, holder = database.ask(
                sessions.staff_look(token_hash, now=at), visits.holder_look_for(code.number, token_hash=token_hash)
            )
            clerk = sessions.staff_of(signed_in)
            if clerk is None:
                return None
            identity.check_staff(clerk, self._view, at_counter=True)
            member_id, step = prove(code, holder, vault=vault, at=at)
            turn = attempts.turn_of(WRONG_CODES, str(clerk.id), vault=vault, at=at)
            usual = scans.Usual(member_id, code_step=step, staff=clerk, turn=turn, now=at)
            scanned = usual.scanned(database.ask(usual.plain, commits=True)[0])
        if scanned is None:
            return None
        return written(scanned, english=languages.best(environ.get("HTTP_ACCEPT_LANGUAGE", "")) is languages.ENGLISH)


def _take_body(environ: WSGIEnvironment) -> bytes | None:
    """The body of a request like any other scan; it can be read once more."""
    length = environ.get("CONTENT_LENGTH") or ""
    if environ.get("CONTENT_TYPE") != "application/json" or environ.get("QUERY_STRING"):
        return None
    if not (length.isascii() and length.isdigit()) or not 0 < int(length) <= LARGEST_BODY:
        return None
    body: bytes = environ["wsgi.input"].read(int(length))
    environ["wsgi.input"] = io.BytesIO(body)
    return body


def _told(text: str, environ: WSGIEnvironment, *, started: float) -> Answer:
    """What every answer gets: request_trace's headers, a line in the log, a count."""
    body, request_id = text.encode(), request_trace.name(environ.get("HTTP_X_REQUEST_ID", ""))
    seconds = time.perf_counter() - started
    metrics.count(ENDPOINT, "POST", 201, seconds=seconds)
    logs.tell_request(endpoint=ENDPOINT, status=201, seconds=seconds, request_id=request_id)
    headers = [("Content-Type", "application/json"), ("Content-Length", str(len(body))), ("X-Request-Id", request_id)]
    return Answer([*headers, *request_trace.STRICT], body)
