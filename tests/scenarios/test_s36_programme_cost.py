"""S36, programme cost control, the coupon side: no blind giveaways, and what the discounts brought.

A batch without money cannot be printed at all. On 20 November 2026 the shop prints 100 copies of 满50减20 with a budget of
¥60: money for three. The fourth customer is told that it is gone, whatever the stock says.

The three use theirs on bills of ¥120, ¥90 and ¥60: ¥270 rung up, ¥60 taken off, ¥210 paid: ¥90 rung up and ¥70 paid on average.
Two more customers of the same store buy without a coupon, for ¥40 and ¥30: ¥35 on average. So whoever had a coupon bought for
¥55 more, and paid twice as much. The ¥60 are the whole budget (100 %), and 22 % of what was rung up.

A bill undone is none: a fourth bill with a coupon given by hand for ¥500 is rung up by mistake and undone; nothing of it stays in
the cost, the averages, or the budget spent, and the counter's report says that one was undone.
"""

from tests.scenarios.coupon_stories import prints, table, takes, takes_back, uses, with_marketer
from tests.scenarios.shop import Shop

PERIOD = "first_on=2026-11-01&until_on=2026-12-01"
TERMS = {"kind": "amount_off", "value_fen": 2_000, "min_spend_fen": 5_000, "valid_days": 30}


def test_nothing_is_given_without_money(shop: Shop) -> None:
    with_marketer(shop)
    template = shop.console("/coupon-templates", {"name": "满50减20", "terms": TERMS}, by="marketer")
    body = {
        "template_id": template["id"],
        "name": "没有预算",
        "how": "claim",
        "stock": 100,
        "per_member_limit": 1,
        "claim_starts_at": "2026-11-20T10:00:00+08:00",
        "claim_ends_at": "2026-12-20T10:00:00+08:00",
    }
    for budget in ({}, {"budget_fen": 0}, {"budget_fen": 1_999}):
        assert shop.refused("/coupon-batches", body | budget, by="marketer")["code"] == "invalid_input"


def test_what_coupons_cost_and_brought(shop: Shop) -> None:
    with_marketer(shop)
    batch_id = prints(shop, "满50减20", terms=TERMS, stock=100, budget_fen=6_000)
    customers = [shop.customer(name) for name in ("小雨", "王强", "李静", "老陈")]
    coupons = [(customer, takes(customer, batch_id)) for customer in customers[:3]]
    refused = customers[3].tries(f"/coupon-batches/{batch_id}/claims").get_json()["error"]
    assert refused["code"] == "budget_exhausted"
    for (customer, coupon_id), bill_fen in zip(coupons, (12_000, 9_000, 6_000), strict=True):
        uses(shop, customer, coupon_id, bill_fen=bill_fen)
    for bill_fen in (4_000, 3_000):
        shop.sells(customers[3], bill_fen=bill_fen)
    by_hand = prints(shop, "致歉", terms=TERMS, stock=1, budget_fen=2_000)
    slip = uses(shop, customers[0], takes(customers[0], by_hand), bill_fen=50_000)
    takes_back(shop, slip, by="clerk")

    report = shop.console(f"/reports/coupon-batches/{batch_id}?{PERIOD}", by="auditor")
    batch, bills = report["batch"], report["bills"]
    assert (batch["figures"]["cost_fen"], batch["figures"]["shop_fen"], batch["spent_bp"]) == (6_000, 6_000, 10_000)
    assert (batch["budget_fen"], batch["committed_fen"], batch["spent_fen"]) == (6_000, 6_000, 6_000)
    with_coupon, without = bills["with_coupon"], bills["without"]
    assert (with_coupon["bills"], with_coupon["bill_fen"], with_coupon["paid_fen"]) == (3, 27_000, 21_000)
    assert (with_coupon["average_bill_fen"], with_coupon["average_paid_fen"]) == (9_000, 7_000)
    assert (without["bills"], without["average_bill_fen"], without["average_paid_fen"]) == (2, 3_500, 3_500)
    assert with_coupon["average_bill_fen"] - without["average_bill_fen"] == 5_500
    assert batch["figures"]["cost_fen"] * 100 // with_coupon["bill_fen"] == 22

    whole = shop.console(f"/reports/coupons?{PERIOD}", by="manager")
    assert (whole["figures"]["issued"], whole["figures"]["redemptions"], whole["figures"]["cost_fen"]) == (4, 3, 6_000)
    assert whole["bills"] == bills
    rows = table(shop, f"/reports/coupon-batches.csv?{PERIOD}", by="auditor")
    spent = {row[1]: row[-1] for row in rows}
    assert (spent["满50减20"], spent["致歉"]) == ("10000", "0")
    stores = shop.console(f"/reports/coupon-stores?{PERIOD}", by="manager")["data"]
    assert [(one["name"], one["redemptions"], one["undone"], one["cost_fen"]) for one in stores] == [
        ("江边店", 3, 1, 6_000)
    ]
