"""The grammar of coupons: what is accepted comes back the same, what is not is named place by place."""

from datetime import date
from typing import Any

import pytest

from app.errors import CouponTermsInvalid
from app.rules.coupon_terms import Terms, parse, read

FULL: dict[str, Any] = {
    "kind": "exchange",
    "value_fen": 3_000,
    "quantity": 2,
    "goods": "两杯拿铁",
    "goods_en": "two lattes",
    "uses": 3,
    "min_spend_fen": 5_000,
    "stores": ["HZ001"],
    "channels": ["store", "tmall"],
    "skus": ["latte"],
    "not_skus": ["latte-xl"],
    "categories": ["咖啡"],
    "not_categories": ["酒"],
    "tiers": ["gold"],
    "weekdays": [2, 3],
    "from_hour": 22,
    "until_hour": 2,
    "blackout_dates": ["02-29", "2026-12-25"],
    "first_purchase_only": True,
    "valid_days": 30,
    "start_delay_days": 1,
    "stack_category": "coffee",
    "exclusive": True,
    "exclusive_group": "winter",
    "rank": 10,
    "with_tier_discount": False,
    "with_points": False,
    "on_refund": "keep",
    "life_limit": 5,
    "transferable": True,
}
LASTS = {"valid_days": 30}
AMOUNT = {"kind": "amount_off", "value_fen": 1_000, "min_spend_fen": 5_000, **LASTS}
PERCENT = {"kind": "percent_off", "value_fen": 5_000, "percent_bp": 2_000, **LASTS}
FIXED = {"kind": "fixed_price", "value_fen": 5_000, "price_fen": 990, **LASTS}
GIFT = {"kind": "gift", "value_fen": 500, "goods": "帆布袋", **LASTS}


def test_everything_sayable_is_kept_and_read_back() -> None:
    terms = parse(FULL)
    assert terms.as_json() == {"v": 1, **FULL}
    assert read(terms.as_json()) == terms == parse(terms.as_json())


def test_what_is_not_said_is_not_stored() -> None:
    terms = parse({**AMOUNT, "stores": None, "exclusive": False, "rank": 0, "with_points": True})
    assert terms == Terms(kind="amount_off", value_fen=1_000, min_spend_fen=5_000, valid_days=30)
    assert terms.as_json() == {"v": 1, **AMOUNT}


def test_a_list_has_one_order_and_no_twins() -> None:
    assert parse({**AMOUNT, "stores": ["B", "A", "B"]}).stores == ("A", "B")


@pytest.mark.parametrize(
    "terms", [AMOUNT, PERCENT, FIXED, GIFT, {**FIXED, "price_fen": 0}, {**GIFT, "kind": "experience"}]
)
def test_each_kind_in_its_shortest_form(terms: dict[str, Any]) -> None:
    assert parse(terms).as_json() == {"v": 1, **terms}


@pytest.mark.parametrize(
    ("terms", "category", "most_fen"),
    [
        (AMOUNT, "order", 1_000),
        ({**PERCENT, "uses": 3}, "order", 15_000),
        (FIXED, "goods", 5_000),
        ({**GIFT, "kind": "exchange"}, "goods", 500),
        (GIFT, "gift", 500),
        ({**GIFT, "kind": "experience"}, "gift", 500),
        ({**AMOUNT, "stack_category": "partner"}, "partner", 1_000),
    ],
)
def test_how_it_stacks_and_what_it_may_cost(terms: dict[str, Any], category: str, most_fen: int) -> None:
    assert (parse(terms).stacks_as, parse(terms).most_fen) == (category, most_fen)


@pytest.mark.parametrize(
    ("validity", "first", "last"),
    [
        ({"valid_days": 1}, date(2026, 11, 20), date(2026, 11, 21)),
        ({"valid_days": 30, "start_delay_days": 2}, date(2026, 11, 22), date(2026, 12, 22)),
        ({"valid_until": "2026-12-31"}, date(2026, 11, 20), date(2026, 12, 31)),
        ({"valid_from": "2026-12-01", "valid_until": "2026-12-31"}, date(2026, 12, 1), date(2026, 12, 31)),
        ({"valid_from": "2026-11-01", "valid_until": "2026-12-31"}, date(2026, 11, 20), date(2026, 12, 31)),
    ],
)
def test_the_days_of_a_copy(validity: dict[str, Any], first: date, last: date) -> None:
    terms = parse({**AMOUNT, "valid_days": None, **validity})
    assert terms.usable_days(issued_on=date(2026, 11, 20)) == (first, last)


def without(terms: dict[str, Any], *keys: str) -> dict[str, Any]:
    return {key: value for key, value in terms.items() if key not in keys}


@pytest.mark.parametrize(
    ("terms", "faults"),
    [
        ({}, {"kind": "required", "value_fen": "required", "valid_days": "required"}),
        ({**AMOUNT, "kind": "cash"}, {"kind": "unknown_kind"}),
        ({**AMOUNT, "kind": ["gift"]}, {"kind": "unknown_kind"}),
        ({**AMOUNT, "v": 2}, {"v": "unknown_grammar"}),
        ({**AMOUNT, "v": True}, {"v": "unknown_grammar"}),
        ({**AMOUNT, "colour": "red"}, {"colour": "unknown_field"}),
        # What a kind needs, and what it cannot have.
        (without(AMOUNT, "value_fen"), {"value_fen": "required"}),
        (without(AMOUNT, "min_spend_fen"), {"min_spend_fen": "required"}),
        (without(PERCENT, "percent_bp"), {"percent_bp": "required"}),
        (without(FIXED, "price_fen"), {"price_fen": "required"}),
        (without(GIFT, "goods"), {"goods": "required"}),
        ({**without(GIFT, "goods"), "kind": "exchange"}, {"goods": "required"}),
        ({**AMOUNT, "percent_bp": 1}, {"percent_bp": "not_for_this_kind"}),
        ({**PERCENT, "price_fen": 1}, {"price_fen": "not_for_this_kind"}),
        ({**GIFT, "quantity": 2}, {"quantity": "not_for_this_kind"}),
        ({**FIXED, "goods": "茶", "goods_en": "tea"}, dict.fromkeys(["goods", "goods_en"], "not_for_this_kind")),
        # It never pays out.
        ({**AMOUNT, "min_spend_fen": 999}, {"min_spend_fen": "below_value"}),
        # Values by themselves.
        ({**AMOUNT, "value_fen": 0}, {"value_fen": "out_of_range"}),
        ({**AMOUNT, "value_fen": True}, {"value_fen": "not_a_whole_number"}),
        ({**AMOUNT, "value_fen": 10.0}, {"value_fen": "not_a_whole_number"}),
        ({**AMOUNT, "value_fen": 10**30}, {"value_fen": "out_of_range"}),
        ({**PERCENT, "percent_bp": 10_001}, {"percent_bp": "out_of_range"}),
        ({**FIXED, "price_fen": -1}, {"price_fen": "out_of_range"}),
        ({**AMOUNT, "uses": 101}, {"uses": "out_of_range"}),
        ({**AMOUNT, "rank": -1}, {"rank": "out_of_range"}),
        ({**AMOUNT, "life_limit": 0}, {"life_limit": "out_of_range"}),
        ({**GIFT, "goods": " 茶"}, {"goods": "not_a_text"}),
        ({**GIFT, "goods": ""}, {"goods": "not_a_text"}),
        ({**AMOUNT, "exclusive": 1}, {"exclusive": "not_yes_or_no"}),
        ({**AMOUNT, "exclusive_group": "Winter Sale"}, {"exclusive_group": "not_a_name"}),
        ({**AMOUNT, "stack_category": ""}, {"stack_category": "not_a_name"}),
        ({**AMOUNT, "on_refund": "maybe"}, {"on_refund": "unknown_policy"}),
        ({**AMOUNT, "on_refund": {}}, {"on_refund": "unknown_policy"}),
        ({**AMOUNT, "stores": []}, {"stores": "not_a_list"}),
        ({**AMOUNT, "stores": "HZ001"}, {"stores": "not_a_list"}),
        ({**AMOUNT, "tiers": [1]}, {"tiers": "not_a_text"}),
        ({**AMOUNT, "skus": ["x"] * 201}, {"skus": "not_a_list"}),
        ({**AMOUNT, "weekdays": [1, 8]}, {"weekdays": "out_of_range"}),
        ({**AMOUNT, "blackout_dates": ["02-30"]}, {"blackout_dates": "not_a_date"}),
        ({**AMOUNT, "blackout_dates": ["2027-02-29"]}, {"blackout_dates": "not_a_date"}),
        ({**AMOUNT, "blackout_dates": ["٠٢-١٢"]}, {"blackout_dates": "not_a_date"}),
        ({**AMOUNT, "skus": ["a", "b"], "not_skus": ["b"]}, {"not_skus": "also_included"}),
        ({**AMOUNT, "categories": ["茶"], "not_categories": ["茶"]}, {"not_categories": "also_included"}),
        ({**AMOUNT, "from_hour": 9}, {"until_hour": "required"}),
        ({**AMOUNT, "until_hour": 9}, {"from_hour": "required"}),
        ({**AMOUNT, "from_hour": 9, "until_hour": 9}, {"until_hour": "empty_interval"}),
        # One validity, whole.
        (without(AMOUNT, "valid_days"), {"valid_days": "required"}),
        ({**AMOUNT, "valid_until": "2026-12-31"}, {"valid_until": "only_one"}),
        ({**AMOUNT, "valid_from": "2026-12-31"}, {"valid_from": "only_with_valid_until"}),
        ({**AMOUNT, "valid_days": 3_651}, {"valid_days": "out_of_range"}),
        (
            {**AMOUNT, "valid_days": None, "valid_until": "2026-12-31", "start_delay_days": 1},
            {"start_delay_days": "only_with_valid_days"},
        ),
        ({**AMOUNT, "valid_days": None, "valid_until": "12-31"}, {"valid_until": "not_a_date"}),
        ({**AMOUNT, "valid_days": None, "valid_until": "9999-12-31"}, {"valid_until": "out_of_range"}),
        (
            {**AMOUNT, "valid_days": None, "valid_from": "2027-01-01", "valid_until": "2026-12-31"},
            {"valid_until": "empty_interval"},
        ),
        # Several faults are told at once, also an unreadable one beside one that misses something.
        (
            {**without(PERCENT, "percent_bp"), "value_fen": 0, "from_hour": 24, "until_hour": 3, "when": "now"},
            {
                "percent_bp": "required",
                "value_fen": "out_of_range",
                "from_hour": "out_of_range",
                "when": "unknown_field",
            },
        ),
    ],
)
def test_each_fault_is_named(terms: dict[str, Any], faults: dict[str, str]) -> None:
    with pytest.raises(CouponTermsInvalid) as refused:
        parse(terms)
    assert refused.value.data == {"fields": faults}
