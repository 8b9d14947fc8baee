"""Settling bills with several coupons, a tier's discount and points, and undoing them: to the fen, and all or nothing."""

import uuid
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app import errors as e
from app.actor import Actor
from app.extensions import db
from app.models import (
    AuditEntry,
    Checkout,
    CounterVisit,
    PointsLot,
    Purchase,
    PurchaseLine,
    Redemption,
    StaffCounter,
    Tier,
)
from app.services import coupons, points, purchases, tier_benefits
from app.services.purchases import BillLine
from tests.conftest import NOON
from tests.factories.counters import Counter, make_counter, row_of, set_programme
from tests.factories.coupons import at_counter
from tests.factories.ledger import assert_clean, earn
from tests.factories.staff import make_staff, make_store

TEA, CAKE = (
    BillLine(amount_fen=6_000, quantity=2, sku="T-01", category="茶"),
    BillLine(amount_fen=4_000, quantity=1, sku="C-01", category="点心"),
)
GIFT: dict[str, Any] = {"kind": "gift", "value_fen": 700, "goods": "马克杯", "min_spend_fen": None}
PERCENT: dict[str, Any] = {"kind": "percent_off", "percent_bp": 1_000, "value_fen": 2_000, "min_spend_fen": None}


@pytest.fixture
def counter(db_session: Session, now: datetime) -> Counter:
    return make_counter()


def give_discount(bp: int = 500) -> None:
    """Everybody's tier takes five per cent off."""
    for tier in db.session.scalars(select(Tier)):
        tier_benefits.put(
            tier.public_id,
            "discount",
            batch_public_id=None,
            discount_bp=bp,
            actor=Actor.system(),
            now=NOON,
        )


def used_today(counter: Counter) -> dict[str, int]:
    rows = db.session.execute(
        select(StaffCounter.kind, StaffCounter.used).where(StaffCounter.staff_id == counter.clerk.id)
    )
    return {row.kind: row.used for row in rows}


def count(table: Any) -> int:
    return db.session.scalar(select(func.count()).select_from(table)) or 0


def test_two_coupons_the_tier_and_points_on_one_bill(counter: Counter) -> None:
    give_discount()
    earn(counter.member.id, 3_000, now=NOON)
    cup = counter.coupon(kind="exchange", value_fen=4_000, goods="点心", categories=["点心"], min_spend_fen=None)
    ten = counter.coupon(value_fen=1_000, min_spend_fen=5_000)
    checkout = counter.settle([ten, cup], lines=[TEA, CAKE], points=1_000, order_no="K-1")
    # 100.00 less the cake 40.00; five per cent of 60.00; 10.00 off; 1,000 points pay 10.00.
    assert (checkout.bill_fen, checkout.coupon_fen, checkout.tier_fen) == (10_000, 5_000, 300)
    assert (checkout.points_spent, checkout.points_fen) == (1_000, 1_000)
    found = db.session.execute(
        select(Redemption.seq, Redemption.coupon_id, Redemption.discount_fen, Redemption.cost_fen, Redemption.use_no)
        .where(Redemption.checkout_id == checkout.id)
        .order_by(Redemption.seq)
    ).all()
    assert [tuple(row) for row in found] == [(1, cup.id, 4_000, 4_000, 1), (2, ten.id, 1_000, 1_000, 1)]
    purchase = db.session.get_one(Purchase, checkout.purchase_id)
    assert (purchase.bill_fen, purchase.discount_fen, purchase.order_no) == (10_000, 6_300, "K-1")
    lines = db.session.scalars(select(PurchaseLine).order_by(PurchaseLine.line_no)).all()
    assert [(line.sku, line.amount_fen) for line in lines] == [("T-01", 3_700), ("C-01", 0)]
    # 37 yuan were paid: 37 points and 37 growth on top of the 2,000 points left.
    assert counter.standing() == (2_037, 37)
    assert used_today(counter) == {"coupons_redeemed": 2, "discount_fen": 5_300}
    (entry,) = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "checkout.create"))
    assert (entry.object_id, entry.details["tier_fen"]) == (checkout.id, 300)
    assert_clean()


def test_an_undo_gives_everything_back(counter: Counter, now: datetime) -> None:
    give_discount()
    earn(counter.member.id, 3_000, now=now, expiry="30D")
    before = db.session.scalars(select(PointsLot.expires_at).where(PointsLot.remaining > 0)).all()
    ten, gift = counter.coupon(), counter.coupon(**GIFT)
    checkout = counter.settle([ten, gift], points=1_000)
    counter.undo(checkout.public_id, now=now + timedelta(minutes=14))
    assert [(row_of(one).status, row_of(one).used) for one in (ten, gift)] == [("active", 0)] * 2
    assert counter.standing() == (3_000, 0)
    open_lots = db.session.execute(
        select(PointsLot.remaining, PointsLot.expires_at).where(PointsLot.remaining > 0)
    ).all()
    assert [tuple(lot) for lot in open_lots] == [(3_000, before[0])]
    assert {row.returned_by for row in db.session.scalars(select(Redemption))} == {"undo"}
    assert db.session.get_one(Purchase, checkout.purchase_id, populate_existing=True).status == "voided"
    assert used_today(counter) == {"coupons_redeemed": 0, "discount_fen": 0}
    with pytest.raises(e.AlreadyReversed):
        counter.undo(checkout.public_id, now=now + timedelta(minutes=14))
    assert_clean()
    # The same order, rung up again.
    counter.settle([ten, gift], points=1_000, now=now + timedelta(minutes=14))


def test_any_name_of_the_bill_undoes_it_once(counter: Counter, now: datetime) -> None:
    checkout = counter.settle([counter.coupon(), counter.coupon(**GIFT)])
    _, second = db.session.scalars(select(Redemption).order_by(Redemption.seq)).all()
    assert counter.undo(second.public_id).id == checkout.id
    for name in (second.public_id, checkout.public_id):
        with pytest.raises(e.AlreadyReversed):
            counter.undo(name)
    with pytest.raises(e.NotFound):
        counter.undo(uuid.uuid4())


def test_who_may_undo_and_until_when(counter: Counter, now: datetime) -> None:
    checkout = counter.settle([counter.coupon()])
    colleague = at_counter(make_staff(at=[counter.store]), counter.store)
    elsewhere = make_store()
    stranger = at_counter(make_staff("manager", at=[elsewhere]), elsewhere)
    with pytest.raises(e.NotAllowed):
        counter.undo(checkout.public_id, actor=colleague)
    with pytest.raises(e.NotFound):
        counter.undo(checkout.public_id, actor=stranger)
    with pytest.raises(e.UndoWindowPassed):
        counter.undo(checkout.public_id, now=now + timedelta(minutes=15))
    undone = counter.undo(checkout.public_id, now=now + timedelta(days=2), actor=counter.manager())
    assert (undone.reversal_reason, undone.reversed_at) == ("点错了", now + timedelta(days=2))
    # The day of the use is given back, not the day of the undo.
    assert used_today(counter) == {"coupons_redeemed": 0, "discount_fen": 0}


def test_gifts_alone_are_no_purchase(counter: Counter) -> None:
    gift = counter.coupon(**GIFT)
    checkout = counter.settle([gift], bill_fen=0)
    assert (checkout.purchase_id, checkout.coupon_fen) == (None, 0)
    (used,) = db.session.scalars(select(Redemption))
    assert (used.discount_fen, used.cost_fen) == (0, 700)
    assert count(Purchase) == 0
    counter.undo(checkout.public_id)
    assert row_of(gift).status == "active"
    with pytest.raises(e.NothingToSettle):
        counter.settle(bill_fen=0)
    with pytest.raises(e.CouponNoEffect), db.session.begin_nested():
        counter.settle([counter.coupon(**PERCENT)], bill_fen=0)


def test_a_bill_without_coupons_has_the_tiers_discount(counter: Counter) -> None:
    give_discount(1_000)
    checkout = counter.settle()
    assert (checkout.coupon_fen, checkout.tier_fen) == (0, 1_000)
    assert counter.standing() == (90, 90)
    assert count(Redemption) == 0


def test_a_coupon_of_several_uses(counter: Counter) -> None:
    thrice = counter.coupon(uses=3)
    first = counter.settle([thrice])
    counter.settle([thrice])
    assert (row_of(thrice).status, row_of(thrice).used) == ("active", 2)
    counter.undo(first.public_id)
    # The first use is free again, and is the one taken next.
    counter.settle([thrice])
    counter.settle([thrice])
    assert (row_of(thrice).status, row_of(thrice).used) == ("redeemed", 3)
    live = db.session.scalars(
        select(Redemption.use_no).where(Redemption.reversed_at.is_(None)).order_by(Redemption.id)
    ).all()
    assert live == [2, 1, 3]
    with pytest.raises(e.AlreadyRedeemed):
        counter.settle([thrice])


REFUSED: list[tuple[str, dict[str, Any], type[e.LoyaltyError]]] = [
    (
        "no_effect",
        {"terms": [PERCENT | {"percent_bp": 10_000, "value_fen": 99_999}, {"stack_category": "x"}]},
        e.CouponNoEffect,
    ),
    ("category", {"terms": [{}, {}]}, e.CouponsNotCombinable),
    ("exclusive", {"terms": [{"exclusive": True}, GIFT]}, e.CouponsNotCombinable),
    ("too_many", {"terms": [{"stack_category": c} for c in "abcd"]}, e.CouponsNotCombinable),
    ("minimum", {"terms": [{"min_spend_fen": 10_001}]}, e.MinimumSpendNotMet),
    ("goods", {"terms": [{"skus": ["X"]}]}, e.NoEligibleGoods),
    ("points_forbidden", {"terms": [{"with_points": False}], "points": 100}, e.PointsNotAccepted),
    ("too_many_points", {"points": 5_001}, e.PointsNotAccepted),
    ("points_missing", {"points": 3_001}, e.InsufficientPoints),
    ("lines", {"lines": [TEA]}, e.LinesDoNotAddUp),
]


@pytest.mark.parametrize(("asked", "error"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_a_refusal_leaves_everything_as_it_was(
    counter: Counter, now: datetime, asked: dict[str, Any], error: type[e.LoyaltyError]
) -> None:
    asked = dict(asked)
    earn(counter.member.id, 3_000, now=now)
    held = [counter.coupon(**terms) for terms in asked.pop("terms", [])]
    visit = counter.visit()
    with pytest.raises(error) as refused, db.session.begin_nested():
        counter.settle(held, visit=visit, **asked)
    if held and error is not e.PointsNotAccepted:
        assert refused.value.data["coupon_id"] in {str(one.public_id) for one in held}
        assert set(refused.value.data.get("with", ())) <= {str(one.public_id) for one in held}
    assert counter.standing() == (3_000, 0)
    assert (count(Purchase), count(Checkout), count(Redemption), count(StaffCounter)) == (0, 0, 0, 0)
    assert {row_of(one).status for one in held} <= {"active"}
    assert db.session.scalar(select(CounterVisit.used_at)) is None
    counter.settle(visit=visit)


def test_one_coupon_named_twice_or_somebody_elses(counter: Counter) -> None:
    coupon, foreign = counter.coupon(), make_counter().coupon()
    with pytest.raises(e.CouponsNotCombinable) as refused, db.session.begin_nested():
        counter.settle([coupon, coupon])
    assert refused.value.data["reason"] == "same_coupon"
    with pytest.raises(e.NotFound), db.session.begin_nested():
        counter.settle([coupon, foreign])


def test_an_order_number_is_settled_once(counter: Counter) -> None:
    purchases.record(
        counter.member.id,
        store_id=counter.store.id,
        channel=f"store:{counter.store.id}",
        order_no="K-7",
        bill_fen=10_000,
        now=NOON,
    )
    gift = counter.coupon(**GIFT)
    # The same amounts, nothing taken off: still another bill.
    with pytest.raises(e.OrderNumberReused), db.session.begin_nested():
        counter.settle([gift], order_no="K-7")
    assert row_of(gift).status == "active"
    checkout = counter.settle([gift], order_no="K-8")
    with pytest.raises(e.OrderNumberReused), db.session.begin_nested():
        counter.settle(order_no="K-8")
    counter.undo(checkout.public_id)
    counter.settle([gift], order_no="K-8")


def test_points_pay_in_whole_fen_and_only_as_many_as_do(counter: Counter, now: datetime) -> None:
    earn(counter.member.id, 3_000, now=now)
    set_programme(fen_per_100_points=33, points_pay_max_bp=1_000)
    checkout = counter.settle(points=101)
    # 33.33 fen are 33, for which 100 points are enough.
    assert (checkout.points_spent, checkout.points_fen) == (100, 33)
    with pytest.raises(e.PointsNotAccepted) as refused, db.session.begin_nested():
        counter.settle(points=3, bill_fen=10_000)
    assert refused.value.data["reason"] == "too_few"
    set_programme(points_pay_max_bp=0)
    with pytest.raises(e.PointsNotAccepted) as refused, db.session.begin_nested():
        counter.settle(points=100)
    assert refused.value.data["reason"] == "switched_off"


def test_a_clerk_has_limits_and_an_undo_gives_them_back(counter: Counter, now: datetime) -> None:
    set_programme(clerk_redeems_per_day=2, clerk_discount_fen_per_day=2_500)
    thrice = counter.coupon(uses=9)
    first = counter.settle([thrice])
    counter.settle([thrice])
    with pytest.raises(e.StaffLimitReached) as refused, db.session.begin_nested():
        counter.settle([thrice])
    assert refused.value.data == {"limit": "coupons_redeemed", "cap": 2}
    assert row_of(thrice).used == 2
    set_programme(clerk_redeems_per_day=9)
    with pytest.raises(e.StaffLimitReached) as refused, db.session.begin_nested():
        counter.settle([thrice])
    assert refused.value.data == {"limit": "discount_fen", "cap": 2_500}
    # Nothing of a refused bill is counted, and a colleague has a day of their own.
    assert used_today(counter) == {"coupons_redeemed": 2, "discount_fen": 2_000}
    colleague = make_staff(at=[counter.store])
    mine, counter.clerk = counter.clerk, colleague
    counter.settle([thrice])
    counter.clerk = mine
    counter.undo(first.public_id)
    counter.settle([thrice])
    tomorrow = now + timedelta(days=1)
    counter.settle([thrice], now=tomorrow)


def test_a_limit_of_nothing_refuses_the_first(counter: Counter) -> None:
    set_programme(clerk_redeems_per_day=0)
    with pytest.raises(e.StaffLimitReached), db.session.begin_nested():
        counter.settle([counter.coupon()])
    counter.settle()


@pytest.mark.parametrize(
    ("on_refund", "after_part", "after_all"),
    [("keep", "redeemed", "redeemed"), ("return_when_full", "redeemed", "active"), ("return", "active", "active")],
)
def test_a_refund_gives_the_coupon_back_as_its_terms_say(
    counter: Counter, on_refund: str, after_part: str, after_all: str, now: datetime
) -> None:
    coupon = counter.coupon(on_refund=on_refund)
    checkout = counter.settle([coupon])
    assert checkout.purchase_id is not None
    purchases.refund(checkout.purchase_id, amount_fen=4_000, refund_no="a", now=now)
    assert row_of(coupon).status == after_part
    purchases.refund(checkout.purchase_id, amount_fen=4_000, refund_no="a", now=now)
    purchases.refund(checkout.purchase_id, refund_no="b", now=now)
    assert row_of(coupon).status == after_all
    (used,) = db.session.scalars(select(Redemption).execution_options(populate_existing=True))
    assert used.returned_by == ("refund" if after_all == "active" else None)
    assert counter.standing() == (0, 0)
    # The bill can still be undone: a coupon the terms keep comes back then, the other is not given twice.
    counter.undo(checkout.public_id)
    assert (row_of(coupon).status, row_of(coupon).used) == ("active", 0)
    assert_clean()


def test_points_come_back_with_the_last_of_the_money(counter: Counter, now: datetime) -> None:
    earn(counter.member.id, 3_000, now=now, expiry="30D")
    checkout = counter.settle([counter.coupon()], points=2_000)
    assert checkout.purchase_id is not None
    purchases.refund(checkout.purchase_id, amount_fen=3_500, refund_no="a", now=now)
    assert points.spendable(counter.member.id, now=now) == 1_000 + 35
    purchases.refund(checkout.purchase_id, refund_no="b", now=now)
    assert points.spendable(counter.member.id, now=now) == 3_000
    counter.undo(checkout.public_id, now=now + timedelta(minutes=1))
    assert points.spendable(counter.member.id, now=now) == 3_000
    assert_clean()


def test_a_returned_coupon_can_be_used_again_and_the_refunded_bill_does_not_take_it_away(
    counter: Counter, now: datetime
) -> None:
    coupon = counter.coupon()
    first = counter.settle([coupon])
    assert first.purchase_id is not None
    purchases.refund(first.purchase_id, now=now)
    counter.settle([coupon])
    counter.undo(first.public_id)
    assert row_of(coupon).status == "redeemed"


def test_what_expired_meanwhile_comes_back_expired(counter: Counter, now: datetime) -> None:
    coupon = counter.coupon(valid_days=1)
    late = coupon.expires_at - timedelta(minutes=1)
    checkout = counter.settle([coupon], now=late)
    counter.undo(checkout.public_id, now=late + timedelta(minutes=5))
    assert row_of(coupon).status == "expired"
    assert coupons.expire_due(now=late + timedelta(minutes=5), limit=9) == 0
