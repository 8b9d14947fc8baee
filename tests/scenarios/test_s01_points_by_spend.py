"""S1, points by spend: one point for every yuan, used as money or for a limited edition.

100 points are worth ¥1. 小雨 pays ¥236.50 at the counter on 20 November 2026: 236 points, the 50 fen are no yuan. The next
day ¥63.90: 63, together 299, the first valid through 20 November 2027.

In the web shop she wants to use 200 points on a basket of ¥100. They are held while she pays; meanwhile she cannot spend them
anywhere else. The card is charged ¥98, so 98 points come in: 299 − 200 + 98 = 197. The 200 were taken from the points that
expire first. Of the ¥98 she later returns ¥40: 40 points go back (58 of 98 stay), 157 are left.

For the limited-edition cup (150 points) the web shop holds again, finds the last one sold, and gives the 150 back, none of
them younger or older. A hold forgotten by the shop is over after its fifteen minutes by itself. For 158 points there is
nothing: she has 157, and a shortage takes nothing at all. The cup comes in again: 150, and 7 are left.
"""

from typing import Any

from app.services import points_liability
from jobs.release_holds import release_holds
from tests.factories.members import code_of
from tests.scenarios.shop import Customer, Shop, fresh_key

PHONE = "13800138000"


def hold(shop: Shop, customer: Customer, points: int) -> Any:
    """The web shop's till scans the code and holds points; whatever is answered."""
    shop.clock.move(minutes=1)
    body = {"member_code": code_of(customer.member, now=shop.clock.now), "points": points}
    return shop.web.send(shop.client, "POST", "/points-holds", body, now=shop.clock.now, **fresh_key())


def lots(customer: Customer) -> dict[str, int]:
    summary: dict[str, Any] = customer.reads("/points")
    return {key: summary[key] for key in ("spendable", "held", "owed")}


def test_earned_by_the_yuan_and_used_as_money(shop: Shop) -> None:
    xiaoyu = shop.customer(phone=PHONE)
    assert shop.sells(xiaoyu, bill_fen=23_650)["points_earned"] == 236
    shop.at("2026-11-21 18:00")
    assert shop.sells(xiaoyu, bill_fen=6_390)["points_earned"] == 63
    assert xiaoyu.reads("/points")["next_expiry"] == {"valid_through": "2027-11-20", "points": 236}

    held = hold(shop, xiaoyu, 200)
    assert held.status_code == 201, held.text
    assert lots(xiaoyu) == {"spendable": 99, "held": 200, "owed": 0}
    shop.webshop(f"/points-holds/{held.get_json()['hold_id']}/capture", {})
    shop.webshop("/purchases", shop.order("W-1", phone=PHONE, lines=[("tea", "茶", 1, 9_800)]))
    assert lots(xiaoyu) == {"spendable": 197, "held": 0, "owed": 0}
    assert xiaoyu.reads("/points")["next_expiry"] == {"valid_through": "2027-11-20", "points": 36}

    shop.at("2026-11-28 10:00")
    shop.webshop("/refunds", {"order_no": "W-1", "refund_no": "R-1", "amount_fen": 4_000})
    assert xiaoyu.points == 157
    told = [(row["title"], row["delta"], row["balance_after"]) for row in xiaoyu.reads("/points/entries")["data"]]
    assert told == [
        ("退款收回", -40, 157),
        ("消费得积分", 98, 197),
        ("积分抵扣", -200, 99),
        ("消费得积分", 63, 299),
        ("消费得积分", 236, 236),
    ]


def test_a_limited_edition_is_held_lost_and_won(shop: Shop) -> None:
    xiaoyu = shop.customer(phone=PHONE)
    shop.sells(xiaoyu, bill_fen=15_700)
    before = xiaoyu.reads("/points")
    sold_out = hold(shop, xiaoyu, 150).get_json()
    assert xiaoyu.points == 7
    shop.webshop(f"/points-holds/{sold_out['hold_id']}/release")
    assert xiaoyu.reads("/points") == before

    hold(shop, xiaoyu, 150)
    shop.clock.move(minutes=15)
    # The shop forgot; reads know at once, the tick books it later and only once.
    assert xiaoyu.reads("/points") == before
    assert [release_holds(now=shop.clock.now)["released"] for _ in range(2)] == [1, 0]
    assert xiaoyu.reads("/points") == before

    refused = hold(shop, xiaoyu, 158)
    assert (refused.status_code, refused.get_json()["error"]["code"]) == (422, "insufficient_points")
    assert refused.get_json()["error"]["data"] == {"requested": 158, "available": 157}
    assert xiaoyu.points == 157
    won = hold(shop, xiaoyu, 150).get_json()
    shop.webshop(f"/points-holds/{won['hold_id']}/capture", {})
    assert xiaoyu.points == 7
    twice = shop.web.send(
        shop.client, "POST", f"/points-holds/{won['hold_id']}/capture", {}, now=shop.clock.now, **fresh_key()
    )
    assert twice.status_code == 200
    assert xiaoyu.points == 7


def test_bought_and_returned_over_and_over_leaves_nothing(shop: Shop) -> None:
    xiaoyu = shop.customer(phone=PHONE)
    for number in range(20):
        shop.clock.move(minutes=2)
        shop.webshop("/purchases", shop.order(f"H-{number}", phone=PHONE, lines=[("tea", "茶", 1, 23_650)]))
        shop.webshop("/refunds", {"order_no": f"H-{number}", "refund_no": "R"})
    assert (xiaoyu.points, xiaoyu.growth, xiaoyu.tier) == (0, 0, "basic")
    report = shop.console("/reports/points-liability")
    assert (report["rows"], report["value_fen"], report["owed_points"]) == ([], 0, 0)
    assert shop.console("/reports/trial-balance")["total"] == 0
    assert set(points_liability.trial_balance().values()) == {0}
