"""The shell of the pages: signing in and out, language and look, headers, refusals, and no cookie anywhere else."""

import re

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient

from app.extensions import db
from tests.blueprints.pages import visitor
from tests.factories.staff import PASSWORD, make_staff, make_store


def test_whoever_is_not_signed_in_is_led_there_and_back(client: FlaskClient) -> None:
    person = make_staff("admin")
    led = client.get("/console?from=a")
    assert led.status_code == 303
    assert led.headers["Location"] == "/console/sign-in?next=/console?from%3Da"
    data = {"login": person.login, "password": "not-the-password", "csrf_token": "", "key": "k"}
    form = client.get(led.headers["Location"])
    data["csrf_token"] = visitor.token_of(form.text)
    wrong = client.post(led.headers["Location"], data=data)
    assert wrong.status_code == 401
    assert "账号或密码" in wrong.text
    data["password"] = PASSWORD
    entered = client.post(led.headers["Location"], data=data)
    assert (entered.status_code, entered.headers["Location"]) == (303, "/console?from=a")
    assert client.get("/console").status_code == 200


def test_nobody_is_led_to_another_host(client: FlaskClient) -> None:
    person = make_staff("admin")
    for strange in ("https://evil.example/console", "//evil.example", "/\\evil.example", "/counter"):
        form = client.get("/console/sign-in", query_string={"next": strange})
        data = {
            "login": person.login,
            "password": PASSWORD,
            "csrf_token": visitor.token_of(form.text),
            "key": "k",
        }
        entered = client.post("/console/sign-in", query_string={"next": strange}, data=data)
        assert entered.headers["Location"] == "/console"
        visitor.send(client, "/console/sign-out", {}, form_at="/console")
    for strange in ("https://evil.example", "//evil.example", "/\\evil.example"):
        assert client.post("/look", data={"back": strange, "huitou_theme": "dark"}).headers["Location"] == "/"


def test_signing_out_ends_the_sign_in_itself(client: FlaskClient) -> None:
    visitor.sign_in(client, make_staff("admin"))
    kept = client.get_cookie("huitou")
    assert kept is not None
    left = visitor.send(client, "/console/sign-out", {}, form_at="/console")
    assert left.headers["Location"] == "/console/sign-in"
    # A copy of the cookie is worth nothing afterwards.
    client.set_cookie("huitou", kept.value)
    assert client.get("/console").status_code == 303


def test_a_role_taken_away_acts_at_once(client: FlaskClient) -> None:
    person = make_staff("admin")
    visitor.sign_in(client, person)
    person.is_active = False
    db.session.commit()
    assert client.get("/console").headers["Location"].startswith("/console/sign-in")


def test_the_cookie_is_for_pages_and_not_for_scripts(client: FlaskClient) -> None:
    store = make_store()
    entered = visitor.sign_in(client, make_staff("clerk", at=[store]), store=store)
    cookie = entered.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert client.get("/api/store/v1/me").status_code == 401
    assert "Set-Cookie" not in client.get("/health/live").headers


def test_the_reader_chooses_language_and_look(client: FlaskClient) -> None:
    assert 'lang="zh-CN"' in client.get("/").text
    assert 'lang="en"' in client.get("/", headers={"Accept-Language": "en"}).text
    client.post("/look", data={"back": "/", "huitou_language": "en", "huitou_theme": "dark"})
    page = client.get("/").text
    assert 'lang="en"' in page
    assert 'data-bs-theme="dark"' in page
    client.post("/look", data={"back": "/", "huitou_language": "klingon", "huitou_theme": "pink"})
    assert 'data-bs-theme="dark"' in client.get("/").text


def test_pages_are_strict_about_what_they_load(client: FlaskClient) -> None:
    answer = client.get("/")
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "<script>" not in answer.text
    assert "style=" not in answer.text
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    again = client.get("/").headers["Content-Security-Policy"]
    assert again != policy


def test_an_unknown_page_is_a_page_and_an_unknown_operation_is_json(client: FlaskClient) -> None:
    page = client.get("/console/nothing")
    assert (page.status_code, page.mimetype) == (404, "text/html")
    assert "not_found" in page.text
    operation = client.get("/api/console/v1/nothing")
    assert (operation.status_code, operation.mimetype) == (404, "application/json")


def test_what_breaks_says_its_number(app: APIFlask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    visitor.sign_in(client, make_staff("admin"))

    def broken() -> str:
        raise ZeroDivisionError

    broken._allowed = frozenset({"admin"})  # type: ignore[attr-defined]
    monkeypatch.setitem(app.view_functions, "console_pages.home.show", broken)
    answer = client.get("/console", headers={"X-Request-Id": "abc123"})
    assert answer.status_code == 500
    assert "abc123" in answer.text
    assert "ZeroDivisionError" not in answer.text


def test_files_are_kept_by_browsers(client: FlaskClient) -> None:
    stylesheet = re.search(r'href="(/bootstrap[^"]+)"', client.get("/").text)
    assert stylesheet is not None
    for path in ("/assets/pages.css", "/assets/pages.js", stylesheet.group(1)):
        with client.get(path) as answer:
            assert answer.status_code == 200, path
            assert "max-age=86400" in answer.headers["Cache-Control"]
    assert client.get("/assets/../__init__.py").status_code == 404
