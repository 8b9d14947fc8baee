"""Every failure leaves in one shape, in the reader's language, and tells nothing it should not."""

import json
import logging
import re
from typing import Any

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from app import errors
from app.database_errors import refusal_of
from app.messages import TEXTS
from app.services import points
from blueprints.errors import HTTP_CODES, INTERNAL, status_of
from blueprints.openapi import error_classes
from tests.factories import members

ALL = sorted(set(error_classes()), key=lambda kind: kind.code)


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.code)
def test_every_code_speaks_both_languages(kind: type[errors.LoyaltyError]) -> None:
    chinese, english = TEXTS[kind.code]
    assert re.search(r"[\u4e00-\u9fff]", chinese)
    assert english.isascii() or "¥" in english
    assert chinese != english
    assert set(re.findall(r"\{(\w+)\}", chinese)) == set(re.findall(r"\{(\w+)\}", english))
    assert 400 <= status_of(kind) < 504


def test_codes_are_unique_and_no_text_is_left_over() -> None:
    codes = [kind.code for kind in ALL]
    assert len(codes) == len(set(codes)) > 40
    assert set(TEXTS) == {*codes, *HTTP_CODES.values(), INTERNAL}


def test_one_shape(client: FlaskClient) -> None:
    response = client.get("/api/mini/v1/me", headers={"X-Request-Id": "shop-7"})
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"] == "Bearer"
    assert response.headers["X-Request-Id"] == "shop-7"
    error = response.get_json()["error"]
    assert error == {"code": "not_signed_in", "message": "请先登录。", "data": {}, "request_id": "shop-7"}


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ("en", "Sign in first."),
        ("en-GB,en;q=0.9", "Sign in first."),
        ("zh-CN,zh;q=0.9,en;q=0.8", "请先登录。"),
        ("zh-TW", "请先登录。"),
        ("fr", "请先登录。"),
        ("", "请先登录。"),
        ("*;q=x, en;q=nan,;;;,\x00", "请先登录。"),
        ("en;q=0." + "9" * 5000, "Sign in first."),
    ],
)
def test_the_readers_language(client: FlaskClient, wanted: str, message: str) -> None:
    response = client.get("/api/mini/v1/me", headers={"Accept-Language": wanted})
    assert response.get_json()["error"]["message"] == message


@pytest.mark.parametrize("given", ["", "a b", 'x","level":"error', "é", "a" * 65, "\t"])
def test_a_request_id_that_could_forge_a_log_line_is_replaced(client: FlaskClient, given: str) -> None:
    made = client.get("/health/live", headers={"X-Request-Id": given}).headers["X-Request-Id"]
    assert re.fullmatch(r"[0-9a-f]{16}", made)


def test_not_allowed_methods_tell_the_allowed(client: FlaskClient) -> None:
    for method in ("DELETE", "OPTIONS", "TRACE", "PROPFIND"):
        response = client.open("/api/mini/v1/check-ins", method=method)
        assert response.status_code == 405, method
        assert set(response.headers["Allow"].split(", ")) == {"GET", "HEAD", "POST"}
        assert response.get_json()["error"]["code"] == "method_not_allowed"


def test_waiting_is_said_in_seconds(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_args: Any, **_values: Any) -> None:
        raise errors.TooMany(retry_after_seconds=0.2)

    monkeypatch.setattr(points, "list_entries", refuse)
    response = client.get("/api/mini/v1/points/entries", headers=members.sign_in(members.make_member()))
    assert (response.status_code, response.headers["Retry-After"]) == (429, "1")


def test_a_mistake_of_ours_tells_only_its_id(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_args: Any, **_values: Any) -> None:
        try:
            raise ValueError("phone 13800138000")
        except ValueError as error:
            raise RuntimeError("the till is stuck") from error

    monkeypatch.setattr(points, "list_entries", fail)
    logged = _Lines()
    logging.getLogger().addHandler(logged)
    try:
        response = client.get("/api/mini/v1/points/entries", headers=members.sign_in(members.make_member()))
    finally:
        logging.getLogger().removeHandler(logged)
    assert response.status_code == 500
    error = response.get_json()["error"]
    assert (error["code"], error["data"]) == ("internal_error", {})
    (line,) = [line for line in logged.lines if line.get("event") == "unexpected_error"]
    assert line["request_id"] == error["request_id"]
    assert "builtins.RuntimeError: the till is stuck" in line["exception"]
    assert "builtins.ValueError\n" in line["exception"]
    assert "13800138000" not in json.dumps(line)
    for secret in ("Traceback", "the till", "138"):
        assert secret not in response.text


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("SELECT 1 / 0", "invalid_input"),
        ("SELECT 99999999999999999999::bigint", "invalid_input"),
        ("SELECT convert_from('\\x00'::bytea, 'UTF8')", "invalid_input"),
        ("INSERT INTO store (public_id) VALUES (NULL)", "conflict"),
        ("SET statement_timeout = '5ms'; SELECT pg_sleep(5)", "unavailable"),
        ("SELECT nothing FROM nowhere", None),
    ],
)
def test_what_the_database_refuses_has_a_code(db_session: Session, statement: str, code: str | None) -> None:
    with pytest.raises(SQLAlchemyError) as refused:
        db_session.execute(text(statement))
    db_session.rollback()
    refusal = refusal_of(refused.value)
    assert (None if refusal is None else refusal.code) == code


def test_nothing_of_the_project_is_served_as_a_file(app: APIFlask, client: FlaskClient) -> None:
    assert app.static_folder is None
    for path in ("/static/config.py", "/config.py", "/.env", "/../config.py", "/docs/../../config.py"):
        assert client.get(path).status_code == 404


class _Lines(logging.Handler):
    """The log as the process writes it, line by line."""

    def __init__(self) -> None:
        super().__init__()
        self.setFormatter(logging.getLogger().handlers[0].formatter)
        self.lines: list[dict[str, Any]] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(json.loads(self.format(record)))
