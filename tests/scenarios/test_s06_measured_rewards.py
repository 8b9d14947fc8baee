"""S6, measured rewards: which are used most, by count and by rate, and what the shop then does.

On Friday 20 November 2026 the shop hands out three rewards: 满50减10 for everybody, a coffee for ¥1 (¥18 off its ¥19), and a
balloon for children. Ten people take the first, four the coffee, five the balloon. Within a week

* of the ten, four use 满50减10: 4 uses, 40 %, costing ¥40;
* of the four, three have their coffee (two the same day, one on the fifth day after): 3 uses, 75 %, costing ¥54;
* nobody wants the balloon.

By count 满50减10 leads, by rate the coffee does, and the balloon is in neither list. The marketer reads from the coffee's curve
that half of its coupons are used on the day they are taken, pauses the balloon and prints more coffee.
"""

from typing import Any

import pytest

from tests.scenarios.coupon_stories import prints, takes, uses, with_marketer
from tests.scenarios.shop import Customer, Shop

WEEK = "first_on=2026-11-20&until_on=2026-11-27"


@pytest.fixture
def batches(shop: Shop) -> dict[str, str]:
    """The week as told above; name → batch."""
    with_marketer(shop)
    money = {"kind": "amount_off", "value_fen": 1_000, "min_spend_fen": 5_000, "valid_days": 30}
    coffee = {"kind": "amount_off", "value_fen": 1_800, "min_spend_fen": 1_900, "valid_days": 30}
    balloon = {"kind": "amount_off", "value_fen": 100, "min_spend_fen": 100, "valid_days": 30}
    terms: dict[str, dict[str, Any]] = {"满50减10": money, "一元咖啡": coffee, "气球": balloon}
    printed = {
        name: prints(shop, name, terms=said, stock=20, budget_fen=20 * said["value_fen"])
        for name, said in terms.items()
    }
    taken = {}
    for name, people in (("满50减10", 10), ("一元咖啡", 4), ("气球", 5)):
        customers = [shop.customer(f"{name} {number}") for number in range(people)]
        taken[name] = [(customer, takes(customer, printed[name])) for customer in customers]
    for customer, coupon_id in taken["满50减10"][:4]:
        uses(shop, customer, coupon_id, bill_fen=8_000)
    for customer, coupon_id in taken["一元咖啡"][:2]:
        uses(shop, customer, coupon_id, bill_fen=1_900)
    shop.at("2026-11-25 15:00")
    uses(shop, *taken["一元咖啡"][2], bill_fen=1_900)
    return printed


def test_the_marketer_reads_what_is_used_and_adjusts(shop: Shop, batches: dict[str, str]) -> None:
    def top(by: str) -> list[tuple[str, int, int, int]]:
        """(name, uses, rate in basis points, cost) from the top."""
        told = shop.console(f"/reports/top-rewards?{WEEK}&by={by}&min_issued=4", by="marketer")
        return [
            (one["name"], one["figures"]["redemptions"], one["figures"]["used_bp"], one["figures"]["cost_fen"])
            for one in told["rewards"]
        ]

    assert top("count") == [("满50减10", 4, 4_000, 4_000), ("一元咖啡", 3, 7_500, 5_400)]
    assert top("rate") == [("一元咖啡", 3, 7_500, 5_400), ("满50减10", 4, 4_000, 4_000)]

    report = shop.console(f"/reports/coupon-batches/{batches['一元咖啡']}?{WEEK}", by="marketer")
    assert [(day["day"], day["coupons"], day["so_far_bp"]) for day in report["curve"]] == [(0, 2, 5_000), (5, 1, 7_500)]
    unused = shop.console(f"/reports/coupon-batches/{batches['气球']}?{WEEK}", by="marketer")
    assert (unused["batch"]["figures"]["issued"], unused["batch"]["figures"]["used_bp"], unused["curve"]) == (5, 0, [])

    stop, more = {"status": "paused"}, {"stock": 40, "budget_fen": 40 * 1_800}
    shop.console(f"/coupon-batches/{batches['气球']}", stop, by="marketer", method="PATCH")
    shop.console(f"/coupon-batches/{batches['一元咖啡']}", more, by="marketer", method="PATCH")
    late = shop.customer("晚到")
    assert late.tries(f"/coupon-batches/{batches['气球']}/claims").get_json()["error"]["code"] == "batch_not_open"
    assert takes(late, batches["一元咖啡"])


def test_next_week_is_measured_by_itself(shop: Shop, batches: dict[str, str]) -> None:
    """Eight days later somebody new takes one and uses it at once: one of one."""
    shop.at("2026-11-28 12:00")
    uses(shop, *_another(shop, batches["满50减10"]), bill_fen=6_000)
    week = "first_on=2026-11-27&until_on=2026-12-04"
    told = shop.console(f"/reports/top-rewards?{week}&by=rate&min_issued=1", by="marketer")["rewards"]
    assert [(one["name"], one["figures"]["issued"], one["figures"]["used_bp"]) for one in told] == [
        ("满50减10", 1, 10_000)
    ]
    whole = shop.console("/reports/coupons?first_on=2026-11-20&until_on=2026-12-04", by="marketer")["figures"]
    assert (whole["issued"], whole["redemptions"], whole["cost_fen"]) == (20, 8, 5_000 + 5_400)


def _another(shop: Shop, batch_id: str) -> tuple[Customer, str]:
    customer = shop.customer("新来的")
    return customer, takes(customer, batch_id)
