"""S24, multipliers for behaviour: triple points in the quiet hours, double for several items, half more for gold.

The shop earns 1 point for every yuan. It adds
* quiet hours: ×3 on bread, Tuesdays from 14:00 to 17:00;
* several at once: ×2 on bread, from three pieces on. Of these two only the better counts;
* gold members: ×1.5 on everything, always, on top of the others.

小雨 is gold. On Tuesday 24 November at 15:10 she pays ¥236.50: two loaves for ¥200 and a mug for ¥36.50.
    every yuan            236.50 → 236 points       parts of a point are dropped, once a rule
    bread ×3: two more    200.00 × 2 → 400 points   the mug is no bread
    gold ×1.5: half more  236.50 × 0.5 = 118.25 → 118 points
                          together 754 points
She gives the mug and a slice back for ¥60.00. Of ¥236.50 are ¥176.50 left, so of each payment that share, rounded down:
    236 → 176, 400 → 298, 118 → 88: 562 points stay, 192 go back. When everything is given back, nothing is left.
"""

from typing import Any

import pytest

from tests.factories.earning import make_rule
from tests.scenarios.shop import Customer, Lines, Shop

PHONE = "13800138000"
TUESDAY = "2026-11-24 15:10"
BASKET: Lines = [("loaf", "面包", 2, 20_000), ("mug", "杯子", 1, 3_650)]
THREE_LOAVES: Lines = [("loaf", "面包", 3, 20_000), ("mug", "杯子", 1, 3_650)]


def open_shop(shop: Shop) -> Customer:
    """The rules in force, and a gold member: 1,000 growth brought over from the paper card."""
    now = shop.clock.now
    tuesdays: dict[str, Any] = {"weekdays": [2], "from_hour": 14, "until_hour": 17}
    bread: dict[str, Any] = {"kind": "multiplier", "group": "bread", "categories": ["面包"]}
    make_rule("quiet_hours", name="周二面包三倍", now=now, factor_bp=30_000, **bread, **tuesdays)
    make_rule("several_loaves", name="三件双倍", now=now, factor_bp=20_000, min_items=3, **bread)
    make_rule("gold", name="金卡 1.5 倍", now=now, kind="multiplier", factor_bp=15_000, tiers=["gold"], group="tier")
    customer = shop.customer(phone=PHONE)
    shop.console(
        "/adjustments",
        {
            "member_id": str(customer.member.public_id),
            "ledger": "growth",
            "amount": 1_000,
            "reason_code": "migration",
            "reason": "旧会员卡转入",
        },
        by="manager",
    )
    assert customer.tier == "gold"
    return customer


def test_a_quiet_tuesday(shop: Shop) -> None:
    customer = open_shop(shop)
    shop.at(TUESDAY)
    bill = shop.order("A-1", phone=PHONE, lines=BASKET)
    asked = {key: bill[key] for key in ("bill_fen", "lines", "buyer")}
    assert shop.webshop("/purchases/dry-run", asked) == {"matched": True, "points": 754, "growth": 236}
    paid = shop.webshop("/purchases", bill)
    assert (paid["points_earned"], paid["growth_earned"]) == (754, 236)
    assert (customer.points, customer.growth) == (754, 1_236)
    # The member reads which rule paid what.
    entries = customer.reads("/points/entries")["data"]
    assert sorted((row["title"], row["delta"], row["order_no"]) for row in entries) == [
        ("周二面包三倍", 400, "A-1"),
        ("消费得积分", 236, "A-1"),
        ("金卡 1.5 倍", 118, "A-1"),
    ]
    # The web shop's network repeats itself: nothing more.
    assert shop.webshop("/purchases", bill)["points_earned"] == 754
    assert customer.points == 754


def test_what_is_given_back_takes_its_share(shop: Shop) -> None:
    customer = open_shop(shop)
    shop.at(TUESDAY)
    shop.webshop("/purchases", shop.order("A-1", phone=PHONE, lines=BASKET))
    shop.at("2026-11-26 11:00")
    part = {"order_no": "A-1", "refund_no": "R-1", "amount_fen": 6_000}
    told = shop.webshop("/refunds", part)
    assert told["purchase"]["points_taken_back"] == 192
    assert (customer.points, customer.growth) == (562, 1_176)
    # Told twice, taken once.
    shop.webshop("/refunds", part)
    assert customer.points == 562
    shop.webshop("/refunds", {"order_no": "A-1", "refund_no": "R-2"})
    assert (customer.points, customer.growth) == (0, 1_000)
    assert customer.tier == "gold"


@pytest.mark.parametrize(
    ("at", "basket", "points"),
    [
        ("2026-11-24 13:59", BASKET, 236 + 118),
        ("2026-11-24 14:00", BASKET, 236 + 400 + 118),
        ("2026-11-24 16:59", BASKET, 236 + 400 + 118),
        ("2026-11-24 17:00", BASKET, 236 + 118),
        ("2026-11-25 15:10", BASKET, 236 + 118),
        # Three pieces on a Wednesday count double, on a quiet Tuesday the triple is better: never both.
        ("2026-11-25 15:10", THREE_LOAVES, 236 + 200 + 118),
        ("2026-11-24 15:10", THREE_LOAVES, 236 + 400 + 118),
        # No bread, no bread's multiplier.
        ("2026-11-24 15:10", [("mug", "杯子", 4, 3_650)], 36 + 18),
    ],
    ids=str,
)
def test_only_then_and_only_that(shop: Shop, at: str, basket: Lines, points: int) -> None:
    customer = open_shop(shop)
    shop.at(at)
    shop.webshop("/purchases", shop.order("A-1", phone=PHONE, lines=basket))
    assert customer.points == points


def test_who_is_not_gold_has_the_quiet_hours_too(shop: Shop) -> None:
    open_shop(shop)
    wang = shop.customer("王强", phone="13900139000")
    shop.at(TUESDAY)
    shop.webshop("/purchases", shop.order("B-1", phone="13900139000", lines=BASKET))
    assert wang.points == 236 + 400
    # An order that is reported late earns by its own hour.
    late = shop.order("B-2", phone="13900139000", lines=BASKET)
    shop.at("2026-11-25 09:00")
    shop.webshop("/purchases", late)
    assert wang.points == 2 * (236 + 400)
