"""Bills at the counter: lines, the day's list, and what a manager may give back."""

from datetime import datetime
from typing import Any

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import AuditEntry, Member, PurchaseLine
from app.services import points
from tests.blueprints.store.test_counter import STORE, Counter, code, make_counter
from tests.factories import staff as people
from tests.factories.members import code_of, make_member
from tests.factories.partners import make_key


@pytest.fixture
def counter(client: FlaskClient, app: APIFlask, now: Any) -> Counter:
    """A manager at a counter of their own."""
    return make_counter(client, "manager")


def buy(counter: Counter, member: Member, *, key: str = "k1", now: datetime | None = None, **bill: Any) -> Any:
    visit = counter.scan(code_of(member, **({"now": now} if now else {}))).json["visit_id"]
    headers = {**counter.headers, "Idempotency-Key": key}
    body = {"visit_id": visit, "bill_fen": 10_000, **bill}
    return counter.client.post(f"{STORE}/purchases", headers=headers, json=body)


def give_back(counter: Counter, bill: Any, *, key: str = "r1", **body: Any) -> Any:
    address = f"{STORE}/purchases/{bill.json['id']}/refunds"
    headers = {**counter.headers, "Idempotency-Key": key}
    return counter.client.post(address, headers=headers, json={"reason": "质量问题", **body})


def list_of(counter: Counter, query: str = "") -> Any:
    return counter.client.get(f"{STORE}/purchases{query}", headers=counter.headers)


def test_a_bill_keeps_its_lines(counter: Counter, db_session: Session) -> None:
    lines = [{"sku": "T-01", "category": "茶", "quantity": 3, "amount_fen": 9_000}, {"sku": "袋", "amount_fen": 1_000}]
    assert code(buy(counter, make_member(), lines=lines[:1])) == (422, "lines_do_not_add_up")
    assert buy(counter, make_member(), key="k2", lines=lines).json["points_earned"] == 100
    kept = db_session.execute(
        select(PurchaseLine.sku, PurchaseLine.category, PurchaseLine.quantity, PurchaseLine.amount_fen)
    ).all()
    assert sorted(map(tuple, kept)) == [("T-01", "茶", 3, 9_000), ("袋", "", 1, 1_000)]


def test_the_list_of_the_day_is_this_stores_alone(counter: Counter, client: FlaskClient) -> None:
    first = buy(counter, make_member(nickname="小雨", phone="13800138000"), order_no="A-1")
    make_key(channel="pos", store=counter.store).send(
        client,
        "POST",
        "/purchases",
        {"order_no": "P-1", "occurred_at": "2026-11-20T09:00:00+08:00", "bill_fen": 500, "buyer": {"external_id": "x"}},
    )
    buy(make_counter(client), make_member(), order_no="B-1")
    told = list_of(counter).json["data"]
    assert [(row["order_no"], row["status"], row["points_earned"]) for row in told] == [
        ("A-1", "paid", 100),
        ("P-1", "waiting", 0),
    ]
    assert (told[0]["member_nickname"], told[0]["phone_masked"]) == ("小雨", "138****8000")
    assert told[1]["member_nickname"] is None
    page = list_of(counter, "?limit=1").json
    assert page["has_more"] is True
    rest = list_of(counter, f"?limit=1&cursor={page['next_cursor']}").json
    assert [row["order_no"] for row in rest["data"]] == ["P-1"]
    assert first.json["id"] == told[0]["id"]
    assert list_of(counter, "?on=2026-11-21").json["data"] == []
    assert len(list_of(counter, "?on=2026-11-20").json["data"]) == 2


def test_a_manager_gives_back_in_parts_with_a_reason(counter: Counter, db_session: Session, now: datetime) -> None:
    member = make_member()
    bill = buy(counter, member)
    part = give_back(counter, bill, amount_fen=2_550)
    assert part.status_code == 201
    told = (part.json["points_taken_back"], part.json["growth_taken_back"], part.json["refunded_fen"])
    assert told == (26, 26, 2_550)
    assert give_back(counter, bill, amount_fen=2_550).data == part.data
    rest = give_back(counter, bill, key="r2")
    assert (rest.json["amount_fen"], rest.json["status"], points.spendable(member.id, now=now)) == (
        7_450,
        "refunded",
        0,
    )
    assert code(give_back(counter, bill, key="r3")) == (422, "purchase_not_refundable")
    entries = db_session.scalars(select(AuditEntry).where(AuditEntry.action == "purchase.refund")).all()
    assert [entry.details["amount_fen"] for entry in entries] == [2_550, 7_450]
    assert {entry.details["reason"] for entry in entries} == {"质量问题"}
    assert list_of(counter).json["data"][0]["points_taken_back"] == 100


def test_the_tills_own_number_counts_once(counter: Counter, db_session: Session) -> None:
    bill = buy(counter, make_member())
    assert give_back(counter, bill, refund_no="R-1", amount_fen=1_000).status_code == 201
    again = give_back(counter, bill, key="r2", refund_no="R-1", amount_fen=1_000)
    assert (again.status_code, again.json["refunded_fen"]) == (201, 1_000)
    assert code(give_back(counter, bill, key="r3", refund_no="R-1", amount_fen=2_000)) == (409, "refund_number_reused")
    assert len(db_session.scalars(select(AuditEntry).where(AuditEntry.action == "purchase.refund")).all()) == 1


def test_more_than_paid_is_refused_and_nothing_moves(counter: Counter, now: datetime) -> None:
    member = make_member()
    bill = buy(counter, member)
    refused = give_back(counter, bill, amount_fen=10_001)
    assert code(refused) == (422, "refund_above_paid")
    assert refused.json["error"]["data"] == {"paid_fen": 10_000, "refunded_fen": 0, "requested_fen": 10_001}
    assert points.spendable(member.id, now=now) == 100


def test_a_clerk_another_store_and_ones_own_bill_are_refused(
    counter: Counter, client: FlaskClient, db_session: Session
) -> None:
    member = make_member()
    bill = buy(counter, member)
    clerk = people.make_staff("clerk", at=[counter.store])
    own = Counter(client, clerk, counter.store, people.sign_in(clerk, store=counter.store))
    assert code(give_back(own, bill)) == (403, "not_allowed")
    assert code(give_back(make_counter(client, "manager"), bill)) == (404, "not_found")
    counter.person.member_id = member.id
    db_session.flush()
    assert code(give_back(counter, bill)) == (403, "self_service")


@pytest.mark.parametrize("body", [{"amount_fen": 0}, {"amount_fen": -5}, {"reason": ""}, {"reason": None}, {"x": 1}])
def test_odd_refunds_are_refused(counter: Counter, body: dict[str, Any]) -> None:
    assert code(give_back(counter, buy(counter, make_member()), **body)) == (422, "invalid_input")
