"""S2, a welcome offer: ten yuan off the first bill for who is new, points for who comes back.

The shop gives 20 points for joining, prints 100 welcome coupons of ¥10 off ¥50, one for each member, and writes three rules:
50 points with the first purchase, 100 with the second, 30 with every fifth. One point per yuan as always.

小雨 joins: 20 points and one coupon to take. Her first bill is ¥88: the coupon makes it ¥78, so 78 points and the 50 of a
first purchase: 148. She comes back and pays ¥45.90: 45 points (90 fen are no yuan) and the 100 of who returns: 293. Third and
fourth bills of ¥10 earn 10 each, the fifth 10 and 30: 353.

王强 wants the first purchase for ever: he buys for ¥60 (60 + 50), has it refunded (all 110 go back) and buys again: 60 + 50
again, but never twice at once. A second coupon he cannot take.

From December on the welcome coupon comes by itself to who joins with the mini-program: 老陈 has it within seconds of joining
and nothing to tap, once, however often the night's work runs. 小雨, a member before, gets none. The marketer switches it off
in the afternoon: 阿芳, who joins after that, gets none either.
"""

from jobs.give_owed_coupons import give_owed_coupons
from tests.factories.coupons import make_batch, make_template
from tests.factories.earning import make_rule
from tests.scenarios.shop import Customer, Shop


def welcome(shop: Shop) -> str:
    """The offer in force; returns the coupons' batch."""
    now = shop.clock.now
    make_rule("joining", event="joined", kind="fixed", amount=20, now=now)
    make_rule("first_purchase", kind="fixed", amount=50, nth_purchase=1, now=now)
    make_rule("coming_back", kind="fixed", amount=100, nth_purchase=2, now=now)
    make_rule("every_fifth", kind="fixed", amount=30, every_nth=5, now=now)
    terms = make_template(name="新人礼 满50减10", value_fen=1_000, min_spend_fen=5_000, now=now)
    return str(make_batch(terms, stock=100, per_member_limit=1, now=now).public_id)


def take(customer: Customer, batch_id: str) -> tuple[int, str]:
    """Take a coupon of the batch: the status, and the coupon's id or the refusal's code."""
    told = customer.tries(f"/coupon-batches/{batch_id}/claims")
    answer = told.get_json()
    return told.status_code, answer["id"] if told.status_code < 300 else answer["error"]["code"]


def test_new_members_save_and_returning_members_earn(shop: Shop) -> None:
    batch_id = welcome(shop)
    xiaoyu = shop.customer()
    assert xiaoyu.points == 20
    _, coupon_id = take(xiaoyu, batch_id)
    visit = shop.scans(xiaoyu)
    assert [coupon["name"] for coupon in visit["coupons"]] == ["新人礼 满50减10"]
    paid = shop.counter(
        "/redemptions", {"visit_id": visit["visit_id"], "coupon_id": coupon_id, "bill_fen": 8_800, "order_no": None}
    )
    assert (paid["payable_fen"], xiaoyu.points) == (7_800, 20 + 78 + 50)
    assert shop.sells(xiaoyu, bill_fen=4_590)["points_earned"] == 45 + 100
    assert [shop.sells(xiaoyu, bill_fen=1_000)["points_earned"] for _ in range(3)] == [10, 10, 10 + 30]
    assert xiaoyu.points == 353


def test_the_first_purchase_pays_one_bill_at_a_time(shop: Shop) -> None:
    batch_id = welcome(shop)
    wang = shop.customer("王强")
    assert take(wang, batch_id)[0] == 201
    assert take(wang, batch_id) == (422, "claim_limit_reached")
    for number in range(3):
        bought = shop.sells(wang, bill_fen=6_000, order_no=f"W-{number}")
        assert (bought["points_earned"], wang.points) == (60 + 50, 20 + 110)
        shop.refunds(bought["id"], amount_fen=6_000, refund_no=f"R-{number}")
        assert wang.points == 20
    # Two bills at once: only the first of them is a first purchase.
    assert [shop.sells(wang, bill_fen=6_000)["points_earned"] for _ in range(2)] == [60 + 50, 60 + 100]


def test_the_welcome_comes_by_itself(shop: Shop) -> None:
    xiaoyu = shop.customer()
    shop.at("2026-12-01 09:00")
    terms = make_template(name="新人礼 满50减10", value_fen=1_000, min_spend_fen=5_000, now=shop.clock.now)
    batch = make_batch(terms, how="issue", stock=100, now=shop.clock.now)
    welcome = {
        "name": "新人自动礼",
        "event": "joined",
        "batch_id": str(batch.public_id),
        "conditions": {"channels": ["mini"]},
    }
    automation = shop.console("/coupon-automations", welcome)
    shop.at("2026-12-01 10:00")
    chen = shop.customer("老陈")
    for _ in range(3):
        give_owed_coupons(now=shop.clock.now)
    assert [coupon["name"] for coupon in chen.reads("/coupons")["data"]] == ["新人礼 满50减10"]
    assert xiaoyu.reads("/coupons")["data"] == []
    shop.at("2026-12-01 15:00")
    shop.console(f"/coupon-automations/{automation['id']}", {"is_active": False}, method="PATCH")
    fang = shop.customer("阿芳")
    give_owed_coupons(now=shop.clock.now)
    assert fang.reads("/coupons")["data"] == []
    told = shop.console("/coupon-automations")["data"][0]
    assert (told["is_active"], told["coupons"]) == (
        False,
        {"due": 0, "given": 1, "unavailable": 0, "withdrawn": 0},
    )
