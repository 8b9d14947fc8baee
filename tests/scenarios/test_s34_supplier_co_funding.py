"""S34, supplier co-funding: the tea factory pays a third of the coupons for its tea, and both sides agree on every fen.

茶厂 agrees on 20 November 2026 to pay 33.33 % of what 满50减10 costs; 会员部 (a department) pays all of a welcome coupon of
¥9.99. Of ¥10.00 the factory's part is ¥3.333, so it pays ¥3.33 and the shop ¥6.67: a part of a fen is the shop's.

In November four customers use the tea coupon. One is a slip of the clerk's, undone within the minute: it never was. The last of
the four pays at ten to midnight on 30 November, and counts for November; a fifth at ten past, for December. So November comes
to 3 × ¥10 = ¥30: ¥9.99 for the factory, ¥20.01 for the shop. It is closed on 1 December at nine.

On 5 December the first customer brings her tea back. November stays as it was agreed. December says: one used (¥10), one
returned (−¥10), together nothing: the factory pays ¥0.00, and over both months ¥9.99 for the three uses that stand.

The department is told its own account, without the factory's.
"""

import pytest

from tests.scenarios.coupon_stories import prints, table, takes, takes_back, uses, with_marketer
from tests.scenarios.shop import Customer, Shop

NOVEMBER = {"first_on": "2026-11-01", "until_on": "2026-12-01"}
DECEMBER = {"first_on": "2026-12-01", "until_on": "2027-01-01"}


@pytest.fixture
def agreed(shop: Shop) -> dict[str, str]:
    """The two payers and a batch of each."""
    with_marketer(shop)
    factory = shop.console("/payers", {"code": "TEA", "name": "茶厂", "kind": "supplier"}, by="marketer")["id"]
    department = shop.console("/payers", {"code": "CLUB", "name": "会员部", "kind": "department"}, by="marketer")["id"]
    tea = {"kind": "amount_off", "value_fen": 1_000, "min_spend_fen": 5_000, "valid_days": 60}
    welcome = {"kind": "amount_off", "value_fen": 999, "min_spend_fen": 999, "valid_days": 60}
    shares = {"tea": (factory, 3_333, tea), "welcome": (department, 10_000, welcome)}
    batches = {
        name: prints(shop, name, terms=terms, stock=50, budget_fen=50_000, payer_id=payer_id, payer_share_bp=share_bp)
        for name, (payer_id, share_bp, terms) in shares.items()
    }
    return batches | {"factory": factory, "department": department}


def close(shop: Shop, payer_id: str, period: dict[str, str]) -> dict[str, object]:
    """Close it; the sums."""
    settled: dict[str, dict[str, object]] = shop.console(f"/payers/{payer_id}/settlements", period, by="auditor")
    return settled["totals"]


def test_both_sides_agree_on_every_fen(shop: Shop, agreed: dict[str, str]) -> None:
    customers = [shop.customer(name) for name in ("小雨", "王强", "李静", "老陈", "晚归")]
    tea: list[tuple[Customer, str]] = [(customer, takes(customer, agreed["tea"])) for customer in customers]
    first = uses(shop, *tea[0], bill_fen=8_800)
    slip = uses(shop, *tea[1], bill_fen=6_000)
    takes_back(shop, slip, by="clerk")
    uses(shop, customers[0], takes(customers[0], agreed["welcome"]), bill_fen=5_000)
    shop.at("2026-11-27 12:00")
    uses(shop, *tea[2], bill_fen=5_000)
    shop.at("2026-11-30 23:49")
    uses(shop, *tea[3], bill_fen=9_900)
    shop.at("2026-12-01 00:09")
    uses(shop, *tea[4], bill_fen=9_900)

    shop.at("2026-12-01 09:00")
    november = {
        "redeemed": 3,
        "returned": 0,
        "discount_fen": 3_000,
        "cost_fen": 3_000,
        "payer_fen": 999,
        "shop_fen": 2_001,
    }
    assert close(shop, agreed["factory"], NOVEMBER) == november
    assert close(shop, agreed["department"], NOVEMBER) == {
        **dict.fromkeys(("discount_fen", "cost_fen", "payer_fen"), 999),
        "redeemed": 1,
        "returned": 0,
        "shop_fen": 0,
    }

    shop.at("2026-12-05 16:00")
    takes_back(shop, first)
    settled = shop.console(f"/payers/{agreed['factory']}/settlements", by="marketer")["data"]
    assert [one["totals"] for one in settled] == [november]
    assert table(shop, f"/settlements/{settled[0]['id']}/lines.csv", by="auditor")[1:] == [
        ["tea 一批", "tea", "核销", "3333", "3", "3000", "3000", "999", "2001"],
        ["合计", "", "", "", "", "3000", "3000", "999", "2001"],
    ]

    shop.at("2027-01-01 09:00")
    december = close(shop, agreed["factory"], DECEMBER)
    assert (december["redeemed"], december["returned"], december["payer_fen"], december["shop_fen"]) == (1, 1, 0, 0)
    both = shop.console(f"/payers/{agreed['factory']}/settlements", by="auditor")["data"]
    assert sum(one["totals"]["payer_fen"] for one in both) == 3 * 333
    written = table(shop, f"/settlements/{both[0]['id']}/lines.csv", by="auditor")
    assert [row[2:] for row in written[1:]] == [
        ["核销", "3333", "1", "1000", "1000", "333", "667"],
        ["退回", "3333", "1", "-1000", "-1000", "-333", "-667"],
        ["", "", "", "0", "0", "0", "0"],
    ]


def test_a_month_is_not_closed_before_it_is_over_nor_out_of_turn(shop: Shop, agreed: dict[str, str]) -> None:
    customer = shop.customer()
    uses(shop, customer, takes(customer, agreed["tea"]), bill_fen=5_000)

    def refusal(period: dict[str, str]) -> tuple[str, str]:
        """The code, and what the auditor is told to do."""
        told = shop.refused(f"/payers/{agreed['factory']}/settlements", period, by="auditor")
        return told["code"], told["message"]

    assert refusal(NOVEMBER)[0] == "period_not_over"
    shop.at("2026-12-01 02:00")
    # The coupon was used on the 20th: a first period that begins later would leave it out.
    late = {"first_on": "2026-11-25", "until_on": "2026-12-01"}
    assert refusal(late) == ("settlement_out_of_turn", "结算期须首尾相接，请从 2026-11-20 开始。")
    assert close(shop, agreed["factory"], NOVEMBER)["payer_fen"] == 333
    shop.at("2027-02-01 09:00")
    january = {"first_on": "2027-01-01", "until_on": "2027-02-01"}
    assert refusal(january) == ("settlement_out_of_turn", "结算期须首尾相接，请从 2026-12-01 开始。")
