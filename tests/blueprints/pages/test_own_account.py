"""One's own account on the pages: the second step from the QR code to the next sign-in, sign-ins, password."""

import re

import pyotp
from flask.testing import FlaskClient

from tests.blueprints.pages import visitor
from tests.conftest import Clock
from tests.factories.counters import set_programme
from tests.factories.staff import PASSWORD, make_staff, make_store

ACCOUNT = "/console/account"


def field(page: str, name: str) -> str:
    found = re.search(rf'name="{name}"[^>]*value="([^"]*)"', page)
    assert found is not None, page[:3000]
    return found.group(1)


def set_up(client: FlaskClient, clock: Clock, *, at: str = ACCOUNT) -> tuple[pyotp.TOTP, str]:
    """From the password to the recovery codes."""
    shown = visitor.send(client, f"{at}/second-step", {"password": PASSWORD}, form_at=at)
    assert shown.status_code == 200
    assert "<svg" in shown.text
    secret, uri = field(shown.text, "secret"), field(shown.text, "uri")
    app = pyotp.TOTP(secret)
    token = visitor.token_of(shown.text)
    wrong = {"csrf_token": token, "secret": secret, "uri": uri, "second_step_code": "000 000", "key": "k"}
    again = client.post(f"{at}/second-step/confirmation", data=wrong)
    assert (again.status_code, secret in again.text) == (422, True)
    right = {**wrong, "second_step_code": f" {app.at(clock.now)[:3]} {app.at(clock.now)[3:]} "}
    done = client.post(f"{at}/second-step/confirmation", data=right)
    assert done.status_code == 200
    return app, done.text


def test_from_the_qr_code_to_the_next_sign_in(client: FlaskClient, standing_clock: Clock) -> None:
    person = make_staff("marketer", login="mei")
    visitor.sign_in(client, person)
    app, shown = set_up(client, standing_clock)
    codes = re.findall(r"<code>([A-Z2-7]{8}-[A-Z2-7]{8})</code>", shown)
    assert len(codes) == 10
    visitor.send(client, "/console/sign-out", {}, form_at=ACCOUNT)
    asked = visitor.sign_in(client, person)
    assert asked.status_code == 200
    data = {
        "csrf_token": visitor.token_of(asked.text),
        "challenge": field(asked.text, "challenge"),
        "second_step_code": app.at(standing_clock.now),
        "key": "k",
    }
    used = client.post("/console/sign-in/second-step", data=data)
    assert used.status_code == 401
    assert 'role="alert"' in used.text
    standing_clock.move(seconds=30)
    entered = client.post(
        "/console/sign-in/second-step?next=/console/account",
        data={**data, "second_step_code": app.at(standing_clock.now)},
    )
    assert (entered.status_code, entered.headers["Location"]) == (303, "/console/account")
    assert client.get(ACCOUNT).status_code == 200
    # Too late: from the beginning.
    visitor.send(client, "/console/sign-out", {}, form_at=ACCOUNT)
    asked = visitor.sign_in(client, person)
    data |= {"csrf_token": visitor.token_of(asked.text), "challenge": field(asked.text, "challenge")}
    standing_clock.move(minutes=6)
    late = client.post("/console/sign-in/second-step", data={**data, "second_step_code": codes[0]})
    assert (late.status_code, late.headers["Location"]) == (303, "/console/sign-in")


def test_who_must_set_it_up_is_led_there(client: FlaskClient, standing_clock: Clock) -> None:
    set_programme(second_step_roles=["auditor"])
    entered = visitor.sign_in(client, make_staff("auditor"))
    assert entered.headers["Location"] == ACCOUNT
    for path in ("/console", "/console/audit", "/console/staff"):
        led = client.get(path)
        assert (led.status_code, led.headers["Location"]) == (303, ACCOUNT)
    set_up(client, standing_clock)
    assert client.get("/console/audit").status_code == 200
    # A role that must keep it is not offered to turn it off.
    assert "second-step/removal" not in client.get(ACCOUNT).text


def test_at_the_counter_too(client: FlaskClient, standing_clock: Clock) -> None:
    store = make_store()
    visitor.sign_in(client, make_staff("clerk", at=[store]), store=store)
    set_up(client, standing_clock, at="/counter/account")
    standing_clock.move(seconds=30)
    page = client.get("/counter/account").text
    assert "second-step/removal" in page


def test_turned_off_and_codes_drawn_anew(client: FlaskClient, standing_clock: Clock) -> None:
    visitor.sign_in(client, make_staff("manager"))
    app, first = set_up(client, standing_clock)
    standing_clock.move(seconds=30)
    code = {"second_step_code": app.at(standing_clock.now)}
    drawn = visitor.send(client, f"{ACCOUNT}/second-step/recovery-codes", code, form_at=ACCOUNT)
    codes = re.findall(r"<code>([A-Z2-7]{8}-[A-Z2-7]{8})</code>", drawn.text)
    assert len(codes) == 10
    assert codes[0] not in first
    # Used already.
    assert visitor.send(client, f"{ACCOUNT}/second-step/removal", code, form_at=ACCOUNT).status_code == 422
    off = visitor.send(client, f"{ACCOUNT}/second-step/removal", {"second_step_code": codes[0]}, form_at=ACCOUNT)
    assert off.status_code == 303
    assert "second-step/removal" not in client.get(ACCOUNT).text


def test_password_and_sign_ins(client: FlaskClient, standing_clock: Clock) -> None:
    person = make_staff("manager")
    other = client.application.test_client()
    visitor.sign_in(other, person)
    visitor.sign_in(client, person)
    address = re.search(r"/console/account/sessions/[0-9a-f-]{36}/end", client.get(ACCOUNT).text)
    assert address is not None
    assert visitor.send(client, address.group(), {}, form_at=ACCOUNT).status_code == 303
    assert other.get(ACCOUNT).status_code == 303
    new = {"current_password": PASSWORD, "new_password": "quite another one", "again": "quite another"}
    differs = visitor.send(client, f"{ACCOUNT}/password", new, form_at=ACCOUNT)
    assert differs.status_code == 422
    wrong = visitor.send(
        client,
        f"{ACCOUNT}/password",
        {"current_password": "no", "new_password": "quite another one", "again": "quite another one"},
        form_at=ACCOUNT,
    )
    assert wrong.status_code == 422
    assert "当前密码不正确" in wrong.text
    done = visitor.send(client, f"{ACCOUNT}/password", {**new, "again": "quite another one"}, form_at=ACCOUNT)
    assert done.status_code == 303
    out = visitor.send(client, f"{ACCOUNT}/sessions/end-all", {}, form_at=ACCOUNT)
    assert out.headers["Location"] == "/console/sign-in"
    assert client.get(ACCOUNT).status_code == 303
