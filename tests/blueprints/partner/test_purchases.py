"""Orders of a channel: matched by code, phone or number, waiting for somebody, told once, refunded in parts."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from app.actor import Actor
from app.models import Earning, Member, Purchase
from app.services import identities, points
from app.wiring import parts
from tests.conftest import Clock
from tests.factories.members import code_of, make_counter_member, make_member, seal
from tests.factories.partners import PARTNER, Signer, make_key
from tests.factories.staff import make_store

PHONE = "13800138000"
AT = "2026-11-20T10:00:00+08:00"


@pytest.fixture
def shop(app: APIFlask, now: datetime) -> Signer:
    """An e-commerce system of a channel."""
    return make_key(channel="tmall")


def order(**changes: Any) -> dict[str, Any]:
    body = {"order_no": "T-1", "occurred_at": AT, "bill_fen": 5_050, "buyer": {"phone": PHONE}}
    return {**body, **changes}


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json["error"]["code"]


def facts(answer: Any, *names: str) -> tuple[Any, ...]:
    return (answer.status_code, *(answer.json[name] for name in names))


def test_an_order_is_matched_by_phone_and_credited_once(client: FlaskClient, shop: Signer, now: datetime) -> None:
    member = make_counter_member(phone=PHONE)
    first = shop.send(client, "POST", "/purchases", order())
    assert facts(first, "status", "matched", "points_earned", "growth_earned") == (201, "paid", True, 50, 50)
    again = shop.send(client, "POST", "/purchases", order(buyer={"phone": "+86 138 0013 8000"}))
    assert (again.status_code, again.json) == (200, first.json)
    looked_up = shop.send(client, "GET", "/purchases?order_no=T-1")
    assert (looked_up.status_code, looked_up.json) == (200, first.json)
    assert points.spendable(member.id, now=now) == 50


def test_the_order_of_another_amount_is_refused(client: FlaskClient, shop: Signer) -> None:
    make_counter_member(phone=PHONE)
    shop.send(client, "POST", "/purchases", order())
    for changes in ({"bill_fen": 5_051}, {"discount_fen": 1}):
        assert code(shop.send(client, "POST", "/purchases", order(**changes))) == (409, "order_number_reused")


def test_another_channel_has_its_own_numbers(client: FlaskClient, shop: Signer, now: datetime) -> None:
    member = make_counter_member(phone=PHONE)
    assert shop.send(client, "POST", "/purchases", order()).status_code == 201
    other = make_key(channel="jd")
    assert code(other.send(client, "GET", "/purchases?order_no=T-1")) == (404, "not_found")
    assert code(other.send(client, "POST", "/refunds", {"order_no": "T-1", "refund_no": "R"})) == (404, "not_found")
    assert other.send(client, "POST", "/purchases", order()).status_code == 201
    assert points.spendable(member.id, now=now) == 100


def test_a_code_names_the_member_at_the_bills_instant_and_stays_unused(
    client: FlaskClient, shop: Signer, standing_clock: Clock, now: datetime
) -> None:
    member = make_member()
    shown = code_of(member)
    # The line was broken for an hour.
    standing_clock.move(hours=1)
    body = order(buyer={"member_code": shown})
    assert facts(shop.send(client, "POST", "/purchases", body, now=standing_clock.now), "matched") == (201, True)
    assert points.spendable(member.id, now=now) == 50
    late = order(order_no="T-2", occurred_at="2026-11-20T11:00:00+08:00", buyer={"member_code": shown})
    answer = shop.send(client, "POST", "/purchases", late, now=standing_clock.now)
    assert code(answer) == (422, "member_code_expired")


def test_codes_cannot_be_guessed_and_right_ones_never_count(client: FlaskClient, shop: Signer) -> None:
    shown = code_of(make_member())
    wrong = code_of(make_member(), now=datetime.fromisoformat(AT) - timedelta(hours=1))
    for number in range(35):
        body = order(order_no=f"T-{number}", buyer={"member_code": shown})
        assert shop.send(client, "POST", "/purchases", body).status_code == 201
    codes = [code(shop.send(client, "POST", "/purchases", order(buyer={"member_code": wrong}))) for _ in range(31)]
    assert codes == [(422, "member_code_expired")] * 30 + [(429, "too_many")]
    other = make_key(channel="jd")
    assert other.send(client, "POST", "/purchases", order(buyer={"member_code": shown})).status_code == 201


def test_the_channels_number_is_remembered_once_somebody_proved_who_they_are(
    client: FlaskClient, shop: Signer, now: datetime
) -> None:
    member = make_member()
    first = order(buyer={"external_id": "buyer-9"})
    assert facts(shop.send(client, "POST", "/purchases", first), "status", "matched") == (202, "waiting", False)
    second = order(order_no="T-2", buyer={"member_code": code_of(member), "external_id": "buyer-9"})
    assert facts(shop.send(client, "POST", "/purchases", second), "matched") == (201, True)
    # The waiting order found its member with it.
    assert facts(shop.send(client, "GET", "/purchases?order_no=T-1"), "status", "points_earned") == (200, "paid", 50)
    third = order(order_no="T-3", buyer={"external_id": "buyer-9"})
    assert facts(shop.send(client, "POST", "/purchases", third), "matched") == (201, True)
    assert points.spendable(member.id, now=now) == 150
    # The same number in another channel is somebody else.
    stranger = make_key(channel="jd").send(client, "POST", "/purchases", first)
    assert facts(stranger, "matched") == (202, False)


def test_an_order_waits_until_its_phone_turns_up(client: FlaskClient, shop: Signer, now: datetime) -> None:
    waiting = shop.send(client, "POST", "/purchases", order())
    assert facts(waiting, "status", "matched", "points_earned") == (202, "waiting", False, 0)
    assert facts(shop.send(client, "POST", "/purchases", order()), "status") == (202, "waiting")
    member = make_member()
    app_id = parts().config.wechat_appid
    actor = Actor(kind="member", id=member.id)
    identities.bind_phone(member.id, phone=seal(PHONE), app_id=app_id, actor=actor, now=now)
    assert facts(shop.send(client, "POST", "/purchases", order()), "status", "points_earned") == (200, "paid", 50)
    assert points.spendable(member.id, now=now) == 50


def test_refunds_in_parts_take_back_their_share(client: FlaskClient, shop: Signer, now: datetime) -> None:
    member = make_counter_member(phone=PHONE)
    shop.send(client, "POST", "/purchases", order(bill_fen=10_000))

    def refund(number: str, amount: int | None = None) -> Any:
        body = {"order_no": "T-1", "refund_no": number, "amount_fen": amount}
        return shop.send(client, "POST", "/refunds", body)

    first = refund("R-1", 3_333)
    assert first.status_code == 201
    told = first.json["purchase"]
    assert (told["refunded_fen"], told["points_taken_back"], told["status"]) == (3_333, 34, "paid")
    again = refund("R-1", 3_333)
    assert (again.status_code, again.json) == (200, first.json)
    assert code(refund("R-1", 3_334)) == (409, "refund_number_reused")
    assert code(refund("R-2", 6_668)) == (422, "refund_above_paid")
    rest = refund("R-3")
    assert (rest.json["amount_fen"], rest.json["purchase"]["status"]) == (6_667, "refunded")
    assert (rest.json["purchase"]["points_taken_back"], points.spendable(member.id, now=now)) == (100, 0)
    assert code(refund("R-4", 1)) == (422, "purchase_not_refundable")
    # The order keeps its number: a late repeat cannot credit again.
    assert facts(shop.send(client, "POST", "/purchases", order(bill_fen=10_000)), "status") == (200, "refunded")
    assert points.spendable(member.id, now=now) == 0


def test_lines_must_add_up(client: FlaskClient, shop: Signer) -> None:
    make_counter_member(phone=PHONE)
    lines = [{"sku": "茶-1", "category": "茶", "quantity": 2, "amount_fen": 3_000}, {"sku": "b", "amount_fen": 2_000}]
    good = order(bill_fen=5_500, discount_fen=500, lines=lines)
    assert facts(shop.send(client, "POST", "/purchases", good), "paid_fen") == (201, 5_000)
    bad = order(order_no="T-2", bill_fen=5_500, lines=lines)
    assert code(shop.send(client, "POST", "/purchases", bad)) == (422, "lines_do_not_add_up")


ODD: list[dict[str, Any]] = [
    {"buyer": {}},
    {"buyer": None},
    {"buyer": {"phone": "12345"}},
    {"buyer": {"phone": PHONE, "member_id": "1"}},
    {"buyer": {"member_code": "28"}},
    {"order_no": "a b"},
    {"order_no": ""},
    {"bill_fen": 0},
    {"bill_fen": 10**10},
    {"bill_fen": 1.5},
    {"discount_fen": 5_051},
    {"discount_fen": -1},
    {"occurred_at": None},
    {"occurred_at": "2026-11-20T10:00:00"},
    {"occurred_at": "2026-11-20T10:06:00+08:00"},
    {"lines": [{"sku": "a", "amount_fen": 5_050, "quantity": 0}]},
    {"lines": [{"sku": "a", "amount_fen": -1}, {"sku": "b", "amount_fen": 5_051}]},
    {"lines": [{"sku": "a\u0000", "amount_fen": 5_050}]},
    {"points": 1_000},
]


@pytest.mark.parametrize("changes", ODD, ids=str)
def test_odd_orders_change_nothing(
    client: FlaskClient, shop: Signer, db_session: Session, changes: dict[str, Any]
) -> None:
    make_counter_member(phone=PHONE)
    answer = shop.send(client, "POST", "/purchases", order(**changes))
    assert answer.status_code == 422, answer.json
    assert db_session.scalar(select(func.count()).select_from(Purchase)) == 0


def test_nothing_about_the_buyer_is_told_or_kept_plain(
    client: FlaskClient, shop: Signer, db_session: Session, caplog: pytest.LogCaptureFixture
) -> None:
    member = make_counter_member(phone=PHONE, nickname="老王")
    told = shop.send(client, "POST", "/purchases", order())
    waits = shop.send(client, "POST", "/purchases", order(order_no="T-2", buyer={"phone": "13900139000"}))
    for secret in (PHONE, "老王", "138****8000", str(member.public_id)):
        assert secret not in told.text
        assert secret not in caplog.text
    assert waits.status_code == 202
    kept = db_session.scalars(text("SELECT t::text FROM purchase t")).all()
    assert len(kept) == 2
    assert all(PHONE not in row and "13900139000" not in row for row in kept)


def test_a_stores_key_sells_for_its_store_alone(client: FlaskClient, db_session: Session, now: datetime) -> None:
    make_counter_member(phone=PHONE)
    own, other = make_store(code="SH01"), make_store(code="SH02")
    till = make_key(channel="pos", store=own)
    assert till.send(client, "POST", "/purchases", order()).status_code == 201
    assert till.send(client, "POST", "/purchases", order(store_code="SH01")).status_code == 200
    refused = till.send(client, "POST", "/purchases", order(order_no="T-2", store_code="SH02"))
    assert code(refused) == (403, "not_allowed")
    every = make_key(channel="erp")
    assert every.send(client, "POST", "/purchases", order(store_code="SH02")).status_code == 201
    assert code(every.send(client, "POST", "/purchases", order(order_no="T-3", store_code="X"))) == (404, "not_found")
    assert set(db_session.scalars(select(Purchase.store_id))) == {own.id, other.id}


def test_a_dry_run_tells_and_changes_nothing(client: FlaskClient, shop: Signer, db_session: Session) -> None:
    make_counter_member(phone=PHONE)
    bill = {"bill_fen": 5_050, "buyer": {"phone": PHONE}}
    known = shop.send(client, "POST", "/purchases/dry-run", bill)
    assert (known.status_code, known.json) == (200, {"matched": True, "points": 50, "growth": 50})
    anybody = shop.send(client, "POST", "/purchases/dry-run", {"bill_fen": 5_050})
    assert anybody.json == {"matched": False, "points": 50, "growth": 50}
    stranger = shop.send(client, "POST", "/purchases/dry-run", {**bill, "buyer": {"phone": "13900139000"}})
    assert stranger.json["matched"] is False
    for model in (Purchase, Earning):
        assert db_session.scalar(select(func.count()).select_from(model)) == 0


def test_a_phone_book_cannot_be_tried(client: FlaskClient, shop: Signer) -> None:
    def dry_run(number: int) -> int:
        body = {"bill_fen": 100, "buyer": {"phone": f"139{number:08d}"}}
        return int(shop.send(client, "POST", "/purchases/dry-run", body).status_code)

    assert [dry_run(number) for number in range(121)] == [200] * 120 + [429]
    assert shop.send(client, "POST", "/purchases/dry-run", {"bill_fen": 100}).status_code == 200


def test_an_order_of_a_merged_code_belongs_to_the_one_who_stayed(
    client: FlaskClient, shop: Signer, db_session: Session, now: datetime
) -> None:
    holder = make_counter_member(phone=PHONE)
    member = make_member()
    app_id = parts().config.wechat_appid
    bound = identities.bind_phone(
        member.id, phone=seal(PHONE), app_id=app_id, actor=Actor(kind="member", id=member.id), now=now
    )
    assert bound.is_merged
    assert facts(shop.send(client, "POST", "/purchases", order()), "matched") == (201, True)
    owner = db_session.scalars(select(Purchase.member_id)).one()
    assert (owner, {holder.id, member.id} - {owner} != set()) == (bound.member.id, True)
    assert db_session.get_one(Member, owner).status == "active"


def test_the_json_must_be_one_object(client: FlaskClient, shop: Signer) -> None:
    for raw in (b"[]", b"{", b'{"order_no": "a", "order_no": "b"}', b"\xff", b"NaN"):
        headers = shop.headers("POST", f"{PARTNER}/purchases", raw)
        answer = client.post(f"{PARTNER}/purchases", headers=headers, data=raw, content_type="application/json")
        assert answer.status_code == 400
    raw = json.dumps(order()).encode()
    headers = shop.headers("POST", f"{PARTNER}/purchases", raw)
    assert client.post(f"{PARTNER}/purchases", headers=headers, data=raw).status_code == 415
