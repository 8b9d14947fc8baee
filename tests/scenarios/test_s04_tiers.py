"""S4, tiers: reached at once, kept for a year, told in time before they drop, one step down.

The shop's ladder counts the growth of the last twelve months: silver from 200, gold from 1,000. A tier is sure for twelve
months; then there are 30 days of grace; who has not earned it again goes one step down, and is told 30 days before.
Silver brings a coupon every month (¥5 off ¥30), gold a gift on the day it is reached (¥20 off ¥100) and 5 % off.

小雨 pays ¥250 on 20 November 2026: silver that minute. On 10 December she pays ¥800, 1,050 in all: gold, and the gift. Two
days later ¥100 are refunded, 950 are left: silver again. ¥60 more make 1,010: gold, sure through 20 December 2027; the gift
was hers once. In the next twelve months she spends ¥120. On 20 November 2027 she is told: 880 more until 19 January, or
silver. Nothing comes, so on 20 January 2028 she is silver, one step and not two, and a year later a plain member.

王强 did just the same, but spends ¥900 on 10 January 2028, within the grace: 1,020, and he stays gold.
"""

from typing import Any

from sqlalchemy import select

from app.actor import Actor
from app.extensions import db
from app.models import MemberEvent
from app.services import tier_benefits, tiers
from jobs.give_tier_gifts import give_tier_gifts
from jobs.grant_monthly_packs import grant_monthly_packs
from jobs.notify_tier_drops import notify_tier_drops
from jobs.review_tiers import review_tiers
from tests.factories.coupons import make_batch, make_template
from tests.factories.ladders import put_in_force
from tests.scenarios.shop import Customer, Shop


def open_ladder(shop: Shop) -> None:
    """The shop's ladder and what its tiers give."""
    now = shop.clock.now
    put_in_force(now=now, downgrade="one_down", grace_days=30, notice_days=30)
    give(shop, "silver", "monthly_pack", name="银卡月礼 满30减5", value_fen=500, min_spend_fen=3_000)
    give(shop, "gold", "upgrade_gift", name="金卡礼 满100减20", value_fen=2_000, min_spend_fen=10_000)
    give(shop, "gold", "discount", discount_bp=500)


def give(shop: Shop, tier_code: str, kind: str, *, discount_bp: int | None = None, **terms: Any) -> None:
    now = shop.clock.now
    batch = None
    if terms:
        batch = make_batch(make_template(now=now, **terms), how="issue", per_member_limit=100, stock=1_000, now=now)
    tier_benefits.put(
        tiers.get_by_code(tier_code).public_id,
        kind,
        batch_public_id=None if batch is None else batch.public_id,
        discount_bp=discount_bp,
        actor=Actor.system(),
        now=now,
    )


def tick(shop: Shop) -> None:
    """The night's work, twice over: the second run must not matter."""
    for _ in range(2):
        for work in (review_tiers, notify_tier_drops, grant_monthly_packs, give_tier_gifts):
            work(now=shop.clock.now)


def coupons(customer: Customer) -> list[str]:
    return sorted(coupon["name"] for coupon in customer.reads("/coupons")["data"])


def told(customer: Customer, kind: str) -> list[dict[str, Any]]:
    """What happened to a member, for messages to start from."""
    events = select(MemberEvent.details).where(MemberEvent.member_id == customer.member.id, MemberEvent.kind == kind)
    return list(db.session.scalars(events.order_by(MemberEvent.occurred_at)))


def to_gold_and_back(shop: Shop, customer: Customer) -> None:
    """The first winter, up to gold for good."""
    shop.sells(customer, bill_fen=25_000)
    assert customer.tier == "silver"
    shop.at("2026-12-10 12:00")
    big = shop.sells(customer, bill_fen=80_000)
    assert (customer.growth, customer.tier) == (1_050, "gold")
    shop.at("2026-12-12 12:00")
    shop.refunds(big["id"], amount_fen=10_000, refund_no="R-1")
    assert (customer.growth, customer.tier) == (950, "silver")
    shop.at("2026-12-20 12:00")
    shop.sells(customer, bill_fen=6_000)
    assert (customer.growth, customer.tier) == (1_010, "gold")


def test_up_at_once_told_in_time_one_step_down(shop: Shop) -> None:
    open_ladder(shop)
    xiaoyu = shop.customer()
    assert xiaoyu.tier == "basic"
    to_gold_and_back(shop, xiaoyu)
    shop.at("2027-06-01 12:00")
    shop.sells(xiaoyu, bill_fen=12_000)

    shop.at("2027-11-19 03:00")
    tick(shop)
    assert told(xiaoyu, "tier_will_drop") == []
    shop.at("2027-11-20 03:00")
    tick(shop)
    assert told(xiaoyu, "tier_will_drop") == [
        {
            "from": "gold",
            "to": "silver",
            "valid_through": "2027-12-20",
            "last_chance": "2028-01-19",
            "growth_needed": 880,
        }
    ]
    shop.at("2028-01-19 03:00")
    tick(shop)
    assert xiaoyu.tier == "gold"
    shop.at("2028-01-20 03:00")
    tick(shop)
    assert xiaoyu.tier == "silver"
    shop.at("2029-01-20 03:00")
    tick(shop)
    assert xiaoyu.tier == "basic"
    history = shop.console(f"/members/{xiaoyu.member.public_id}/tiers", by="auditor")["data"]
    steps = [(row["badge"]["code"], row["reason"]) for row in reversed(history)]
    assert steps == [
        ("basic", "joined"),
        ("silver", "growth"),
        ("gold", "growth"),
        ("silver", "reversal"),
        ("gold", "growth"),
        ("silver", "review"),
        ("basic", "review"),
    ]
    # No gap and no overlap: each begins as the one before ends.
    ends = [row["ends_at"] for row in reversed(history)]
    assert ends == [*(row["starts_at"] for row in list(reversed(history))[1:]), None]


def test_who_earns_it_again_within_the_grace_stays(shop: Shop) -> None:
    open_ladder(shop)
    wang = shop.customer("王强")
    to_gold_and_back(shop, wang)
    shop.at("2027-06-01 12:00")
    shop.sells(wang, bill_fen=12_000)
    shop.at("2028-01-10 12:00")
    shop.sells(wang, bill_fen=90_000)
    shop.at("2028-01-20 03:00")
    tick(shop)
    assert wang.tier == "gold"
    # The next year is counted from the old date: the grace adds nothing.
    assert tiers.standing(wang.member.id, now=shop.clock.now).valid_through.isoformat() == "2028-12-20"  # type: ignore[union-attr]


def test_a_tier_gives_what_it_promises_once(shop: Shop) -> None:
    open_ladder(shop)
    xiaoyu = shop.customer()
    tick(shop)
    assert coupons(xiaoyu) == []
    shop.sells(xiaoyu, bill_fen=25_000)
    tick(shop)
    assert coupons(xiaoyu) == ["银卡月礼 满30减5"]
    shop.at("2026-11-21 12:00")
    big = shop.sells(xiaoyu, bill_fen=80_000)
    tick(shop)
    assert coupons(xiaoyu) == ["金卡礼 满100减20", "银卡月礼 满30减5"]
    # Back to silver and up again: neither the gift nor this month's pack a second time.
    shop.refunds(big["id"], amount_fen=10_000, refund_no="R-1")
    tick(shop)
    shop.sells(xiaoyu, bill_fen=6_000)
    tick(shop)
    assert xiaoyu.tier == "gold"
    assert coupons(xiaoyu) == ["金卡礼 满100减20", "银卡月礼 满30减5"]
