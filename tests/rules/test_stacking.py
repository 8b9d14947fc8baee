"""Coupons side by side, as tables worked out by hand: what each takes, in which order, and who may not stand with whom."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from app import errors as e
from app.rules import stacking
from app.rules.coupon_conditions import Bill
from app.rules.coupon_effect import spread
from app.rules.coupon_terms import Terms
from app.rules.earning_conditions import Line
from app.rules.stacking import Candidate, Policy, Refused

NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
FREE = Policy(max_coupons=9, per_category={"order": 9, "goods": 9, "gift": 9})


def bill(*lines: Line | int) -> Bill:
    told = [Line(line_no=n, amount_fen=one) if isinstance(one, int) else one for n, one in enumerate(lines, start=1)]
    return Bill(
        on=date(2026, 11, 20),
        hour=10,
        store_code="S1",
        channel="store:S1",
        tier_code="gold",
        is_first_purchase=False,
        lines=tuple(told),
    )


def coupon(key: int, kind: str, *, days: int = 30, **said: Any) -> Candidate:
    return Candidate(key=key, terms=Terms(kind=kind, **said), expires_at=NOW + timedelta(days=days))


def off(key: int, fen: int, **said: Any) -> Candidate:
    return coupon(key, "amount_off", value_fen=fen, min_spend_fen=fen, **said)


def percent(key: int, bp: int, cap: int = 1_000_000, **said: Any) -> Candidate:
    return coupon(key, "percent_off", percent_bp=bp, value_fen=cap, **said)


def fixed(key: int, price: int, cap: int = 1_000_000, **said: Any) -> Candidate:
    return coupon(key, "fixed_price", price_fen=price, value_fen=cap, **said)


def exchange(key: int, quantity: int | None = None, cap: int = 1_000_000, **said: Any) -> Candidate:
    return coupon(key, "exchange", quantity=quantity, value_fen=cap, goods="茶", **said)


def gift(key: int, worth: int, **said: Any) -> Candidate:
    return coupon(key, "gift", value_fen=worth, goods="袋", **said)


TEA = Line(line_no=1, amount_fen=3_000, quantity=1, sku="tea", category="茶")
CAKES = Line(line_no=2, amount_fen=4_500, quantity=3, sku="cake", category="点心")


@pytest.mark.parametrize(
    ("coupons", "lines", "after"),
    [
        ([off(1, 1_000)], [10_000], [9_000]),
        # Never below nothing, and the minimum is on the bill as rung up.
        ([off(1, 6_000), off(2, 6_000)], [10_000], [0]),
        # In proportion, the odd fen to the largest remainder, of equals to the first line.
        ([off(1, 100)], [100, 100, 100], [66, 67, 67]),
        ([off(1, 10)], [1, 2, 97], [1, 2, 87]),
        # A share rounds down once over the whole, in the shop's favour, and has its cap.
        ([percent(1, 3_333)], [50, 51], [34, 34]),
        ([percent(1, 2_000, cap=500)], [10_000], [9_500]),
        ([percent(1, 10_000)], [999], [0]),
        # Only what the coupon covers.
        ([off(1, 1_000, skus=("cake",))], [TEA, CAKES], [3_000, 3_500]),
        ([percent(1, 1_000, not_categories=("点心",))], [TEA, CAKES], [2_700, 4_500]),
        # One unit for its price: the dearest one.
        ([fixed(1, 990)], [TEA, CAKES], [990, 4_500]),
        ([fixed(1, 990, skus=("cake",))], [TEA, CAKES], [3_000, 3_990]),
        ([fixed(1, 990, cap=1_000)], [TEA, CAKES], [2_000, 4_500]),
        ([fixed(1, 0)], [TEA, CAKES], [0, 4_500]),
        # Units free: as many as it says, the dearest first, up to what one use may cost.
        ([exchange(1)], [TEA, CAKES], [0, 4_500]),
        ([exchange(1, 2)], [TEA, CAKES], [0, 3_000]),
        ([exchange(1, 9)], [TEA, CAKES], [0, 0]),
        ([exchange(1, 2, cap=3_600)], [TEA, CAKES], [600, 3_300]),
        # Two coupons for goods never share a unit.
        ([exchange(1, skus=("cake",)), exchange(2, skus=("cake",))], [TEA, CAKES], [3_000, 1_500]),
        ([fixed(1, 990), exchange(2)], [TEA, CAKES], [990, 3_000]),
        ([fixed(1, 990, skus=("cake",)), exchange(2, skus=("cake",))], [TEA, CAKES], [3_000, 2_490]),
        # What comes between takes from both, the odd fen from the units nobody had: 10, then 1, then the 49 of a unit.
        ([exchange(1, cap=10), off(2, 1), exchange(3, rank=5)], [Line(line_no=1, amount_fen=100, quantity=2)], [40]),
        # A unit of a line that does not divide: 33, then 33, then 34.
        ([exchange(1)], [Line(line_no=1, amount_fen=100, quantity=3)], [67]),
        ([exchange(1), exchange(2), exchange(3)], [Line(line_no=1, amount_fen=100, quantity=3)], [0]),
        # Goods first, then shares, then amounts, whatever their keys.
        ([off(1, 1_000), percent(2, 1_000), exchange(3, skus=("tea",))], [TEA, CAKES], [0, 3_050]),
        # A rank goes before the kind.
        ([off(2, 1_000), percent(1, 1_000, rank=5)], [10_000], [8_100]),
        # Kind alike, the key decides; the second sees what the first left of each line.
        ([percent(1, 5_000, skus=("tea",)), percent(2, 1_000)], [TEA, CAKES], [1_350, 4_050]),
    ],
)
def test_what_is_left_of_each_line(coupons: list[Candidate], lines: list[Line | int], after: list[int]) -> None:
    rung_up = bill(*lines)
    plan = stacking.apply(coupons, rung_up, FREE)
    assert [line.amount_fen for line in plan.lines_after] == after
    assert plan.payable_fen == sum(after)
    assert plan.total_discount_fen == sum(line.amount_fen for line in rung_up.lines) - sum(after)


def test_lines_keep_what_they_are_and_come_by_number() -> None:
    plan = stacking.apply([off(1, 750)], bill(CAKES, TEA), FREE)
    assert [(line.line_no, line.sku, line.quantity) for line in plan.lines_after] == [(1, "tea", 1), (2, "cake", 3)]


@pytest.mark.parametrize(
    ("coupons", "tier_fen", "payable"),
    [
        ([], 500, 9_500),
        # After goods, before shares and amounts.
        ([exchange(1, cap=2_000)], 400, 7_600),
        ([percent(1, 1_000)], 500, 8_550),
        ([off(1, 1_000)], 500, 8_500),
        ([fixed(1, 8_000, rank=5)], 500, 8_000),
        # Forbidden by one, gone for all.
        ([off(1, 1_000, with_tier_discount=False), gift(2, 500)], 0, 9_000),
        ([off(1, 1_000), gift(2, 500, with_tier_discount=False)], 0, 9_000),
    ],
)
def test_the_tier_discount_takes_its_turn(coupons: list[Candidate], tier_fen: int, payable: int) -> None:
    policy = Policy(max_coupons=9, per_category=FREE.per_category, tier_discount_bp=500)
    plan = stacking.apply(coupons, bill(10_000), policy)
    assert (plan.tier_discount_fen, plan.payable_fen) == (tier_fen, payable)
    assert plan.total_discount_fen == 10_000 - payable


def test_each_part_is_told_in_the_order_it_is_taken() -> None:
    policy = Policy(max_coupons=9, per_category=FREE.per_category, tier_discount_bp=1_000)
    plan = stacking.apply([gift(1, 800), off(2, 1_000), exchange(3, cap=2_000)], bill(10_000), policy)
    told = [(one.key, one.before_fen, one.discount_fen, one.cost_fen, one.after_fen) for one in plan.applied]
    assert told == [(3, 10_000, 2_000, 2_000, 8_000), (2, 7_200, 1_000, 1_000, 6_200), (1, 6_200, 0, 800, 6_200)]


GROUP: dict[str, Any] = {"exclusive_group": "winter"}


@pytest.mark.parametrize(
    ("coupons", "policy", "key", "data"),
    [
        ([off(1, 100, exclusive=True), gift(2, 1)], FREE, 2, {"reason": "exclusive", "with": [1]}),
        ([off(1, 100), gift(2, 1, exclusive=True)], FREE, 2, {"reason": "exclusive", "with": [1]}),
        ([off(1, 100, **GROUP), off(2, 100, **GROUP)], FREE, 2, {"reason": "exclusive_group", "with": [1]}),
        ([off(1, 100), off(2, 100)], Policy(), 2, {"reason": "category", "with": [1]}),
        ([fixed(1, 1), exchange(2), exchange(3)], Policy(), 3, {"reason": "category", "with": [1, 2]}),
        # A category nobody named bears one.
        (
            [off(1, 100, stack_category="own"), gift(2, 1, stack_category="own")],
            Policy(),
            2,
            {"reason": "category", "with": [1]},
        ),
        ([exchange(1), off(2, 100), gift(3, 1)], Policy(max_coupons=2), 3, {"reason": "too_many", "with": [1, 2]}),
        ([off(1, 100)], Policy(max_coupons=0), 1, {"reason": "too_many", "with": []}),
        ([off(1, 100), off(1, 100)], FREE, 1, {"reason": "same_coupon", "with": [1]}),
    ],
)
def test_who_may_not_stand_with_whom(coupons: list[Candidate], policy: Policy, key: int, data: dict[str, Any]) -> None:
    outcome = stacking.attempt(coupons, bill(TEA, CAKES), policy)
    assert isinstance(outcome, Refused)
    assert (outcome.key, type(outcome.error), outcome.error.data) == (key, e.CouponsNotCombinable, data)
    with pytest.raises(e.CouponsNotCombinable):
        stacking.apply(coupons, bill(TEA, CAKES), policy)


def test_different_groups_and_categories_stand_together() -> None:
    coupons = [off(1, 100, exclusive_group="a"), exchange(2, exclusive_group="b"), gift(3, 1)]
    assert len(stacking.apply(coupons, bill(TEA, CAKES), Policy()).applied) == 3


@pytest.mark.parametrize(
    ("coupons", "lines", "key"),
    [
        # Everything is free already.
        ([percent(1, 10_000), off(2, 500)], [1_000], 2),
        # Less than a fen.
        ([percent(1, 1)], [9_999], 1),
        # Cheaper than the price it promises.
        ([fixed(1, 3_000)], [3_000], 1),
        # Its only unit went to another.
        ([exchange(1, skus=("tea",)), exchange(2, skus=("tea",))], [TEA, CAKES], 2),
    ],
)
def test_a_coupon_without_effect_is_not_used_up(coupons: list[Candidate], lines: list[Line | int], key: int) -> None:
    outcome = stacking.attempt(coupons, bill(*lines), FREE)
    assert isinstance(outcome, Refused)
    assert (outcome.key, type(outcome.error)) == (key, e.CouponNoEffect)


def test_a_condition_is_told_before_anything_else() -> None:
    coupons = [off(1, 100, exclusive=True), off(2, 100, stores=("S2",))]
    with pytest.raises(e.WrongStore):
        stacking.apply(coupons, bill(TEA), Policy())


@pytest.mark.parametrize(
    ("coupons", "policy", "keys"),
    [
        ([], Policy(), []),
        ([off(1, 500), off(2, 1_000)], Policy(), [2]),
        ([off(1, 500), exchange(2, cap=500), gift(3, 900)], Policy(), [2, 1]),
        # One good coupon beats two poor ones that forbid it.
        ([off(1, 500), exchange(2, cap=600), off(3, 2_000, exclusive=True)], Policy(), [3]),
        # The larger is not the better when two others stand together.
        ([off(1, 900, **GROUP), exchange(2, cap=800, **GROUP), percent(3, 600)], FREE, [3, 1]),
        # As much with fewer.
        ([off(1, 500), off(2, 500), off(3, 1_000)], Policy(max_coupons=2, per_category={"order": 2}), [1, 3]),
        ([off(1, 5_000), off(2, 5_000), off(3, 10_000)], FREE, [3]),
        # As much: the one that expires first, then the first one.
        ([off(1, 500, days=9), off(2, 500, days=3)], Policy(), [2]),
        ([off(2, 500), off(1, 500)], Policy(), [1]),
        # The tier's 500 are worth more than 400 without them, not more than 600.
        ([off(1, 400, with_tier_discount=False)], Policy(tier_discount_bp=500), []),
        ([off(1, 600, with_tier_discount=False)], Policy(tier_discount_bp=500), [1]),
        ([off(1, 600, with_tier_discount=False), off(2, 200)], Policy(tier_discount_bp=500), [2]),
        # Without effect beside the other, so only one is used.
        ([fixed(1, 0), exchange(2)], FREE, [1]),
        # Not for this bill.
        ([off(1, 500, tiers=("silver",)), off(2, 300)], Policy(), [2]),
        ([off(1, 500), off(2, 300)], Policy(max_coupons=0), []),
    ],
)
def test_the_best_set(coupons: list[Candidate], policy: Policy, keys: list[int]) -> None:
    assert [one.key for one in stacking.best(coupons, bill(10_000), policy).applied] == keys


def test_a_line_that_does_not_divide_is_worth_all_its_fen() -> None:
    lines = Line(line_no=1, amount_fen=99, sku="a"), Line(line_no=2, amount_fen=100, quantity=3, sku="b")
    coupons = [fixed(1, 0, skus=("a",), **GROUP), exchange(2, 3, skus=("b",), **GROUP)]
    assert [one.key for one in stacking.best(coupons, bill(*lines), FREE).applied] == [2]


def test_each_coupon_is_explained() -> None:
    coupons = [
        off(1, 1_000),
        percent(2, 1_000, tiers=("silver",)),
        off(3, 400, with_tier_discount=False),
        gift(4, 900),
        fixed(5, 20_000),
    ]
    told = stacking.explain(coupons, bill(10_000), Policy(tier_discount_bp=500))
    assert [(one.key, one.applies, one.saves_fen, type(one.refusal)) for one in told] == [
        (1, True, 1_000, type(None)),
        (2, False, 0, e.CouponNotForTier),
        (3, True, -100, type(None)),
        (4, True, 0, type(None)),
        (5, False, 0, e.CouponNoEffect),
    ]


@pytest.mark.parametrize(
    ("fen", "weights", "shares"),
    [
        (10, [1, 1, 1], [4, 3, 3]),
        (10, [5, 3, 2], [5, 3, 2]),
        (1, [0, 5, 5], [0, 1, 0]),
        (9, [1, 9], [1, 8]),
        # Far past what a float holds.
        (10**17, [10**17, 1], [10**17 - 1, 1]),
    ],
)
def test_shares_add_up(fen: int, weights: list[int], shares: list[int]) -> None:
    assert spread(fen, weights) == shares
