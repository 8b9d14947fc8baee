"""The counter over HTTP: redeem, refuse with a reason, undo, the day's list."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from app.models import Member, Staff, Store
from tests.conftest import Clock
from tests.factories.coupons import give_coupon, open_visit
from tests.factories.members import make_member
from tests.factories.staff import make_staff, make_store, sign_in

URL = "/api/store/v1/redemptions"


@dataclass
class Till:
    client: FlaskClient
    store: Store
    clerk: Staff
    member: Member
    headers: dict[str, str]

    def visit(self, now: datetime) -> str:
        return str(open_visit(self.member, clerk=self.clerk, store=self.store, now=now).public_id)

    def post(self, path: str, body: dict[str, Any], headers: dict[str, str] | None = None) -> TestResponse:
        keyed = {**(headers or self.headers), "Idempotency-Key": str(uuid.uuid4())}
        return self.client.post(URL + path, json=body, headers=keyed)


@pytest.fixture
def till(client: FlaskClient, db_session: Session, now: datetime) -> Till:
    store = make_store(name="江边店")
    clerk = make_staff(at=[store], display_name="小李")
    return Till(client, store, clerk, make_member(nickname="小雨"), sign_in(clerk, store=store))


def test_redeem_list_and_undo(till: Till, now: datetime) -> None:
    coupon = give_coupon(till.member)
    body = {
        "visit_id": till.visit(now),
        "coupon_id": str(coupon.public_id),
        "bill_fen": 8000,
        "order_no": "K-20261120-7",
    }
    done = till.post("", body)
    assert done.status_code == 201, done.text
    told = done.get_json()
    assert (told["payable_fen"], told["discount_fen"], told["coupon_status"]) == (7000, 1000, "redeemed")
    assert (told["store"], told["clerk"], told["member"]) == ("江边店", "小李", "小雨")

    again = till.post("", {**body, "visit_id": till.visit(now)})
    assert again.status_code == 409
    error = again.get_json()["error"]
    assert (error["code"], error["data"]["store"]) == ("already_redeemed", "江边店")

    listed = till.client.get(URL, headers=till.headers).get_json()["data"]
    assert [row["id"] for row in listed] == [told["id"]]
    assert till.client.get(f"{URL}?on=2026-11-19", headers=till.headers).get_json()["data"] == []

    undone = till.post(f"/{told['id']}/reversal", {"reason": "点错了"})
    assert undone.status_code == 201, undone.text
    assert (undone.get_json()["coupon_status"], undone.get_json()["reversal_reason"]) == ("active", "点错了")
    assert till.post(f"/{told['id']}/reversal", {"reason": "点错了"}).get_json()["error"]["code"] == "already_reversed"


def test_a_refused_coupon_leaves_the_visit_for_another(till: Till, now: datetime) -> None:
    dear, fitting = give_coupon(till.member, min_spend_fen=20_000), give_coupon(till.member)
    body = {"visit_id": till.visit(now), "coupon_id": str(dear.public_id), "bill_fen": 8000}
    refused = till.post("", body)
    assert refused.status_code == 422
    error = refused.get_json()["error"]
    named = {"min_spend_fen": 20_000, "bill_fen": 8000, "coupon_id": str(dear.public_id)}
    assert (error["code"], error["data"]) == ("minimum_spend_not_met", named)
    assert till.post("", {**body, "coupon_id": str(fitting.public_id)}).status_code == 201


def test_other_clerks_other_stores_and_late_undos(till: Till, now: datetime, standing_clock: Clock) -> None:
    coupon = give_coupon(till.member)
    body = {"visit_id": till.visit(now), "coupon_id": str(coupon.public_id), "bill_fen": 8000}
    redemption = till.post("", body).get_json()["id"]
    elsewhere = make_store()
    colleague = sign_in(make_staff(at=[till.store]), store=till.store)
    stranger = sign_in(make_staff("manager", at=[elsewhere]), store=elsewhere)
    manager = sign_in(make_staff("manager", at=[till.store]), store=till.store)
    undo = f"/{redemption}/reversal", {"reason": "退单"}
    assert till.post(*undo, colleague).status_code == 403
    assert till.post(*undo, stranger).status_code == 404
    assert till.client.get(URL, headers=stranger).get_json()["data"] == []
    standing_clock.move(minutes=15)
    assert till.post(*undo).get_json()["error"]["code"] == "undo_window_passed"
    assert till.post(*undo, manager).status_code == 201


@pytest.mark.parametrize(
    "changes",
    [
        {"bill_fen": 0},
        {"bill_fen": -8000},
        {"bill_fen": 8000.0},
        {"bill_fen": "8000"},
        {"bill_fen": 10**12},
        {"bill_fen": None},
        {"coupon_id": 1},
        {"coupon_id": "not-an-id"},
        {"order_no": "K 7"},
        {"order_no": "K\x007"},
        {"order_no": "x" * 65},
        {"discount_fen": 8000},
    ],
)
def test_bad_bodies_change_nothing(till: Till, now: datetime, changes: dict[str, Any]) -> None:
    coupon = give_coupon(till.member)
    body = {"visit_id": till.visit(now), "coupon_id": str(coupon.public_id), "bill_fen": 8000}
    refused = till.post("", {**body, **changes})
    assert (refused.status_code, refused.get_json()["error"]["code"]) == (422, "invalid_input")
    assert till.post("", body).status_code == 201


@pytest.mark.parametrize("reason", ["", "   ", "x" * 101, "a\u0085b", None, 7])
def test_an_undo_needs_a_reason(till: Till, now: datetime, reason: Any) -> None:
    refused = till.post(f"/{uuid.uuid4()}/reversal", {"reason": reason})
    assert (refused.status_code, refused.get_json()["error"]["code"]) == (422, "invalid_input")
