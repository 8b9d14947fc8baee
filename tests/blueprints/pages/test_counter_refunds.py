"""A manager's refund at the counter: what the preview says is what the refund then does; a clerk has no way to it."""

import html
import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import AuditEntry, Checkout, Purchase
from app.services import points
from tests.blueprints.pages import visitor
from tests.blueprints.pages.test_counter_pages import Desk, said
from tests.factories.counters import make_counter, row_of
from tests.factories.staff import make_staff, sign_in

API = "/api/store/v1/purchases"


@pytest.fixture
def desk(client: FlaskClient, db_session: Session, now: datetime) -> Desk:
    """A manager at a counter."""
    counter = make_counter()
    counter.clerk = make_staff("manager", at=[counter.store])
    assert visitor.sign_in(client, counter.clerk, store=counter.store).status_code == 303
    return Desk(client, counter)


def bill_of(checkout: Checkout, db_session: Session) -> Purchase:
    return db_session.get_one(Purchase, checkout.purchase_id)


def _sold_before(desk: Desk, *, now: datetime) -> Checkout:
    return desk.counter.settle([desk.counter.coupon(valid_days=1, now=now)], now=now)


def look(desk: Desk, bill: Purchase, query: str = "") -> Any:
    headers = sign_in(desk.counter.clerk, store=desk.counter.store)
    return desk.client.get(f"{API}/{bill.public_id}/refund-preview{query}", headers=headers)


def test_the_preview_is_what_happens(desk: Desk, db_session: Session, now: datetime) -> None:
    counter = desk.counter
    points.earn(counter.member.id, amount=500, source="t", now=now)
    kept, always, whole = (
        counter.coupon(on_refund=one, stack_category=f"kind_{one}".lower()) for one in ("keep", "return", None)
    )
    bill = bill_of(counter.settle([kept, always, whole], points=200), db_session)
    paid_fen = bill.bill_fen - bill.discount_fen
    part = look(desk, bill, "?amount_fen=1000").json
    assert (part["amount_fen"], part["left_fen"], part["points_given_back"]) == (1_000, paid_fen, 0)
    assert [one["fate"] for one in part["coupons"]] == ["stays_used", "comes_back", "stays_used"]
    assert part["points_taken_back"] > 0
    told = look(desk, bill).json
    assert [one["fate"] for one in told["coupons"]] == ["stays_used", "comes_back", "comes_back"]
    assert (told["amount_fen"], told["points_given_back"]) == (paid_fen, 200)
    before = counter.standing()
    page = desk.client.get(f"/counter/refunds/{bill.public_id}").text
    assert "退还支付用的积分 200" in page
    data = {"amount_fen": str(paid_fen), "reason": "顾客退货"}
    done = desk.send(f"/refunds/{bill.public_id}", data)
    assert done.status_code == 303
    after = counter.standing()
    assert after[0] - before[0] == 200 - told["points_taken_back"]
    assert before[1] - after[1] == told["growth_taken_back"]
    assert [row_of(one).status for one in (kept, always, whole)] == ["redeemed", "active", "active"]
    db_session.expire_all()
    assert look(desk, bill).json["error"]["code"] == "purchase_not_refundable"


def test_a_coupon_whose_time_passed_is_told_as_expired(desk: Desk, db_session: Session, now: datetime) -> None:
    bill = bill_of(_sold_before(desk, now=now - timedelta(days=3)), db_session)
    assert [one["fate"] for one in look(desk, bill).json["coupons"]] == ["comes_back_expired"]


def test_a_part_is_looked_at_then_given_back_and_audited_once(desk: Desk, db_session: Session) -> None:
    bill = bill_of(desk.counter.settle([desk.counter.coupon()]), db_session)
    listed = desk.client.get("/counter/refunds").text
    assert f"/counter/refunds/{bill.public_id}" in listed and "/counter/refunds" in desk.client.get("/counter/day").text
    page = html.unescape(desk.client.get(f"/counter/refunds/{bill.public_id}?amount=25.5").text)
    assert 'id="refunding">¥25.50' in page and "不退回（有的券全额退款时才退回）" in page
    assert "登记退款 ¥25.50？" in page
    form = dict(re.findall(r'name="(amount_fen|key)" value="([^"]*)"', page))
    nothing = desk.send(f"/refunds/{bill.public_id}", {**form, "reason": " "})
    assert nothing.status_code == 422 and "请写明原因" in said(nothing.text, "warn")
    for _ in range(2):
        assert desk.send(f"/refunds/{bill.public_id}", {**form, "reason": "多收了钱"}).status_code == 303
    told = desk.client.get("/counter/refunds").text
    assert "已登记退款 ¥25.50" in told and "请把钱退给顾客" in told
    audited = db_session.scalars(select(AuditEntry).where(AuditEntry.action == "purchase.refund")).one()
    assert (audited.details["amount_fen"], audited.details["reason"]) == (2_550, "多收了钱")


def test_odd_amounts_say_what_next(desk: Desk, db_session: Session) -> None:
    bill = bill_of(desk.counter.settle(), db_session)
    path = f"/counter/refunds/{bill.public_id}"
    assert "没有看懂" in said(desk.client.get(f"{path}?amount=1e5").text, "warn")
    above = desk.client.get(f"{path}?amount=100.01")
    assert above.status_code == 422 and "超过可退金额" in said(above.text, "bad")
    assert 'id="refunding">¥100.00' in above.text
    assert "超过可退金额" in said(
        desk.send(f"/refunds/{bill.public_id}", {"amount_fen": "10001", "reason": "x"}).text, "bad"
    )
    # What was meant cannot be told from it: not all of it, then.
    for odd in ("", "1e3", "-1", "٣"):
        assert desk.send(f"/refunds/{bill.public_id}", {"amount_fen": odd, "reason": "x"}).status_code == 422, odd
    db_session.refresh(bill)
    assert bill.refunded_fen == 0
    assert "这一天没有账单" in desk.client.get("/counter/refunds?on=2020-01-01").text


def test_a_clerk_another_store_and_ones_own_bill_are_refused(desk: Desk, db_session: Session) -> None:
    counter = desk.counter
    bill = bill_of(counter.settle(), db_session)
    elsewhere = make_counter()
    others = make_staff("manager", at=[elsewhere.store])
    headers = sign_in(others, store=elsewhere.store)
    assert desk.client.get(f"{API}/{bill.public_id}/refund-preview", headers=headers).status_code == 404
    counter.clerk.member_id = counter.member.id
    db_session.flush()
    assert look(desk, bill).json["error"]["code"] == "self_service"
    desk.client.post("/counter/sign-out", data={"csrf_token": visitor.token_of(desk.client.get("/counter").text)})
    visitor.sign_in(desk.client, make_staff("clerk", at=[counter.store]), store=counter.store)
    assert "/counter/refunds" not in desk.client.get("/counter/day").text
    assert desk.client.get(f"/counter/refunds/{bill.public_id}").status_code == 403
