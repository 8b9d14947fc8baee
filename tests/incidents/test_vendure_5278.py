"""Vendure #5278: a coupon that took nothing off a bill was used up by it.

Here a coupon without effect refuses to be part of a bill, alone or behind others that left nothing to take, so its use is never
taken; a gift, which takes nothing off by nature, is not meant by that."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy.orm import Session

from app.errors import CouponNoEffect
from app.rules import stacking
from app.rules.coupon_conditions import Bill
from app.rules.coupon_terms import Terms
from app.rules.earning_conditions import Line
from app.rules.stacking import Candidate, Plan, Policy, Refused
from tests.factories.coupons import give_coupon
from tests.factories.members import make_member
from tests.incidents.desk import Desk, used

ALL_TOGETHER = Policy(max_coupons=9, per_category={"order": 9, "goods": 9, "gift": 9})


def bill(fen: int) -> Bill:
    return Bill(
        on=date(2026, 11, 20),
        hour=10,
        store_code="S1",
        channel="store:S1",
        tier_code="gold",
        is_first_purchase=False,
        lines=(Line(line_no=1, amount_fen=fen, quantity=1, sku="tea", category="茶"),),
    )


def coupon(key: int, kind: str, **said: Any) -> Candidate:
    return Candidate(key=key, terms=Terms(kind=kind, **said), expires_at=datetime(2026, 12, 1, tzinfo=UTC))


HALF = coupon(1, "percent_off", percent_bp=5_000, value_fen=1_000)
WHOLE = coupon(2, "amount_off", value_fen=3_000, min_spend_fen=3_000)
CHEAPER = coupon(3, "fixed_price", price_fen=3_000, value_fen=1_000)
GIFT = coupon(4, "gift", value_fen=500, goods="袋")


@pytest.mark.parametrize(
    ("laid", "fen", "burnt"),
    [
        # Half of one fen is none.
        ([HALF], 1, 1),
        # The price it promises is the price there is.
        ([CHEAPER], 3_000, 3),
        # Nothing is left for the second.
        ([WHOLE, coupon(9, "amount_off", value_fen=100, min_spend_fen=100)], 3_000, 9),
    ],
)
def test_a_coupon_without_effect_is_not_burnt(laid: list[Candidate], fen: int, burnt: int) -> None:
    outcome = stacking.attempt(laid, bill(fen), ALL_TOGETHER)
    assert isinstance(outcome, Refused)
    assert (outcome.key, outcome.error.code) == (burnt, "coupon_no_effect")


def test_what_is_proposed_burns_nothing_either() -> None:
    plan = stacking.best([HALF, WHOLE, CHEAPER, GIFT], bill(3_000), ALL_TOGETHER)
    assert all(one.discount_fen > 0 for one in plan.applied)


def test_at_the_counter_it_is_still_there_for_the_next_bill(db_session: Session) -> None:
    desk, member = Desk.make(), make_member()
    half = give_coupon(member, kind="percent_off", percent_bp=5_000, min_spend_fen=None)
    with pytest.raises(CouponNoEffect), db_session.begin_nested():
        desk.redeem(member, half, bill_fen=1)
    assert used(half) == ("active", 0)
    desk.redeem(member, half, bill_fen=100)
    assert used(half) == ("redeemed", 1)


def test_a_gift_is_handed_over_without_taking_anything_off() -> None:
    plan = stacking.attempt([GIFT], bill(3_000), ALL_TOGETHER)
    assert isinstance(plan, Plan)
    assert [(one.discount_fen, one.cost_fen) for one in plan.applied] == [(0, 500)]
