"""Signing in with a second step: set up by the person, each code good once, required of roles, taken off by an admin."""

from datetime import datetime, timedelta
from typing import Any

import pyotp
import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.extensions import db
from app.models import AuditEntry, Staff, StaffRecoveryCode, StaffSecondStep
from app.services import second_steps
from app.wiring import parts
from tests.conftest import Clock
from tests.factories.staff import PASSWORD, make_staff, make_store, sign_in

CONSOLE, STORE = "/api/console/v1", "/api/store/v1"
STEP = second_steps.STEP_SECONDS


class Phone:
    """Somebody's authenticator."""

    def __init__(self, secret: str) -> None:
        self._totp = pyotp.TOTP(secret)

    def code(self, at: datetime) -> str:
        return self._totp.at(at)


def told(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json["error"]["code"]


def set_up(
    client: FlaskClient, headers: dict[str, str], at: datetime, *, door: str = CONSOLE
) -> tuple[Phone, list[str]]:
    """Through the API, up to the recovery codes."""
    started = client.post(f"{door}/me/second-step", json={"password": PASSWORD}, headers=headers)
    assert started.status_code == 201, started.text
    phone = Phone(started.json["secret"])
    confirmed = client.post(
        f"{door}/me/second-step/confirmation", json={"second_step_code": phone.code(at)}, headers=headers
    )
    assert confirmed.status_code == 201, confirmed.text
    return phone, confirmed.json["recovery_codes"]


def password(client: FlaskClient, person: Staff, **more: str) -> Any:
    door = STORE if "store_code" in more else CONSOLE
    return client.post(f"{door}/sessions", json={"login": person.login, "password": PASSWORD, **more})


def second(client: FlaskClient, challenge: str, code: str, *, door: str = CONSOLE) -> Any:
    return client.post(f"{door}/sessions/second-step", json={"challenge": challenge, "second_step_code": code})


@pytest.mark.parametrize(
    ("at", "code"),
    [
        (59, "287082"),
        (1111111109, "081804"),
        (1111111111, "050471"),
        (1234567890, "005924"),
        (2000000000, "279037"),
        (20000000000, "353130"),
    ],
)
def test_codes_are_those_of_the_standard(at: int, code: str) -> None:
    """RFC 6238, appendix B, SHA-1, the last six digits."""
    secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    assert pyotp.TOTP(secret).generate_otp(at // STEP) == code


def test_from_setting_up_to_signing_in(client: FlaskClient, standing_clock: Clock) -> None:
    person = make_staff("marketer", login="mei")
    headers, elsewhere = sign_in(person), sign_in(person)
    assert client.get(f"{CONSOLE}/me/second-step", headers=headers).json == {
        "is_on": False,
        "confirmed_at": None,
        "recovery_codes_left": 0,
        "is_required": False,
    }
    phone, codes = set_up(client, headers, standing_clock.now)
    assert (len(set(codes)), client.get(f"{CONSOLE}/me/second-step", headers=headers).json["recovery_codes_left"]) == (
        10,
        10,
    )
    # Whoever signed in with the password alone is out.
    assert client.get(f"{CONSOLE}/me", headers=elsewhere).status_code == 401
    assert client.get(f"{CONSOLE}/me", headers=headers).status_code == 200
    asked = password(client, person)
    assert told(asked) == (401, "second_step_needed")
    challenge = asked.json["error"]["data"]["challenge"]
    # The code that confirmed was used.
    assert told(second(client, challenge, phone.code(standing_clock.now))) == (401, "second_step_refused")
    standing_clock.move(seconds=STEP)
    signed = second(client, challenge, phone.code(standing_clock.now))
    assert (signed.status_code, signed.json["staff"]["login"]) == (201, "mei")
    assert client.get(f"{CONSOLE}/me", headers={"Authorization": f"Bearer {signed.json['token']}"}).status_code == 200
    # Once.
    assert told(second(client, challenge, phone.code(standing_clock.now))) == (401, "second_step_refused")


def test_clocks_may_differ_by_a_step_and_never_go_back(client: FlaskClient, standing_clock: Clock) -> None:
    person = make_staff("admin")
    phone, _ = set_up(client, sign_in(person), standing_clock.now)
    standing_clock.move(minutes=5)
    now = standing_clock.now

    def tried(seconds: int) -> int:
        with_challenge = password(client, person).json["error"]["data"]["challenge"]
        return int(second(client, with_challenge, phone.code(now + timedelta(seconds=seconds))).status_code)

    assert [tried(2 * STEP), tried(-2 * STEP)] == [401, 401]
    assert tried(0) == 201
    # What the phone showed before the one that was used.
    assert tried(-STEP) == 401
    assert tried(STEP) == 201


def test_a_recovery_code_is_good_once(client: FlaskClient, db_session: Session, now: datetime) -> None:
    person, other = make_staff("auditor"), make_staff("auditor")
    _, codes = set_up(client, sign_in(person), now)
    set_up(client, sign_in(other), now)
    challenge = password(client, person).json["error"]["data"]["challenge"]
    stranger = password(client, other).json["error"]["data"]["challenge"]
    assert second(client, stranger, codes[0]).status_code == 401
    assert second(client, challenge, codes[0].lower().replace("-", "")).status_code == 201
    assert second(client, challenge, codes[0]).status_code == 401
    assert second(client, challenge, codes[1]).status_code == 201
    stored = db_session.scalars(select(StaffRecoveryCode.code_hash).where(StaffRecoveryCode.staff_id == person.id))
    assert all(codes[2].replace("-", "").encode() not in one for one in stored)


def test_guessing_codes_ends_soon(client: FlaskClient, standing_clock: Clock) -> None:
    person = make_staff("admin")
    phone, _ = set_up(client, sign_in(person), standing_clock.now)
    standing_clock.move(minutes=5)
    challenge = password(client, person).json["error"]["data"]["challenge"]
    wrong = "000000" if phone.code(standing_clock.now) != "000000" else "111111"
    assert [second(client, challenge, wrong).status_code for _ in range(6)] == [401] * 5 + [429]
    assert second(client, challenge, phone.code(standing_clock.now)).status_code == 429
    # Thirty a day, however patient.
    answers = []
    for _ in range(6):
        standing_clock.move(minutes=5)
        challenge = password(client, person).json["error"]["data"]["challenge"]
        answers += [second(client, challenge, wrong).status_code for _ in range(5)]
    assert answers.count(401) == 25
    assert answers[-1] == 429


def test_a_challenge_ends(client: FlaskClient, standing_clock: Clock) -> None:
    person = make_staff("admin")
    phone, codes = set_up(client, sign_in(person), standing_clock.now)
    challenge = password(client, person).json["error"]["data"]["challenge"]
    standing_clock.move(minutes=5)
    late = second(client, challenge, phone.code(standing_clock.now))
    assert (told(late), late.json["error"]["data"]["is_over"]) == ((401, "second_step_refused"), True)
    fresh = password(client, person).json["error"]["data"]["challenge"]
    for forged in (fresh[:-4] + "AAAA", "abc", "A" * 400):
        assert second(client, forged, codes[0]).json["error"]["data"]["is_over"] is True
    # A password that changed in between begins anew.
    person.password_hash = "other"
    db.session.flush()
    assert told(second(client, fresh, codes[0])) == (401, "second_step_refused")


def test_at_the_counter(client: FlaskClient, standing_clock: Clock) -> None:
    store = make_store(code="A1")
    clerk = make_staff("clerk", at=[store])
    phone, _ = set_up(client, sign_in(clerk, store=store), standing_clock.now, door=STORE)
    standing_clock.move(seconds=STEP)
    asked = password(client, clerk, store_code="A1")
    assert told(asked) == (401, "second_step_needed")
    challenge = asked.json["error"]["data"]["challenge"]
    signed = second(client, challenge, phone.code(standing_clock.now), door=STORE)
    assert (signed.status_code, signed.json["staff"]["store"]["code"]) == (201, "A1")


def test_what_a_role_must_have(client: FlaskClient, standing_clock: Clock) -> None:
    boss, auditor = make_staff("admin"), make_staff("auditor")
    admin, waiting = sign_in(boss), sign_in(auditor)
    body = {"second_step_roles": ["admin", "auditor"]}
    assert client.patch(f"{CONSOLE}/programme", json=body, headers=admin).status_code == 200
    # At once: nothing is open but setting it up.
    assert told(client.get(f"{CONSOLE}/audit-entries", headers=waiting)) == (403, "second_step_missing")
    assert client.get(f"{CONSOLE}/me", headers=waiting).json["must_set_up_second_step"] is True
    # A fresh sign-in is no different.
    fresh = {"Authorization": f"Bearer {password(client, auditor).json['token']}"}
    assert told(client.get(f"{CONSOLE}/audit-entries", headers=fresh)) == (403, "second_step_missing")
    phone, _ = set_up(client, fresh, standing_clock.now)
    assert client.get(f"{CONSOLE}/audit-entries", headers=fresh).status_code == 200
    standing_clock.move(seconds=STEP)
    code = {"second_step_code": phone.code(standing_clock.now)}
    assert told(client.post(f"{CONSOLE}/me/second-step/removal", json=code, headers=fresh)) == (
        422,
        "second_step_required",
    )
    # Whoever becomes an auditor is bound from then on.
    marketer = make_staff("marketer")
    theirs = sign_in(marketer)
    set_up(client, admin, standing_clock.now)
    change = {"role": "auditor"}
    assert client.patch(f"{CONSOLE}/staff/{marketer.public_id}", json=change, headers=admin).status_code == 200
    assert told(client.get(f"{CONSOLE}/audit-entries", headers=theirs)) == (403, "second_step_missing")


def test_turned_off_and_codes_drawn_anew(client: FlaskClient, standing_clock: Clock) -> None:
    person = make_staff("manager")
    headers = sign_in(person)
    own = f"{CONSOLE}/me/second-step"
    for path in ("removal", "recovery-codes", "confirmation"):
        none = client.post(f"{own}/{path}", json={"second_step_code": "123456"}, headers=headers)
        assert told(none) == (409, "second_step_off")
    standing_clock.move(minutes=5)
    phone, codes = set_up(client, headers, standing_clock.now)
    assert told(client.post(own, json={"password": PASSWORD}, headers=headers)) == (409, "second_step_on")
    wrong = {"second_step_code": "AAAAAAAA-AAAAAAAA"}
    assert told(client.post(f"{own}/recovery-codes", json=wrong, headers=headers)) == (422, "second_step_wrong")
    standing_clock.move(seconds=STEP)
    code = {"second_step_code": phone.code(standing_clock.now)}
    drawn = client.post(f"{own}/recovery-codes", json=code, headers=headers).json["recovery_codes"]
    assert not set(drawn) & set(codes)
    old = client.post(f"{own}/removal", json={"second_step_code": codes[0]}, headers=headers)
    assert told(old) == (422, "second_step_wrong")
    assert client.post(f"{own}/removal", json={"second_step_code": drawn[0]}, headers=headers).status_code == 204
    assert password(client, person).status_code == 201
    actions = db.session.scalars(
        select(AuditEntry.action).where(AuditEntry.object_id == person.id).order_by(AuditEntry.id)
    )
    assert [one for one in actions if one != "staff.create"] == [
        "staff.second_step_on",
        "staff.recovery_codes",
        "staff.second_step_off",
    ]


def test_an_unlocked_screen_is_not_enough(client: FlaskClient, now: datetime) -> None:
    person = make_staff("manager")
    headers = sign_in(person)
    refused = client.post(f"{CONSOLE}/me/second-step", json={"password": "not this one"}, headers=headers)
    assert told(refused) == (422, "password_wrong")
    # The first secret was looked at by somebody: a second start voids it.
    first = Phone(client.post(f"{CONSOLE}/me/second-step", json={"password": PASSWORD}, headers=headers).json["secret"])
    client.post(f"{CONSOLE}/me/second-step", json={"password": PASSWORD}, headers=headers)
    old = {"second_step_code": first.code(now)}
    assert told(client.post(f"{CONSOLE}/me/second-step/confirmation", json=old, headers=headers)) == (
        422,
        "second_step_wrong",
    )
    # Nobody is asked for a code before it is confirmed.
    assert password(client, person).status_code == 201


def test_the_secret_is_not_in_the_database(client: FlaskClient, db_session: Session, now: datetime) -> None:
    person = make_staff("manager")
    started = client.post(f"{CONSOLE}/me/second-step", json={"password": PASSWORD}, headers=sign_in(person)).json
    cipher = db_session.scalars(
        select(StaffSecondStep.secret_cipher).where(StaffSecondStep.staff_id == person.id)
    ).one()
    assert started["secret"].encode() not in cipher
    assert parts().vault.decrypt(cipher, context=f"staff.second_step:{person.id}") == started["secret"]
    assert started["otpauth_uri"].startswith("otpauth://totp/Huitou:")
    assert f"secret={started['secret']}" in started["otpauth_uri"]


def test_an_admin_takes_it_off_somebody_else(client: FlaskClient, now: datetime) -> None:
    boss, person = make_staff("admin"), make_staff("marketer")
    admin, theirs = sign_in(boss), sign_in(person)
    set_up(client, theirs, now)
    listed = client.get(f"{CONSOLE}/staff", headers=admin).json["data"]
    assert {row["login"]: row["has_second_step"] for row in listed} == {boss.login: False, person.login: True}
    address = f"{CONSOLE}/staff/{person.public_id}/second-step-reset"
    assert client.post(address, headers=admin).status_code == 204
    assert client.get(f"{CONSOLE}/me", headers=theirs).status_code == 401
    assert password(client, person).status_code == 201
    assert told(client.post(address, headers=admin)) == (409, "second_step_off")
    noted = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "staff.second_step_reset")).one()
    assert (noted.actor_id, noted.object_id) == (boss.id, person.id)
    # Not off oneself: a stolen sign-in must not get past the code.
    set_up(client, admin, now)
    own = client.post(f"{CONSOLE}/staff/{boss.public_id}/second-step-reset", headers=admin)
    assert told(own) == (403, "not_allowed")
