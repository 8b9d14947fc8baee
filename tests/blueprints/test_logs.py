"""One line for each request, joined to its answer by the request id; no line holds anything about a person."""

import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient

from app import logs
from app.gateways.wechat import RecordingWeChat
from tests.factories import staff
from tests.factories.staff import PASSWORD, make_staff, make_store

PHONE = "13911112222"
OPENID = "o-log-openid-1"


class Lines(logging.Handler):
    """Everything logged, as the process would write it."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.text = ""

    def emit(self, record: logging.LogRecord) -> None:
        self.text += self.format(record) + "\n"

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.text.splitlines()]


@pytest.fixture
def logged() -> Iterator[Lines]:
    root = logging.getLogger()
    level, handlers = root.level, root.handlers[:]
    logs.configure("DEBUG")
    lines = Lines()
    lines.setFormatter(root.handlers[0].formatter)
    root.handlers[:] = [lines]
    yield lines
    root.handlers[:] = handlers
    root.setLevel(level)


def test_a_visit_to_the_shop_leaves_no_trace_of_the_person(
    client: FlaskClient, wechat: RecordingWeChat, logged: Lines, now: object
) -> None:
    wechat.add_login_code("log-login-code", OPENID)
    wechat.add_phone_code("log-phone-code", f"+86{PHONE}")
    consent = {"document_version": "2026-11"}
    joined = client.post(
        "/api/mini/v1/sessions",
        json={"login_code": "log-login-code", "membership_consent": consent},
        headers={"X-Request-Id": "first-visit"},
    )
    assert joined.status_code == 201
    token = joined.get_json()["token"]
    me = {"Authorization": f"Bearer {token}", "Idempotency-Key": "secret-key-1"}
    assert client.post("/api/mini/v1/me/phone", json={"phone_code": "log-phone-code"}, headers=me).status_code == 200
    assert client.patch("/api/mini/v1/me", json={"nickname": "张小雨"}, headers=me).status_code == 200
    code = client.get("/api/mini/v1/me/member-code", headers=me).get_json()
    assert client.post("/api/mini/v1/check-ins", headers=me).status_code == 200
    store = make_store()
    clerk = make_staff(at=[store])
    entered = client.post(
        "/api/store/v1/sessions", json={"login": clerk.login, "password": PASSWORD, "store_code": store.code}
    )
    assert entered.status_code == 201
    wrong = client.post("/api/console/v1/sessions", json={"login": clerk.login, "password": "guess-guess-1"})
    assert wrong.status_code == 401
    admin = staff.sign_in(make_staff("admin"))
    assert client.get(f"/api/console/v1/members?phone={PHONE}", headers=admin).status_code == 200

    lines = logged.lines
    assert {
        "event": "request",
        "request_id": "first-visit",
        "endpoint": "mini.sessions.sign_in",
        "status": 201,
    }.items() <= {**next(line for line in lines if line.get("request_id") == "first-visit")}.items()
    assert sum(line.get("event") == "request" for line in lines) == 8
    for secret in (
        PHONE,
        OPENID,
        token,
        "log-login-code",
        "log-phone-code",
        "张小雨",
        code["secret"],
        code["number"],
        "secret-key-1",
        PASSWORD,
        "guess-guess-1",
        clerk.login,
        entered.get_json()["token"],
    ):
        assert str(secret) not in logged.text, secret


def test_library_failures_are_told_without_their_words(logged: Lines) -> None:
    try:
        raise ValueError(f"duplicate key (phone)=({PHONE})")
    except ValueError:
        logging.getLogger("some.library").exception("it failed")
    (line,) = logged.lines
    assert line["event"] == "it failed"
    assert line["exception"].startswith("builtins.ValueError\n")
    assert PHONE not in logged.text


def test_a_value_cannot_forge_a_line(logged: Lines) -> None:
    logging.getLogger("some.library").warning('x\n{"event": "request", "status": 200}')
    assert len(logged.lines) == 1
