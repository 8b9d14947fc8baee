"""Codes over HTTP: turned into coupons by members and clerks; guessing stops, and a flush of Redis does not start it again."""

import uuid
from datetime import datetime
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.models import Coupon, CouponCode, Store
from app.rules import coupon_code
from app.wiring import parts
from tests.conftest import Clock
from tests.factories import staff
from tests.factories.codes import make_codes
from tests.factories.coupons import make_batch, open_visit
from tests.factories.members import make_member, sign_in
from tests.factories.staff import make_staff, make_store

MINI = "/api/mini/v1/coupon-codes"
STORE = "/api/store/v1/coupon-codes"


def wrong(number: int) -> str:
    """A well-formed code that nobody made."""
    return coupon_code.shown(coupon_code.of_number(number))


def post(client: FlaskClient, headers: dict[str, str], key: str | None = None, url: str = MINI, **body: Any) -> Any:
    return client.post(url, headers={**headers, "Idempotency-Key": key or str(uuid.uuid4())}, json=body)


def code_of(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.get_json()["error"]["code"]


def test_a_code_once_and_its_repeat(client: FlaskClient, db_session: Session, now: datetime) -> None:
    _, (code, *_) = make_codes()
    headers, other = sign_in(make_member()), sign_in(make_member())
    first = post(client, headers, "k", code=code.lower())
    assert first.status_code == 201, first.text
    assert first.get_json()["status"] == "active"
    # A lost answer is asked for again with its key.
    again = post(client, headers, "k", code=code.lower())
    assert (again.status_code, again.data) == (201, first.data)
    assert code_of(post(client, headers, code=code)) == (422, "coupon_code_invalid")
    assert code_of(post(client, other, code=code)) == (422, "coupon_code_invalid")
    assert code_of(post(client, other, code=wrong(7))) == (422, "coupon_code_invalid")
    assert code_of(post(client, other, code="7Q2M")) == (422, "coupon_code_malformed")
    assert db_session.scalar(select(func.count()).select_from(Coupon)) == 1


def test_ten_wrong_codes_and_then_an_hour(client: FlaskClient, db_session: Session, standing_clock: Clock) -> None:
    _, codes = make_codes(14)
    headers, other = sign_in(make_member()), sign_in(make_member())
    for number in range(9):
        assert code_of(post(client, headers, code=wrong(number))) == (422, "coupon_code_invalid")
    # Neither good codes nor slips of the pen count, nor does a repeat.
    for number in range(12):
        assert post(client, headers, f"k{number}", code=codes[number]).status_code == 201
        assert post(client, headers, f"k{number}", code=codes[number]).status_code == 201
        assert code_of(post(client, headers, code="7Q2M-XK4D-9HPA-Z")) == (422, "coupon_code_malformed")
    assert code_of(post(client, headers, code=wrong(10))) == (422, "coupon_code_invalid")
    refused = post(client, headers, code=codes[12])
    assert code_of(refused) == (429, "too_many")
    assert 0 < int(refused.headers["Retry-After"]) <= 3600
    parts().redis.flushdb()
    assert code_of(post(client, headers, code=codes[12])) == (429, "too_many")
    # Nobody else is stopped by it.
    assert post(client, other, code=codes[13]).status_code == 201
    standing_clock.move(hours=1)
    assert post(client, headers, code=codes[12]).status_code == 201


def test_a_refusal_of_the_batch_keeps_its_name_and_the_code(
    client: FlaskClient, db_session: Session, now: datetime
) -> None:
    _, (first, second, _) = make_codes(batch=make_batch(how="code", per_member_limit=1))
    headers = sign_in(make_member())
    assert post(client, headers, code=first).status_code == 201
    assert code_of(post(client, headers, code=second)) == (422, "claim_limit_reached")
    assert db_session.scalar(select(func.count()).where(CouponCode.used_at.is_not(None))) == 1
    assert post(client, sign_in(make_member()), code=second).status_code == 201


@pytest.fixture
def counter(client: FlaskClient, db_session: Session, now: datetime) -> dict[str, Any]:
    store = make_store()
    clerk, colleague = make_staff(at=[store]), make_staff(at=[store])
    visit = open_visit(make_member(), clerk=clerk, store=store)
    return {
        "visit_id": str(visit.public_id),
        "headers": staff.sign_in(clerk, store=store),
        "other": staff.sign_in(colleague, store=store),
    }


def test_a_clerk_types_it_for_the_member_in_front(
    client: FlaskClient, db_session: Session, counter: dict[str, Any]
) -> None:
    _, (first, second, third) = make_codes()
    visit = {"visit_id": counter["visit_id"]}
    for code in (first, second):
        # The visit stays good: it is for the bill.
        assert post(client, counter["headers"], url=STORE, code=code, **visit).status_code == 201
    assert code_of(post(client, counter["headers"], url=STORE, code=first, **visit)) == (422, "coupon_code_invalid")
    assert code_of(post(client, counter["other"], url=STORE, code=third, **visit)) == (404, "not_found")
    assert db_session.scalar(select(func.count(Coupon.member_id.distinct()))) == 1


def test_a_clerk_who_guesses_is_stopped_and_then_the_store(
    client: FlaskClient, db_session: Session, now: datetime
) -> None:
    store, elsewhere = make_store(), make_store()

    def clerk_at(place: Store) -> tuple[dict[str, str], str]:
        person = make_staff(at=[place])
        visit = open_visit(make_member(), clerk=person, store=place)
        return staff.sign_in(person, store=place), str(visit.public_id)

    def tries(place: Store, count: int) -> list[int]:
        headers, visit = clerk_at(place)
        answers = [post(client, headers, url=STORE, code=wrong(n), visit_id=visit) for n in range(count)]
        return [answer.status_code for answer in answers]

    assert tries(store, 11) == [422] * 10 + [429]
    # What the clerk's own limit refused counts for nobody else: the store has sixty tries.
    for _ in range(5):
        assert tries(store, 10) == [422] * 10
    assert tries(store, 1) == [429]
    assert tries(elsewhere, 1) == [422]
