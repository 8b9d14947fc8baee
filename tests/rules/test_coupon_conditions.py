"""Why a coupon refuses a bill, or to be used at all: one row, one reason."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from app import errors as e
from app.rules.coupon_conditions import CONDITIONS, Bill, Condition, covers, state_refusal, why_not
from app.rules.coupon_terms import Terms
from app.rules.earning_conditions import Line

NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
# A Friday, ten in the morning.
FRIDAY = date(2026, 11, 20)
LATTE = Line(line_no=1, amount_fen=3_000, sku="latte", category="咖啡")
WINE = Line(line_no=2, amount_fen=9_000, sku="wine", category="酒")
BARE = Line(line_no=1, amount_fen=8_000)


def bill(**facts: Any) -> Bill:
    known: dict[str, Any] = {
        "on": FRIDAY,
        "hour": 10,
        "store_code": "S1",
        "channel": "store:S1",
        "tier_code": "gold",
        "is_first_purchase": False,
        "lines": (LATTE, WINE),
    }
    return Bill(**(known | facts))


REFUSALS: list[tuple[dict[str, Any], dict[str, Any], tuple[type[e.LoyaltyError], dict[str, Any]] | None]] = [
    ({}, {}, None),
    ({"stores": ("S1", "S2")}, {}, None),
    ({"stores": ("S2",)}, {}, (e.WrongStore, {})),
    ({"stores": ("S2",)}, {"store_code": None}, (e.WrongStore, {})),
    ({"channels": ("store",)}, {}, None),
    ({"channels": ("tmall",)}, {"channel": "tmall"}, None),
    ({"channels": ("tmall",)}, {}, (e.CouponNotForChannel, {"channels": ["tmall"]})),
    ({"channels": ("store",)}, {"channel": "tmall"}, (e.CouponNotForChannel, {"channels": ["store"]})),
    ({"tiers": ("gold",)}, {}, None),
    ({"tiers": ("gold",)}, {"tier_code": "silver"}, (e.CouponNotForTier, {"tiers": ["gold"]})),
    ({"tiers": ("gold",)}, {"tier_code": None}, (e.CouponNotForTier, {"tiers": ["gold"]})),
    ({"first_purchase_only": True}, {"is_first_purchase": True}, None),
    ({"first_purchase_only": True}, {}, (e.FirstPurchaseOnly, {})),
    ({"blackout_dates": ("11-20",)}, {}, (e.CouponNotNow, {"reason": "blackout"})),
    ({"blackout_dates": ("2026-11-20",)}, {}, (e.CouponNotNow, {"reason": "blackout"})),
    ({"blackout_dates": ("2025-11-20", "11-21")}, {}, None),
    ({"weekdays": (5,)}, {}, None),
    ({"weekdays": (1, 6)}, {}, (e.CouponNotNow, {"reason": "weekday"})),
    ({"from_hour": 9, "until_hour": 10}, {}, (e.CouponNotNow, {"reason": "hour"})),
    ({"from_hour": 10, "until_hour": 11}, {}, None),
    ({"from_hour": 22, "until_hour": 2}, {"hour": 1}, None),
    ({"from_hour": 22, "until_hour": 2}, {"hour": 2}, (e.CouponNotNow, {"reason": "hour"})),
    ({"skus": ("latte",)}, {}, None),
    ({"skus": ("tea",)}, {}, (e.NoEligibleGoods, {})),
    ({"categories": ("茶",)}, {}, (e.NoEligibleGoods, {})),
    ({"not_categories": ("咖啡", "酒")}, {}, (e.NoEligibleGoods, {})),
    # A bill told without lines says of no goods that they are on it.
    ({"skus": ("latte",)}, {"lines": (BARE,)}, (e.NoEligibleGoods, {})),
    ({"not_skus": ("latte",)}, {"lines": (BARE,)}, None),
    ({"min_spend_fen": 12_000}, {}, None),
    ({"min_spend_fen": 12_001}, {}, (e.MinimumSpendNotMet, {"min_spend_fen": 12_001, "bill_fen": 12_000})),
    # What counts for the minimum is what the coupon covers.
    (
        {"min_spend_fen": 3_001, "not_categories": ("酒",)},
        {},
        (e.MinimumSpendNotMet, {"min_spend_fen": 3_001, "bill_fen": 3_000}),
    ),
    ({"min_spend_fen": 3_000, "not_categories": ("酒",)}, {}, None),
    # What nobody at the counter can mend comes before what another basket would.
    ({"stores": ("S2",), "weekdays": (1,), "min_spend_fen": 99_999}, {}, (e.WrongStore, {})),
    ({"weekdays": (1,), "min_spend_fen": 99_999}, {}, (e.CouponNotNow, {"reason": "weekday"})),
]


@pytest.mark.parametrize(("said", "facts", "expected"), REFUSALS)
def test_why_a_bill_is_refused(
    said: dict[str, Any], facts: dict[str, Any], expected: tuple[type[e.LoyaltyError], dict[str, Any]] | None
) -> None:
    found = why_not(Terms(kind="percent_off", value_fen=1_000, percent_bp=1_000, **said), bill(**facts))
    assert (None if found is None else (type(found), found.data)) == expected


@pytest.mark.parametrize("condition", CONDITIONS)
def test_each_condition_refuses_something(condition: Condition) -> None:
    asked = [(Terms(kind="gift", value_fen=1, **said), bill(**facts)) for said, facts, _ in REFUSALS]
    assert any(condition(terms, told) for terms, told in asked)
    assert not all(condition(terms, told) for terms, told in asked)


@pytest.mark.parametrize(
    ("said", "covered"),
    [
        ({}, [1, 2]),
        ({"skus": ("latte", "tea")}, [1]),
        ({"categories": ("酒",)}, [2]),
        # Both must hold.
        ({"skus": ("latte",), "categories": ("酒",)}, []),
        ({"not_skus": ("wine",)}, [1]),
        ({"categories": ("咖啡", "酒"), "not_skus": ("latte",)}, [2]),
    ],
)
def test_the_lines_a_coupon_covers(said: dict[str, Any], covered: list[int]) -> None:
    terms = Terms(kind="gift", value_fen=1, **said)
    assert [line.line_no for line in bill().lines if covers(terms, line)] == covered


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({}, None),
        ({"now": NOW + timedelta(days=30) - timedelta(microseconds=1)}, None),
        ({"now": NOW + timedelta(days=30)}, e.CouponExpired),
        ({"status": "expired"}, e.CouponExpired),
        ({"status": "revoked"}, e.CouponNotUsable),
        ({"status": "revoked", "now": NOW + timedelta(days=30)}, e.CouponNotUsable),
        ({"now": NOW - timedelta(microseconds=1)}, e.CouponNotStarted),
        ({"held_elsewhere": True}, e.CouponHeld),
        # Waiting mends a hold, nothing mends the others.
        ({"held_elsewhere": True, "now": NOW + timedelta(days=30)}, e.CouponExpired),
        ({"held_elsewhere": True, "now": NOW - timedelta(days=1)}, e.CouponNotStarted),
    ],
)
def test_why_a_coupon_cannot_be_used_at_all(changes: dict[str, Any], error: type[e.LoyaltyError] | None) -> None:
    asked: dict[str, Any] = {
        "status": "active",
        "usable_from": NOW,
        "expires_at": NOW + timedelta(days=30),
        "held_elsewhere": False,
        "now": NOW,
    }
    assert type(state_refusal(**(asked | changes))) is (type(None) if error is None else error)
