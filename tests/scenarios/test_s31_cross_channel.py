"""S31, across channels: an online order brings a voucher for the store.

Whoever orders coffee beans for ¥80 or more in the web shop gets a pour-over tasting (worth ¥38) at 江边店, for 30 days.

小雨 orders beans for ¥96 and a cup for ¥40: the voucher is in her wallet within seconds, good at 江边店 only, and the clerk
sees it at the scan. The shop reports the order twice, she has one voucher. She sends the cup back, ¥40: the voucher stays. She
buys beans again and sends everything back: that voucher goes. A third time she has used hers before she sends the beans back:
what was tasted was tasted.

Beans bought over the counter bring none, ¥79 of beans neither. 王强 ordered before he was a member; when he joins with the
phone of the order, the bill is his and so is the voucher.
"""

from jobs.claim_purchases import claim_purchases
from jobs.give_owed_coupons import give_owed_coupons
from tests.factories.coupons import make_batch, make_template
from tests.scenarios.shop import Customer, Shop

PHONE, WANG = "13800138000", "13900139000"
BEANS = ("beans", "咖啡豆", 1, 9_600)
CUP = ("cup", "器具", 1, 4_000)


def voucher_for_beans(shop: Shop) -> None:
    terms = make_template(
        name="手冲体验券",
        kind="experience",
        goods="手冲咖啡体验一次",
        value_fen=3_800,
        min_spend_fen=None,  # type: ignore[arg-type]
        stores=[shop.store],
        now=shop.clock.now,
    )
    batch = make_batch(terms, how="issue", per_member_limit=9, now=shop.clock.now)
    shop.console(
        "/coupon-automations",
        {
            "name": "网店买豆送体验",
            "event": "purchase",
            "batch_id": str(batch.public_id),
            "conditions": {"channels": ["webshop"], "categories": ["咖啡豆"], "min_paid_fen": 8_000},
        },
    )
    shop.clock.move(minutes=1)


def wallet(customer: Customer) -> list[str]:
    give_owed_coupons(now=customer.shop.clock.now)
    return [coupon["name"] for coupon in customer.reads("/coupons")["data"]]


def test_an_online_order_brings_a_voucher_for_the_store(shop: Shop) -> None:
    voucher_for_beans(shop)
    xiaoyu = shop.customer(phone=PHONE)
    order = shop.order("W-1", phone=PHONE, lines=[BEANS, CUP])
    for _ in range(2):
        shop.webshop("/purchases", order)
    assert wallet(xiaoyu) == ["手冲体验券"]
    shown = shop.scans(xiaoyu)["coupons"]
    assert [(coupon["name"], coupon["stores"], coupon["kind"]) for coupon in shown] == [
        ("手冲体验券", ["江边店"], "experience")
    ]
    shop.webshop("/refunds", {"order_no": "W-1", "refund_no": "R-1", "amount_fen": 4_000})
    assert wallet(xiaoyu) == ["手冲体验券"]

    shop.webshop("/purchases", shop.order("W-2", phone=PHONE, lines=[BEANS]))
    assert wallet(xiaoyu) == ["手冲体验券"] * 2
    shop.webshop("/refunds", {"order_no": "W-2", "refund_no": "R-1"})
    assert wallet(xiaoyu) == ["手冲体验券"]


def test_what_was_tasted_was_tasted(shop: Shop) -> None:
    voucher_for_beans(shop)
    xiaoyu = shop.customer(phone=PHONE)
    shop.webshop("/purchases", shop.order("W-3", phone=PHONE, lines=[BEANS]))
    wallet(xiaoyu)
    visit = shop.scans(xiaoyu)
    shop.counter(
        "/redemptions",
        {
            "visit_id": visit["visit_id"],
            "coupon_id": visit["coupons"][0]["id"],
            "bill_fen": 5_000,
            "order_no": None,
        },
    )
    shop.webshop("/refunds", {"order_no": "W-3", "refund_no": "R-1"})
    assert xiaoyu.reads("/coupons")["counts"] == {"active": 0, "redeemed": 1, "expired": 0}


def test_only_what_was_asked_for_brings_one(shop: Shop) -> None:
    voucher_for_beans(shop)
    xiaoyu = shop.customer(phone=PHONE)
    shop.sells(xiaoyu, bill_fen=20_000)
    shop.webshop("/purchases", shop.order("W-4", phone=PHONE, lines=[("beans", "咖啡豆", 1, 7_900), CUP]))
    assert wallet(xiaoyu) == []


def test_who_joins_later_gets_it_with_the_bill(shop: Shop) -> None:
    voucher_for_beans(shop)
    shop.webshop("/purchases", shop.order("W-5", phone=WANG, lines=[BEANS]))
    shop.clock.move(hours=2)
    wang = shop.customer("王强", phone=WANG)
    claim_purchases(now=shop.clock.now)
    assert wallet(wang) == ["手冲体验券"]
