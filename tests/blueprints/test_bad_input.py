"""Whatever is sent: a coded 4xx that says what to do, and nothing changed."""

import json
import socket
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.extensions import db
from app.models import AuditEntry, CouponTemplate, Store
from embedded.ports import LOOPBACK
from tests.conftest import CommittedDatabase
from tests.factories import staff
from tests.factories.staff import make_staff
from tests.web_server import WebServer, serving

STORES = "/api/console/v1/stores"
TEMPLATES = "/api/console/v1/coupon-templates"
GOOD = {"code": "S1", "name": "一号店"}
TERMS = {"kind": "amount_off", "value_fen": 100, "min_spend_fen": 100, "valid_days": 30}
MAX_BODY = 65_536

# What arrives as the body of POST /stores, and the code it gets.
BODIES = {
    "nothing": (b"", 400, "malformed_request"),
    "half an object": (b'{"code": "S1"', 400, "malformed_request"),
    "two objects": (b"{}{}", 400, "malformed_request"),
    "a comment": (b'{"code": "S1" /* x */}', 400, "malformed_request"),
    "single quotes": (b"{'code': 'S1'}", 400, "malformed_request"),
    "null": (b"null", 400, "malformed_request"),
    "a list": (b"[]", 400, "malformed_request"),
    "a string": (b'"S1"', 400, "malformed_request"),
    "a number": (b"1", 400, "malformed_request"),
    "NaN": (b'{"code": NaN, "name": "x"}', 400, "malformed_request"),
    "infinity": (b'{"code": "S1", "name": -Infinity}', 400, "malformed_request"),
    "deep lists": (b"[" * 30_000, 400, "malformed_request"),
    "deep objects": (b'{"a":' * 10_000 + b"1" + b"}" * 10_000, 400, "malformed_request"),
    "deep but closed": (b'{"code": ' + b"[" * 900 + b"]" * 900 + b"}", 422, "invalid_input"),
    "bad UTF-8": (b'{"code": "S1", "name": "\xff\xfe"}', 400, "malformed_request"),
    "overlong UTF-8": (b'{"code": "S1", "name": "\xc0\xaf"}', 400, "malformed_request"),
    "UTF-16": (json.dumps(GOOD).encode("utf-16"), 400, "malformed_request"),
    "a surrogate in UTF-8": (b'{"code": "S1", "name": "\xed\xa0\x80"}', 400, "malformed_request"),
    "half a surrogate pair": (b'{"code": "S1", "name": "\\ud800"}', 400, "malformed_request"),
    "half a pair as a name": (b'{"code": "S1", "name": "x", "\\udfff": 1}', 400, "malformed_request"),
    "a name twice": (b'{"code": "S1", "name": "x", "code": "S2"}', 400, "malformed_request"),
    "a name twice below": (b'{"code": "S1", "name": {"a": 1, "a": 2}}', 400, "malformed_request"),
    "5000 digits": (b'{"code": "S1", "name": ' + b"9" * 5000 + b"}", 400, "malformed_request"),
    "too much": (b'{"code": "' + b"S" * MAX_BODY + b'"}', 413, "body_too_large"),
    "NUL": (b'{"code": "S1", "name": "a\\u0000b"}', 422, "invalid_input"),
    "NUL in a code": (b'{"code": "S\\u0000", "name": "x"}', 422, "invalid_input"),
    "a raw NUL": (b'{"code": "S1", "name": "a\x00b"}', 400, "malformed_request"),
    "a line break": (b'{"code": "S1", "name": "a\\nb"}', 422, "invalid_input"),
    "a noncharacter": (b'{"code": "S1", "name": "a\\uffff"}', 422, "invalid_input"),
    "only blanks": (b'{"code": "S1", "name": "   "}', 422, "invalid_input"),
    "too long": (b'{"code": "S1", "name": "' + b"x" * 101 + b'"}', 422, "invalid_input"),
    "missing": (b'{"code": "S1"}', 422, "invalid_input"),
    "a number for a text": (b'{"code": 1, "name": "x"}', 422, "invalid_input"),
    "a list for a text": (b'{"code": ["S1"], "name": "x"}', 422, "invalid_input"),
    "true for a text": (b'{"code": true, "name": "x"}', 422, "invalid_input"),
    "an extra field": (b'{"code": "S1", "name": "x", "is_active": false}', 422, "invalid_input"),
    "a column of ours": (b'{"code": "S1", "name": "x", "id": 1}', 422, "invalid_input"),
    "a prototype": (b'{"code": "S1", "name": "x", "__proto__": {}}', 422, "invalid_input"),
}
# What stands where POST /coupon-templates wants an amount.
AMOUNTS = (
    "-1", "0", "1.0", "1.5", "1e2", '"100"', "true", "null", "[]", "{}", "1000000001", "9223372036854775808", "9" * 400,
    "-9223372036854775809", "1e400",
)  # fmt: skip
MEDIA_TYPES = (None, "", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "application/jsonp")


@pytest.fixture
def post(client: FlaskClient, now: datetime) -> Callable[..., Any]:
    """POST as an admin; afterwards nothing may have changed."""
    headers = staff.sign_in(make_staff("admin"))
    db.session.flush()

    def send(path: str, body: bytes, *, status: int, media_type: str | None = "application/json") -> dict[str, Any]:
        before = _count()
        response = client.post(path, data=body, content_type=media_type, headers=headers)
        assert response.status_code == status, response.text
        assert _count() == before
        error: dict[str, Any] = response.get_json()["error"]
        assert set(error) == {"code", "message", "data", "request_id"}
        return error

    return send


def _count() -> list[int | None]:
    return [db.session.scalar(select(func.count()).select_from(kind)) for kind in (Store, CouponTemplate, AuditEntry)]


@pytest.mark.parametrize("name", BODIES)
def test_a_bad_body_is_refused(post: Callable[..., Any], name: str) -> None:
    body, status, code = BODIES[name]
    assert post(STORES, body, status=status)["code"] == code


@pytest.mark.parametrize("amount", AMOUNTS)
def test_an_absurd_amount_is_refused(post: Callable[..., Any], amount: str) -> None:
    body = json.dumps({"name": "券", "terms": {**TERMS, "value_fen": "?"}}).replace('"?"', amount)
    error = post(TEMPLATES, body.encode(), status=422)
    assert list(error["data"]["fields"]) == ["json.terms.value_fen"]


@pytest.mark.parametrize("media_type", MEDIA_TYPES)
def test_only_json_is_read(post: Callable[..., Any], media_type: str | None) -> None:
    body = json.dumps(GOOD).encode()
    assert post(STORES, body, status=415, media_type=media_type)["code"] == "media_type_unsupported"


@pytest.mark.parametrize("media_type", ["application/json", "application/json; charset=utf-8", "Application/JSON"])
def test_json_under_its_names_is_taken(client: FlaskClient, now: datetime, media_type: str) -> None:
    headers = staff.sign_in(make_staff("admin"))
    made = client.post(STORES, data=json.dumps(GOOD).encode(), content_type=media_type, headers=headers)
    assert made.status_code == 201


def test_a_thousand_mistakes_are_told_shortly(post: Callable[..., Any]) -> None:
    body = json.dumps({**GOOD, **{f"x{number}": 1 for number in range(5000)}}).encode()
    assert len(post(STORES, body, status=422)["data"]["fields"]) == 20


@pytest.mark.parametrize(
    "query",
    [
        "limit=0", "limit=101", "limit=-1", "limit=x", "limit=1e1", "limit=9" + "9" * 400, "limit=", "limit=%00",
        "cursor=%00", "cursor=x", "cursor=W10", "cursor=WzFd.", "cursor=%FF", "cursor=" + "A" * 401, "nothing=1",
        "cursor=WyJhIl0", "cursor=WzkyMjMzNzIwMzY4NTQ3NzU4MDhd", "cursor=bnVsbA", "cursor=W3siYXQiOjF9XQ",
    ],
)  # fmt: skip
def test_a_bad_query_is_refused(client: FlaskClient, now: datetime, query: str) -> None:
    response = client.get(f"{STORES}?{query}", headers=staff.sign_in(make_staff("admin")))
    assert (response.status_code, response.get_json()["error"]["code"]) == (422, "invalid_input")


@pytest.mark.parametrize(
    "path",
    [
        "/api", "/api/mini/v1", "/api/mini/v2/me", "/api/mini/v1/me/", "//api/mini/v1/me", "/api/mini/v1/../../x",
        "/api/mini/v1/coupons/1", "/api/mini/v1/coupons/%00", "/api/mini/v1/coupons/%ff", "/%2e%2e/%2e%2e/etc/passwd",
        "/api/mini/v1/coupons/00000000-0000-0000-0000-00000000000g", "/api/mini/v1/badges/%00.svg",
        "/api/mini/v1/badges/' OR 1=1 --.svg", "/api/mini/v1/badges/x", "/" + "x" * 60_000, "/wp-admin.php", "/é",
    ],
)  # fmt: skip
def test_an_unknown_path_is_not_found(client: FlaskClient, path: str) -> None:
    response = client.get(path)
    assert response.status_code in (404, 422), response.text
    assert response.get_json()["error"]["code"] in ("not_found", "invalid_input")


# The server would wait for the rest of these.
UNFINISHED = {"a body cut short", "no HTTP", "a huge body"}


def raw(server: WebServer, request: bytes, *, hang_up: bool) -> tuple[int, bytes]:
    """The status and the body of what a socket answers; 0 when it only hangs up."""
    with socket.create_connection((LOOPBACK, server.port), timeout=20) as connection:
        try:
            connection.sendall(request)
            if hang_up:
                connection.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # it answered before it had read everything
        answer = b""
        try:
            while chunk := connection.recv(65_536):
                answer += chunk
        except OSError:
            pass
    if not answer:
        return 0, b""
    head, _, body = answer.partition(b"\r\n\r\n")
    return int(head.split(b" ", 2)[1]), body


def line(method: bytes, path: bytes, *headers: bytes, body: bytes = b"") -> bytes:
    """A request as bytes, one that closes the connection."""
    return b"\r\n".join([method + b" " + path + b" HTTP/1.1", b"Host: x", b"Connection: close", *headers, b"", body])


def test_what_only_a_socket_can_send(committed_db: CommittedDatabase, tmp_path: Path) -> None:
    with committed_db.session():
        db.session.commit()
    json_headers = (b"Content-Type: application/json",)
    sign_in = b"/api/mini/v1/sessions"
    coded = {
        "bad percent-encoding": (line(b"GET", b"/api/mini/v1/%zz"), {404}),
        "raw bytes in the path": (line(b"GET", b"/api/mini/v1/\xff\xfe"), {400, 404}),
        "raw bytes in the query": (line(b"GET", b"/api/mini/v1/badges/basic.svg?x=\xff"), {200, 400}),
        "escaped bytes in the query": (line(b"GET", b"/api/mini/v1/badges/basic.svg?x=%ff%00"), {200}),
        "an absolute address": (line(b"GET", b"http://evil.example/api/mini/v1/me"), {401, 404}),
        "an invented method": (line(b"BREW", b"/api/mini/v1/check-ins"), {405}),
        "TRACE": (line(b"TRACE", b"/api/mini/v1/check-ins"), {405}),
        "OPTIONS *": (line(b"OPTIONS", b"*"), {400, 404, 405}),
        "HEAD": (line(b"HEAD", b"/api/mini/v1/me"), {401}),
        "a long path": (line(b"GET", b"/" + b"x" * 30_000), {404, 414}),
        "a long header": (line(b"GET", b"/health/live", b"X-A: " + b"x" * 30_000), {200, 431}),
        "a thousand headers": (line(b"GET", b"/health/live", *[b"X-%d: y" % n for n in range(1000)]), {200, 431, 400}),
        "a long token": (line(b"GET", b"/api/mini/v1/me", b"Authorization: Bearer " + b"x" * 20_000), {401}),
        "bytes as a token": (line(b"GET", b"/api/mini/v1/me", b"Authorization: Bearer \xff\xfe"), {400, 401}),
        "a huge body": (line(b"POST", sign_in, *json_headers, b"Content-Length: 99999999", body=b"{"), {413}),
        "a body cut short": (line(b"POST", sign_in, *json_headers, b"Content-Length: 50", body=b"{"), {0, 400}),
        "a huge chunked body": (
            line(
                b"POST", sign_in, *json_headers, b"Transfer-Encoding: chunked",
                body=(b"10000\r\n" + b" " * 65_536 + b"\r\n") * 4 + b"0\r\n\r\n",
            ),
            {400, 413},
        ),
        "two lengths": (
            line(b"POST", sign_in, *json_headers, b"Content-Length: 2", b"Content-Length: 3", body=b"{}"), {0, 400}
        ),
        "length and chunks": (
            line(
                b"POST", sign_in, *json_headers, b"Content-Length: 2", b"Transfer-Encoding: chunked",
                body=b"2\r\n{}\r\n0\r\n\r\n",
            ),
            {0, 400, 422},
        ),
        "no HTTP": (b"\x16\x03\x01\x02\x00\x01\x00", {0, 400}),
        "NUL in a header": (line(b"GET", b"/health/live", b"X-A: a\x00b"), {0, 400}),
    }  # fmt: skip
    with serving(committed_db.environment, folder=tmp_path) as server:
        for name, (request, statuses) in coded.items():
            status, body = raw(server, request, hang_up=name in UNFINISHED)
            assert status in statuses, f"{name}: {status} {body[:300]!r}"
            if status >= 400 and body:
                assert json.loads(body)["error"]["request_id"], name
        assert server.answers("/health/ready")
        assert "internal_error" not in server.log.read_text()
        assert "unexpected_error" not in server.log.read_text()
