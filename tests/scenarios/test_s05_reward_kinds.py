"""S5, several kinds of reward, easily redeemed: points, coupons, gifts, privileges, and seconds at the counter.

The shop's exchange shop has two things: ¥20 off ¥50 for 200 points, two a member; and a cup for 150. Silver members have 5 %
off and a gift on the day they become silver. Clerks may give ¥5 off ¥30 for a long wait, two a day each.

小雨 pays ¥400: 400 points, silver, the silver gift. She takes ¥20 off for 200 points, 200 are left. The cup she is shown for
150 but her old screen says 100: nothing happens. She takes the coupon again, 0 are left, and for the cup she lacks 150.
The second coupon was a slip of the thumb: the manager returns it, 200 points are back, lasting as long as they would have.
Returning twice changes nothing, and the first coupon, once used, cannot be returned.

At the counter: one scan shows what she has; the clerk gives her ¥5 off for waiting on the same scan, and uses the ¥20 coupon on
her ¥60 bill in the next tap. A third coupon for waiting is not in the clerk's power today.
"""

from typing import Any

from app.actor import Actor
from app.extensions import db
from app.models import Programme
from app.services import tier_benefits, tiers
from jobs.give_tier_gifts import give_tier_gifts
from tests.factories import staff
from tests.factories.coupons import make_batch, make_template
from tests.scenarios.shop import CONSOLE, STORE, Customer, Shop, fresh_key


def open_exchange(shop: Shop) -> dict[str, str]:
    """Both things of the exchange shop; their batches."""
    now = shop.clock.now
    off = make_template(name="满50减20", value_fen=2_000, min_spend_fen=5_000, now=now)
    cup = make_template(
        name="随行杯",
        kind="gift",
        goods="随行杯一个",
        value_fen=3_500,
        min_spend_fen=None,  # type: ignore[arg-type]
        now=now,
    )
    return {
        "off": str(make_batch(off, how="exchange", points_price=200, per_member_limit=2, now=now).public_id),
        "cup": str(make_batch(cup, how="exchange", points_price=150, now=now).public_id),
    }


def silver_has(shop: Shop) -> None:
    """The privileges of silver."""
    gift = make_batch(make_template(name="银卡升级礼", now=shop.clock.now), how="issue", now=shop.clock.now)
    for kind, batch, discount_bp in (("upgrade_gift", gift.public_id, None), ("discount", None, 500)):
        tier_benefits.put(
            tiers.get_by_code("silver").public_id,
            kind,
            batch_public_id=batch,
            discount_bp=discount_bp,
            actor=Actor.system(),
            now=shop.clock.now,
        )


def takes(customer: Customer, batch_id: str, price: int) -> tuple[int, Any]:
    told = customer.tries(f"/exchange/{batch_id}", {"points_price": price})
    answer = told.get_json()
    return told.status_code, answer if told.status_code < 300 else answer["error"]["code"]


def names(customer: Customer) -> list[str]:
    return sorted(coupon["name"] for coupon in customer.reads("/coupons")["data"])


def test_points_become_a_coupon_and_a_slip_of_the_thumb_is_undone(shop: Shop) -> None:
    batches = open_exchange(shop)
    silver_has(shop)
    xiaoyu = shop.customer()
    shop.sells(xiaoyu, bill_fen=40_000)
    give_tier_gifts(now=shop.clock.now)
    assert (xiaoyu.points, xiaoyu.tier, names(xiaoyu)) == (400, "silver", ["银卡升级礼"])
    shown = {offer["name"]: offer["points_price"] for offer in xiaoyu.reads("/exchange")["data"]}
    assert shown == {"满50减20": 200, "随行杯": 150}
    # What costs points is not in the coupon centre.
    assert xiaoyu.reads("/coupon-batches")["data"] == []

    before = xiaoyu.reads("/points")
    status, first = takes(xiaoyu, batches["off"], 200)
    assert (status, first["spendable"], xiaoyu.points) == (201, 200, 200)
    assert takes(xiaoyu, batches["cup"], 100) == (409, "price_changed")
    status, second = takes(xiaoyu, batches["off"], 200)
    assert (status, xiaoyu.points) == (201, 0)
    assert takes(xiaoyu, batches["cup"], 150) == (422, "insufficient_points")
    assert takes(xiaoyu, batches["off"], 200) == (422, "claim_limit_reached")
    assert names(xiaoyu) == ["满50减20", "满50减20", "银卡升级礼"]

    for _ in range(2):
        told = shop.console(f"/coupon-exchanges/{second['id']}/return", {"reason": "误点"}, by="manager")
        assert (told["state"], told["coupon_status"], xiaoyu.points) == ("returned", "revoked", 200)
    shop.console(f"/coupon-exchanges/{first['id']}/return", {"reason": "误点"}, by="manager")
    assert xiaoyu.reads("/points") == before
    told = shop.console(f"/coupon-exchanges?member_id={xiaoyu.member.public_id}", by="manager")
    assert [row["state"] for row in told["data"]] == ["returned", "returned"]
    titles = [row["title"] for row in xiaoyu.reads("/points/entries")["data"]]
    assert titles == ["兑换退回", "兑换退回", "积分兑换", "积分兑换", "消费得积分"]


def test_seconds_at_the_counter(shop: Shop) -> None:
    batches = open_exchange(shop)
    db.session.get_one(Programme, 1).clerk_issues_per_day = 2
    sorry = make_batch(
        make_template(name="等候致歉 满30减5", value_fen=500, min_spend_fen=3_000, now=shop.clock.now),
        how="issue",
        clerk_can_issue=True,
        per_member_limit=9,
        now=shop.clock.now,
    )
    xiaoyu = shop.customer()
    shop.sells(xiaoyu, bill_fen=20_000)
    _, taken = takes(xiaoyu, batches["off"], 200)
    shop.clock.move(minutes=5)
    visit = shop.scans(xiaoyu)
    assert [coupon["name"] for coupon in visit["coupons"]] == ["满50减20"]

    kindness = {"visit_id": visit["visit_id"], "batch_id": str(sorry.public_id), "note": "等了半小时"}
    given = shop.counter("/coupon-issues", kindness)
    assert (given["coupon"]["name"], given["left_today"]) == ("等候致歉 满30减5", 1)
    paid = shop.counter(
        "/redemptions",
        {"visit_id": visit["visit_id"], "coupon_id": taken["coupon"]["id"], "bill_fen": 6_000, "order_no": None},
    )
    assert (paid["payable_fen"], names(xiaoyu)) == (4_000, ["等候致歉 满30减5"])
    refused = shop.client.post(
        f"{CONSOLE}/coupon-exchanges/{taken['id']}/return",
        headers={**staff.sign_in(shop.people["manager"], now=shop.clock.now), **fresh_key()},
        json={"reason": "反悔"},
    )
    assert refused.get_json()["error"]["code"] == "coupon_not_usable"

    shop.clock.move(minutes=5)
    shop.counter("/coupon-issues", {**kindness, "visit_id": shop.scans(xiaoyu)["visit_id"]})
    shop.clock.move(minutes=5)
    third = shop.client.post(
        f"{STORE}/coupon-issues",
        headers={**staff.sign_in(shop.people["clerk"], store=shop.store, now=shop.clock.now), **fresh_key()},
        json={**kindness, "visit_id": shop.scans(xiaoyu)["visit_id"]},
    )
    assert (third.status_code, third.get_json()["error"]["code"]) == (422, "staff_limit_reached")
