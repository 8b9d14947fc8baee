"""The clerk's door: sign-in at a store, scanning, a bill, joining at the counter."""

from dataclasses import dataclass
from typing import Any

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session

from app.models import CounterVisit, Member, Staff, Store
from app.services import points
from tests.conftest import Clock
from tests.factories import staff as people
from tests.factories.coupons import give_coupon
from tests.factories.members import code_of, make_member

STORE = "/api/store/v1"


@dataclass
class Counter:
    """A signed-in clerk at a store."""

    client: FlaskClient
    person: Staff
    store: Store
    headers: dict[str, str]

    def scan(self, code: str) -> Any:
        return self.client.post(f"{STORE}/visits", headers=self.headers, json={"member_code": code})

    def pay(self, visit_id: str, *, key: str, bill_fen: int = 5_000, order_no: str | None = None) -> Any:
        return self.client.post(
            f"{STORE}/purchases",
            headers={**self.headers, "Idempotency-Key": key},
            json={"visit_id": visit_id, "bill_fen": bill_fen, "order_no": order_no},
        )


@pytest.fixture
def counter(client: FlaskClient, app: APIFlask, now: Any) -> Counter:
    """A clerk at a counter of their own."""
    return make_counter(client)


def make_counter(client: FlaskClient, role: str = "clerk") -> Counter:
    store = people.make_store()
    person = people.make_staff(role, at=[store])
    return Counter(client, person, store, people.sign_in(person, store=store))


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json["error"]["code"]


def test_a_scan_shows_the_masked_card_and_usable_coupons(counter: Counter, now: Any) -> None:
    member = make_member(phone="13800138000", birthday=(11, 20))
    give_coupon(member)
    points.earn(member.id, amount=30, source="t", now=now)
    answer = counter.scan(code_of(member))
    assert answer.status_code == 201
    card = answer.json["member"]
    assert (card["nickname"], card["phone_masked"], card["points_balance"]) == ("小雨", "138****8000", 30)
    assert (card["badge"]["code"], card["is_birthday"]) == ("basic", True)
    assert [coupon["value_fen"] for coupon in answer.json["coupons"]] == [1000]
    assert answer.json["expires_at"] == "2026-11-20T02:10:00.000+00:00"
    assert "13800138000" not in answer.text


def test_the_same_scan_again_is_the_same_visit_and_anybody_else_is_refused(
    counter: Counter, client: FlaskClient
) -> None:
    shown = code_of(make_member())
    first = counter.scan(shown)
    assert counter.scan(f" {shown[:4]} {shown[4:]}").json["visit_id"] == first.json["visit_id"]
    assert code(make_counter(client).scan(shown)) == (409, "member_code_used")
    assert counter.pay(first.json["visit_id"], key="k1").status_code == 201
    assert code(counter.scan(shown)) == (409, "member_code_used")
    assert code(counter.pay(first.json["visit_id"], key="k2")) == (409, "visit_ended")


def test_a_screenshot_is_refused_and_the_next_code_works(counter: Counter, standing_clock: Clock) -> None:
    member = make_member()
    screenshot = code_of(member)
    standing_clock.move(seconds=45)
    assert code(counter.scan(screenshot)) == (422, "member_code_expired")
    assert counter.scan(code_of(member, now=standing_clock.now)).status_code == 201


def test_unknown_numbers_and_wrong_digits_look_alike(counter: Counter, db_session: Session) -> None:
    member = make_member()
    stranger = code_of(make_member())
    db_session.execute(update(Member).where(Member.code_number == stranger[2:11]).values(code_number="000000000"))
    forged = code_of(member)
    db_session.execute(update(Member).where(Member.id == member.id).values(code_secret_cipher=b""))
    db_session.expire_all()
    assert code(counter.scan(stranger)) == (422, "member_code_expired")
    # A secret that cannot be opened is our trouble, said so.
    assert code(counter.scan(forged)) == (503, "secret_unreadable")
    assert db_session.scalar(select(func.count()).select_from(CounterVisit)) == 0


@pytest.mark.parametrize("text", ["1", "28" + "0" * 18, "x" * 20, "２８" * 10, "6901234567892"])
def test_what_is_no_code_is_told_apart(counter: Counter, text: str) -> None:
    assert code(counter.scan(text)) == (422, "member_code_malformed")


@pytest.mark.parametrize(
    "body", [{}, {"member_code": 28}, {"member_code": ""}, {"member_code": "2" * 65}, {"x": 1}, []]
)
def test_a_malformed_scan_is_refused(counter: Counter, body: Any) -> None:
    answer = counter.client.post(f"{STORE}/visits", headers=counter.headers, json=body)
    assert code(answer) in {(422, "invalid_input"), (400, "malformed_request")}


def test_guessing_is_stopped_for_the_clerk_alone(counter: Counter, client: FlaskClient, standing_clock: Clock) -> None:
    member = make_member()
    stale = code_of(member)
    standing_clock.move(minutes=1)
    codes = [code(counter.scan(stale))[1] for _ in range(31)]
    assert codes == ["member_code_expired"] * 30 + ["too_many"]
    blocked = counter.scan(code_of(member, now=standing_clock.now))
    assert code(blocked) == (429, "too_many")
    assert 0 < int(blocked.headers["Retry-After"]) <= 300
    assert make_counter(client).scan(code_of(member, now=standing_clock.now)).status_code == 201
    standing_clock.move(minutes=5)
    assert counter.scan(code_of(member, now=standing_clock.now)).status_code == 201


def test_a_code_is_looked_at_when_the_tries_before_it_are_counted(
    counter: Counter, db_session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Side by side, too: tests/concurrency/test_scan_guesses.py."""
    counted: list[int | None] = []

    def found(_: list[Any]) -> None:
        counted.append(db_session.scalar(text("SELECT sum(n)::int FROM attempt_counter")))

    monkeypatch.setattr("app.services.visits.holder_of", found)
    stale = code_of(make_member())
    assert [code(counter.scan(stale))[0] for _ in range(3)] == [422] * 3
    # In turn. The quick scan looks past this test's transaction and sees nobody.
    assert counted == [0, 1, 2]


def test_a_busy_counter_is_never_stopped(counter: Counter) -> None:
    shown = code_of(make_member())
    assert {counter.scan(shown).status_code for _ in range(40)} == {201}


def test_a_clerk_may_not_serve_their_own_membership(counter: Counter, db_session: Session) -> None:
    mine = make_member()
    counter.person.member_id = mine.id
    db_session.flush()
    assert code(counter.scan(code_of(mine))) == (403, "self_service")


def test_a_bill_earns_once_per_key_and_once_per_order(counter: Counter, standing_clock: Clock) -> None:
    member = make_member()
    visit = counter.scan(code_of(member)).json["visit_id"]
    first = counter.pay(visit, key="k1", bill_fen=5_050, order_no="A-1")
    assert (first.status_code, first.json["points_earned"], first.json["points_balance"]) == (201, 50, 50)
    assert first.json["standing"]["growth_value"] == 50
    replay = counter.pay(visit, key="k1", bill_fen=5_050, order_no="A-1")
    assert replay.data == first.data
    standing_clock.move(seconds=30)
    second = counter.scan(code_of(member, now=standing_clock.now)).json["visit_id"]
    assert code(counter.pay(second, key="k2", bill_fen=9_999, order_no="A-1"))[0] == 409
    # The refusal gave the visit back.
    assert counter.pay(second, key="k3", bill_fen=1_000).json["points_balance"] == 60


@pytest.mark.parametrize("bill_fen", [0, -1, 1_000_000_001, 10**30, 1.5, "100", None, True])
def test_an_absurd_bill_is_refused(counter: Counter, bill_fen: Any) -> None:
    visit = counter.scan(code_of(make_member())).json["visit_id"]
    assert code(counter.pay(visit, key="k", bill_fen=bill_fen)) == (422, "invalid_input")


def test_joining_at_the_counter(counter: Counter, db_session: Session) -> None:
    def enrol(key: str, **body: Any) -> Any:
        headers = {**counter.headers, "Idempotency-Key": key}
        return counter.client.post(f"{STORE}/members", headers=headers, json=body)

    consent = {"document_version": "2026-11"}
    assert code(enrol("k0", phone="13800138000")) == (422, "consent_missing")
    joined = enrol("k1", phone="138 0013 8000", nickname="老王", membership_consent=consent)
    assert (joined.status_code, joined.json["phone_masked"], joined.json["nickname"]) == (201, "138****8000", "老王")
    assert enrol("k1", phone="138 0013 8000", nickname="老王", membership_consent=consent).data == joined.data
    assert code(enrol("k2", phone="+8613800138000", membership_consent=consent)) == (409, "phone_taken")
    assert code(enrol("k3", phone="12345", membership_consent=consent)) == (422, "phone_invalid")
    member = db_session.scalars(select(Member)).one()
    assert (member.joined_store_id, member.joined_channel) == (counter.store.id, "counter")


def test_signing_in_at_a_store(client: FlaskClient, app: APIFlask, now: Any) -> None:
    store, elsewhere = people.make_store(code="A1"), people.make_store(code="B1")
    people.make_staff("clerk", login="lee", at=[store])

    def sign_in(**changes: str) -> Any:
        body = {"login": "lee", "password": people.PASSWORD, "store_code": "A1", **changes}
        return client.post(f"{STORE}/sessions", json=body)

    answer = sign_in(login="LEE")
    assert (answer.status_code, answer.json["staff"]["store"]["code"]) == (201, "A1")
    bearer = {"Authorization": f"Bearer {answer.json['token']}"}
    assert client.get(f"{STORE}/me", headers=bearer).json["login"] == "lee"
    assert code(sign_in(store_code=elsewhere.code)) == (403, "not_allowed")
    wrong, unknown = sign_in(password="wrong"), sign_in(login="nobody")
    assert code(wrong) == code(unknown) == (401, "sign_in_refused")
    assert client.delete(f"{STORE}/sessions/current", headers=bearer).status_code == 204
    assert code(client.get(f"{STORE}/me", headers=bearer)) == (401, "not_signed_in")


def test_guessing_a_password_is_stopped_before_the_password_is_looked_at(
    client: FlaskClient, app: APIFlask, standing_clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[str] = []

    def refuse(password: str, _: str | None) -> bool:
        tried.append(password)
        return False

    monkeypatch.setattr("app.services.passwords.is_match", refuse)
    body = {"login": "lee", "password": "wrong", "store_code": "A1"}
    codes = [client.post(f"{STORE}/sessions", json=body).status_code for _ in range(12)]
    assert codes == [401] * 10 + [429] * 2
    assert len(tried) == 10
    other_address = client.post(f"{STORE}/sessions", json=body, environ_base={"REMOTE_ADDR": "198.51.100.7"})
    assert other_address.status_code == 401
    standing_clock.move(minutes=5)
    assert client.post(f"{STORE}/sessions", json=body).status_code == 401


def test_who_knows_the_password_guesses_nothing_and_a_guess_stays_counted(client: FlaskClient) -> None:
    store = people.make_store(code="A1")
    people.make_staff(login="lee", at=[store])

    def sign_in(password: str) -> int:
        body = {"login": "lee", "password": password, "store_code": "A1"}
        return client.post(f"{STORE}/sessions", json=body).status_code

    right = people.PASSWORD
    assert [sign_in(right) for _ in range(11)] == [201] * 11
    # Every other one right: the guesses between them are ten all the same.
    assert [sign_in(one) for _ in range(10) for one in ("wrong", right)] == [401, 201] * 9 + [401, 429]


def test_a_console_token_does_not_open_the_counter(client: FlaskClient, app: APIFlask, now: Any) -> None:
    manager = people.make_staff("manager", at=[people.make_store()])
    answer = client.post(f"{STORE}/visits", headers=people.sign_in(manager), json={"member_code": "1"})
    assert code(answer) == (403, "not_allowed")
