"""The way from a page to the JSON API: the same application, in the same process, as whoever is signed in.

An operation called here is checked, written, audited and answered like any other call of it; pages have no second way.
"""

import io
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, cast
from urllib.parse import quote, unquote_to_bytes, urlencode
from wsgiref.types import WSGIEnvironment

from flask import Flask, current_app, g, json, request

from blueprints import quick_answers
from blueprints.pages.words import is_english
from blueprints.request_keys import HEADER

API_ROOTS = {"console": "/api/console/v1", "counter": "/api/store/v1"}
Query = Mapping[str, Any]


class ApiRefusal(Exception):
    """The API said no: `status`, `code`, `message` in the reader's language, `data`."""

    def __init__(self, status: int, error: dict[str, Any]) -> None:
        super().__init__(error.get("code"))
        self.status = status
        self.code = str(error.get("code", "internal_error"))
        self.message = str(error.get("message", ""))
        self.data: dict[str, Any] = error.get("data") or {}
        self.request_id = str(error.get("request_id", ""))

    @property
    def fields(self) -> dict[str, list[str]]:
        """What is wrong with which field, by its name without the place it was in."""
        told = self.data.get("fields") or {}
        lists = {name: [reasons] if isinstance(reasons, str) else list(reasons) for name, reasons in told.items()}
        return {name.partition(".")[2] or name: reasons for name, reasons in lists.items()}


@dataclass(frozen=True)
class Answer:
    """What came back: `status`, `body` in bytes, and the headers."""

    status: int
    body: bytes
    headers: dict[str, str]

    @property
    def json(self) -> Any:
        return json.loads(self.body) if self.body else None


def get(path: str, query: Query | None = None) -> Any:
    """What GET answers. `path` is below this door's API. Raises ApiRefusal."""
    return call("GET", path, query=query).json


def post(path: str, body: Any = None, *, key: str | None = None) -> Any:
    """What POST answers; `key` is the Idempotency-Key, from the form. Raises ApiRefusal."""
    return call("POST", path, body={} if body is None else body, key=key).json


def patch(path: str, body: Any) -> Any:
    """What PATCH answers. Raises ApiRefusal."""
    return call("PATCH", path, body=body).json


def put(path: str, body: Any) -> Any:
    """What PUT answers. Raises ApiRefusal."""
    return call("PUT", path, body=body).json


def delete(path: str) -> None:
    """DELETE. Raises ApiRefusal."""
    call("DELETE", path)


def call(
    method: str,
    path: str,
    *,
    query: Query | None = None,
    body: Any = None,
    key: str | None = None,
    raw: bytes | None = None,
    content_type: str = "application/json",
) -> Answer:
    """One operation of this door's API. `raw` with its `content_type` goes instead of a JSON `body`. Raises ApiRefusal."""
    data = raw if raw is not None else (b"" if body is None else json.dumps(body).encode())
    environ = _environ(method, API_ROOTS[g.door] + path, query=query, data=data, content_type=content_type)
    if g.person is not None:
        environ["HTTP_AUTHORIZATION"] = f"Bearer {g.person['token']}"
    if key:
        environ[f"HTTP_{HEADER.upper().replace('-', '_')}"] = key
    answer = _run(environ)
    if answer.status >= HTTPStatus.BAD_REQUEST:
        raise ApiRefusal(answer.status, _error_of(answer))
    return answer


def part(value: object) -> str:
    """A value as one part of a path."""
    return quote(str(value), safe="")


def _environ(method: str, path: str, *, query: Query | None, data: bytes, content_type: str) -> WSGIEnvironment:
    outer = request.environ
    environ: WSGIEnvironment = {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        # As a server hands it on: decoded, a byte a character.
        "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
        "QUERY_STRING": urlencode({k: v for k, v in (query or {}).items() if v not in (None, "")}, doseq=True),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_ACCEPT_LANGUAGE": "en" if is_english() else "zh-CN",
        "HTTP_X_REQUEST_ID": g.get("request_id", ""),
        # A sign-in keeps by which browser it came.
        "HTTP_USER_AGENT": request.headers.get("User-Agent", ""),
        "REMOTE_ADDR": request.remote_addr or "",
        "wsgi.version": (1, 0),
        "wsgi.input": io.BytesIO(data),
        "wsgi.errors": outer["wsgi.errors"],
        "wsgi.multithread": outer.get("wsgi.multithread", True),
        "wsgi.multiprocess": outer.get("wsgi.multiprocess", True),
        "wsgi.run_once": False,
        "wsgi.url_scheme": outer["wsgi.url_scheme"],
        "SERVER_NAME": outer["SERVER_NAME"],
        "SERVER_PORT": outer["SERVER_PORT"],
    }
    if data or method in ("POST", "PUT", "PATCH"):
        environ |= {"CONTENT_LENGTH": str(len(data)), "CONTENT_TYPE": content_type}
    return environ


def _run(environ: WSGIEnvironment) -> Answer:
    app = cast(Flask, current_app._get_current_object())  # type: ignore[attr-defined]
    told: dict[str, Any] = {}

    def start_response(status: str, headers: list[tuple[str, str]], _: Any = None) -> Any:
        told["status"], told["headers"] = int(status[:3]), dict(headers)
        return lambda chunk: None  # noqa: ARG005

    quick = quick_answers.of(app).answer(environ)
    if quick is not None:
        return Answer(HTTPStatus.CREATED, quick.body, dict(quick.headers))
    # A context of its own: what the call leaves in `g` and in the database session is its own too. Past the middleware, which
    # has read the client's address for this request already.
    with app.app_context():
        chunks = Flask.wsgi_app(app, environ, start_response)
        try:
            body = b"".join(chunks)
        finally:
            getattr(chunks, "close", lambda: None)()
    return Answer(told["status"], body, told["headers"])


def _error_of(answer: Answer) -> dict[str, Any]:
    try:
        return dict(answer.json["error"])
    except (ValueError, KeyError, TypeError):
        return {"code": "internal_error"}
