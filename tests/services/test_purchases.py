"""Bills of every channel: an order counts once, names its member when it can, and tells its lines."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.database_errors import constraint_name
from app.errors import InvalidInput, LinesDoNotAddUp, LoyaltyError, NotFound, OrderNumberReused, PurchaseInFuture
from app.models import Purchase
from app.models.types import new_public_id
from app.services import points, purchases, tiers
from app.services.purchases import BillLine, Buyer
from tests.conftest import NOON, Clock
from tests.factories.earning import make_purchase, make_rule
from tests.factories.members import make_counter_member, make_member, seal
from tests.factories.staff import make_store

LINES = (
    BillLine(sku="tea-1", category="茶", quantity=2, amount_fen=6_000),
    BillLine(sku="cup-1", category="杯", quantity=1, amount_fen=4_000),
)


def earned(bill: Purchase) -> dict[str, int]:
    return {paid.code: paid.amount for paid in purchases.list_paid(bill)}


def test_a_bill_earns_on_what_was_paid_after_the_discount(db_session: Session) -> None:
    bill = make_purchase(make_member(), paid_fen=9_050, discount_fen=1_000)
    assert (bill.bill_fen, bill.discount_fen, bill.status) == (10_050, 1_000, "paid")
    assert earned(bill) == {"base_points": 90, "base_growth": 90}
    assert [(line.sku, line.amount_fen) for line in purchases.lines_of(bill.id)] == [("", 9_050)]


def test_lines_are_kept_and_rules_look_at_them(db_session: Session) -> None:
    make_rule("tea", kind="multiplier", factor_bp=30_000, categories=["茶"])
    make_rule("several", kind="fixed", amount=5, min_items=3)
    bill = make_purchase(make_member(), lines=LINES)
    assert earned(bill) == {"base_points": 100, "base_growth": 100, "tea": 120, "several": 5}
    assert [
        (one.line_no, one.sku, one.category, one.quantity, one.amount_fen) for one in purchases.lines_of(bill.id)
    ] == [
        (1, "tea-1", "茶", 2, 6_000),
        (2, "cup-1", "杯", 1, 4_000),
    ]


def test_store_and_channel_rules_know_the_counter(db_session: Session) -> None:
    first, second = make_store(code="S1"), make_store(code="S2")
    make_rule("at_s1", kind="fixed", amount=3, stores=["S1"], channels=["store"])
    member = make_member()
    given = [
        earned(make_purchase(member, store=store, channel=f"store:{store.id}")).get("at_s1")
        for store in (first, second)
    ]
    assert given == [3, None]
    assert "at_s1" not in earned(make_purchase(member, store=first, channel="tmall"))


def test_the_first_and_every_third_purchase(db_session: Session) -> None:
    make_rule("first", kind="fixed", amount=20, nth_purchase=1)
    make_rule("third", kind="fixed", amount=7, every_nth=3)
    member = make_member()
    bills = [make_purchase(member, paid_fen=100) for _ in range(6)]
    assert [earned(bill).get("first") for bill in bills] == [20, None, None, None, None, None]
    assert [earned(bill).get("third") for bill in bills] == [None, None, 7, None, None, 7]
    # Given back, it does not count: neither for good nor for another first time.
    for bill in bills:
        purchases.refund(bill.id, now=NOON)
    assert points.spendable(member.id, now=NOON) == 0
    assert earned(make_purchase(member, paid_fen=100))["first"] == 20


@pytest.mark.parametrize("term", ["nth_purchase", "every_nth"])
def test_giving_an_earlier_purchase_back_earns_no_second_bonus(db_session: Session, term: str) -> None:
    terms: dict[str, Any] = {term: 3}
    make_rule("third", kind="fixed", amount=100, **terms)
    member = make_member()
    bills = [make_purchase(member, paid_fen=100) for _ in range(3)]
    for _ in range(2):
        purchases.refund(bills.pop(0).id, now=NOON)
        bills.append(make_purchase(member, paid_fen=100))
    assert [earned(bill).get("third") for bill in bills] == [100, None, None]
    # What the third one had earned is gone: whoever comes third now has it.
    purchases.refund(bills.pop(0).id, now=NOON)
    assert earned(make_purchase(member, paid_fen=100))["third"] == 100
    sixth = [earned(make_purchase(member, paid_fen=100)).get("third") for _ in range(3)][-1]
    assert sixth == (100 if term == "every_nth" else None)


def test_the_same_order_again_is_the_first_one(db_session: Session) -> None:
    member = make_member()
    first = make_purchase(member, order_no="A-1", lines=LINES)
    # What has changed meanwhile does not matter.
    make_rule("extra", kind="fixed", amount=9)
    again = make_purchase(member, order_no="A-1", lines=LINES, now=NOON + timedelta(days=3))
    assert (again.id, again.occurred_at) == (first.id, NOON)
    assert points.spendable(member.id, now=NOON) == 100
    # Another channel numbers its own orders.
    assert make_purchase(member, order_no="A-1", channel="jd").id != first.id


@pytest.mark.parametrize("change", ["amount", "discount", "store", "lines", "member"])
def test_an_order_number_told_with_something_else_is_refused(db_session: Session, change: str) -> None:
    member, other, store = make_member(), make_member(), make_store()
    make_purchase(member, order_no="A-1", lines=LINES)
    told: dict[str, dict[str, Any]] = {
        "amount": {"paid_fen": 10_001},
        "discount": {"paid_fen": 9_000, "discount_fen": 1_000},
        "store": {"lines": LINES, "store": store},
        "lines": {"lines": LINES[::-1]},
        "member": {"lines": LINES},
    }
    with pytest.raises(OrderNumberReused) as refused:
        make_purchase(other if change == "member" else member, order_no="A-1", **told[change])
    assert refused.value.data == {"order_no": "A-1"}
    assert points.spendable(member.id, now=NOON) == 100
    assert points.spendable(other.id, now=NOON) == 0


@pytest.mark.parametrize(
    ("told", "refusal", "data"),
    [
        ({"lines": LINES[:1]}, LinesDoNotAddUp, {"lines_fen": 6_000, "paid_fen": 10_000}),
        (
            {"occurred_at": NOON + timedelta(minutes=6)},
            PurchaseInFuture,
            {"occurred_at": "2026-11-20T02:06:00+00:00"},
        ),
    ],
)
def test_a_bill_that_cannot_be_is_refused(
    db_session: Session, told: dict[str, Any], refusal: type[LoyaltyError], data: dict[str, Any]
) -> None:
    with pytest.raises(refusal) as refused:
        make_purchase(make_member(), **told)
    assert refused.value.data == data
    assert db_session.query(Purchase).count() == 0


def test_a_bill_of_nobody_and_an_unknown_one_are_refused(db_session: Session) -> None:
    with pytest.raises(InvalidInput) as refused:
        make_purchase(None)
    assert refused.value.data == {"fields": {"buyer": "required"}}
    for ask in (lambda: purchases.get_by_public_id(new_public_id()), lambda: purchases.refund(1, now=NOON)):
        with pytest.raises(NotFound) as missing:
            ask()
        assert missing.value.data == {"kind": "purchase"}


def test_a_till_whose_clock_is_a_little_fast_is_believed(db_session: Session) -> None:
    bill = make_purchase(make_member(), occurred_at=NOON + timedelta(minutes=5))
    assert earned(bill) == {"base_points": 100, "base_growth": 100}


def test_a_bill_reported_late_earns_what_it_would_have_earned(standing_clock: Clock, db_session: Session) -> None:
    member = make_member()
    make_rule("today", kind="fixed", amount=9, ends_at=NOON + timedelta(hours=1))
    later = standing_clock.move(days=10)
    assert "today" in earned(make_purchase(member, occurred_at=NOON, now=later))
    assert "today" not in earned(make_purchase(member, now=later))


def test_a_bill_older_than_its_points_live_earns_growth_and_nothing_to_spend_tomorrow(
    standing_clock: Clock, db_session: Session
) -> None:
    member = make_member()
    make_rule("pending", kind="fixed", amount=9, pending_days=7, expiry="30D", starts_at=NOON)
    late = standing_clock.move(days=400)
    bill = make_purchase(member, occurred_at=NOON, now=late)
    assert earned(bill) == {"base_points": 100, "base_growth": 100, "pending": 9}
    assert points.spendable(member.id, now=late + timedelta(days=2)) == 0
    purchases.refund(bill.id, now=late + timedelta(days=3))
    assert points.summary(member.id, now=late + timedelta(days=3)).owed == 0


def test_the_channels_number_leads_to_the_member_once_both_were_told(db_session: Session) -> None:
    member = make_counter_member(phone="13800138000")
    index = seal("13800138000").index
    first = make_purchase(None, buyer=Buyer(phone_index=index, external_id="tm-77"))
    assert first.member_id == member.id
    assert (first.buyer_phone_index, first.buyer_external_id) == (None, None)
    assert make_purchase(None, buyer=Buyer(external_id="tm-77")).member_id == member.id
    # Of this channel only.
    assert make_purchase(None, buyer=Buyer(external_id="tm-77"), channel="jd").member_id is None


def test_a_number_that_is_somebodys_stays_theirs(db_session: Session) -> None:
    first, second = make_member(), make_member()
    make_purchase(first, buyer=Buyer(external_id="tm-77"))
    # The member code was scanned: the bill is the second's, the number is not.
    assert make_purchase(second, buyer=Buyer(external_id="tm-77")).member_id == second.id
    assert make_purchase(None, buyer=Buyer(external_id="tm-77")).member_id == first.id


def test_a_hundred_purchases_and_refunds_leave_nothing(db_session: Session) -> None:
    make_rule("double", kind="multiplier", factor_bp=20_000)
    make_rule("first", kind="fixed", amount=20, nth_purchase=1, pending_days=3)
    member = make_member()
    for n in range(100):
        bill = make_purchase(member, paid_fen=12_345)
        if n % 10 == 0:
            purchases.refund(bill.id, amount_fen=45, refund_no="part", now=NOON)
        purchases.refund(bill.id, now=NOON)
    summary = points.summary(member.id, now=NOON)
    assert (summary.spendable, summary.pending, summary.held, summary.owed) == (0, 0, 0, 0)
    assert tiers.standing(member.id).growth_value == 0
    sums = "SELECT coalesce(sum(remaining), 0), coalesce(sum(amount - taken_back), 0) FROM points_lot, earning"
    assert tuple(db_session.execute(text(sums)).one()) == (0, 0)


@pytest.mark.parametrize(
    ("statement", "constraint"),
    [
        (
            "INSERT INTO purchase_line (purchase_id, line_no, sku, category, quantity, amount_fen)"
            " SELECT id, 9, '', '', 1, 1 FROM purchase",
            "tr_purchase_line_adds_up",
        ),
        ("UPDATE purchase SET refunded_fen = 1", "tr_purchase_adds_up"),
        (
            "INSERT INTO purchase_refund (public_id, purchase_id, refund_no, amount_fen, occurred_at, recorded_at)"
            " SELECT gen_random_uuid(), id, 'x', 1, occurred_at, occurred_at FROM purchase",
            "tr_purchase_refund_adds_up",
        ),
    ],
)
def test_a_bill_that_does_not_add_up_cannot_be_committed(db_session: Session, statement: str, constraint: str) -> None:
    make_purchase(make_member())
    # The bill as it was made is checked first; then what was done to it.
    db_session.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
    db_session.execute(text("SET CONSTRAINTS ALL DEFERRED"))
    with pytest.raises(IntegrityError) as refused, db_session.begin_nested():
        db_session.execute(text(statement))
        db_session.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
    assert constraint_name(refused.value) == constraint
