"""One's own sign-ins and password."""

from datetime import datetime
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.factories.staff import PASSWORD, make_staff, make_store, sign_in

CONSOLE, STORE = "/api/console/v1", "/api/store/v1"


def test_sign_ins_are_told_apart_and_ended(client: FlaskClient, now: datetime) -> None:
    store = make_store(code="A1")
    person = make_staff("manager", at=[store], login="wang")
    body = {"login": "wang", "password": PASSWORD}
    token = client.post(f"{CONSOLE}/sessions", json=body, headers={"User-Agent": "Tablet " * 90}).json["token"]
    tablet = {"Authorization": f"Bearer {token}"}
    counter = sign_in(person, store=store)
    stranger = sign_in(make_staff("manager"))
    listed = client.get(f"{CONSOLE}/me/sessions", headers=tablet).json["data"]
    assert [(one["store"] and one["store"]["code"], one["is_current"]) for one in listed] == [
        ("A1", False),
        (None, True),
    ]
    assert listed[1]["agent"] == ("Tablet " * 90)[:200]
    address = f"{CONSOLE}/me/sessions/{listed[0]['id']}"
    assert client.delete(address, headers=stranger).status_code == 404
    assert client.get(f"{STORE}/me", headers=counter).status_code == 200
    assert [client.delete(address, headers=tablet).status_code for _ in range(2)] == [204, 204]
    assert client.get(f"{STORE}/me", headers=counter).status_code == 401
    assert [one["is_current"] for one in client.get(f"{CONSOLE}/me/sessions", headers=tablet).json["data"]] == [True]


def test_signing_out_everywhere(client: FlaskClient, now: datetime) -> None:
    store = make_store()
    clerk = make_staff("clerk", at=[store])
    one, other = sign_in(clerk, store=store), sign_in(clerk, store=store)
    colleague = sign_in(make_staff("clerk", at=[store]), store=store)
    assert client.delete(f"{STORE}/me/sessions", headers=one).status_code == 204
    assert [client.get(f"{STORE}/me", headers=who).status_code for who in (one, other, colleague)] == [401, 401, 200]


def test_a_new_password_ends_the_other_sign_ins(client: FlaskClient, now: datetime) -> None:
    person = make_staff("marketer", login="mei")
    here, elsewhere = sign_in(person), sign_in(person)
    body = {"current_password": PASSWORD, "new_password": "quite another one"}
    assert client.post(f"{CONSOLE}/me/password", json=body, headers=here).status_code == 204
    assert [client.get(f"{CONSOLE}/me", headers=who).status_code for who in (here, elsewhere)] == [200, 401]
    assert client.post(f"{CONSOLE}/sessions", json={"login": "mei", "password": PASSWORD}).status_code == 401
    assert client.post(f"{CONSOLE}/sessions", json={"login": "mei", "password": "quite another one"}).status_code == 201


@pytest.mark.parametrize(
    ("current", "new", "code"),
    [
        ("not this one", "quite another one", "password_wrong"),
        (PASSWORD, PASSWORD, "password_unfit"),
        (PASSWORD, "MEI-mei-mei-mei", "password_unfit"),
        (PASSWORD, "short", "invalid_input"),
    ],
)
def test_a_password_that_will_not_do(client: FlaskClient, now: datetime, current: str, new: str, code: str) -> None:
    headers = sign_in(make_staff("marketer", login="mei"))
    body = {"current_password": current, "new_password": new}
    answer: Any = client.post(f"{CONSOLE}/me/password", json=body, headers=headers)
    assert (answer.status_code, answer.json["error"]["code"]) == (422, code)
