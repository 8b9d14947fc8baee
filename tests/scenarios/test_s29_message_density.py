"""S29, message density: what comes by itself never adds up to a flood.

In one week 小雨 joins, buys three times, rises a tier, and coupons of hers run out; five automations and a daily offer want to
write to her. The shop allows one offer a day and three a week, lets its offers rest for three days between automatic
messages, and sends none at night; what runs out is told all the same. 老陈 only wants to hear about coupons.
"""

import itertools
from collections import Counter
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.actor import Actor
from app.gateways.wechat import RecordingWeChat
from app.models import Campaign, Delivery, Member, MessageTemplate, MessageTopic
from app.services import campaign_states, member_events, message_preferences, programmes
from app.services.message_preferences import Switch
from app.wiring import parts
from jobs.expand_audiences import expand_audiences
from jobs.plan_automations import plan_automations
from jobs.settle_deliveries import settle_deliveries
from jobs.start_campaigns import start_campaigns
from tests.factories.messages import OpenGate, accept, make_campaign, make_message_template, make_reachable
from tests.jobs.lane import drain
from tests.scenarios.shop import Customer, Shop

SHANGHAI = ZoneInfo("Asia/Shanghai")
CALM = {"messages_per_day": 1, "messages_per_week": 3, "quiet_from": "21:00", "quiet_until": "09:00"}


def on(template: MessageTemplate, kind: str, shop: Shop, **changes: Any) -> Campaign:
    campaign = make_campaign(template, kind=kind, name=kind, now=shop.clock.now, **changes)
    return campaign_states.schedule(campaign, actor=Actor.system(), now=shop.clock.now)


def a_week_of_wishes(shop: Shop, offers: MessageTemplate, coupons: MessageTemplate) -> list[Campaign]:
    """Everything a keen marketer switches on."""
    return [
        on(offers, "welcome", shop, days_after=0),
        on(offers, "welcome", shop, days_after=1),
        on(offers, "after_purchase", shop, days_after=0),
        on(offers, "tier_up", shop),
        on(coupons, "coupon_will_expire", shop),
        on(offers, "recurring", shop),
    ]


def live(shop: Shop, member: Member, campaigns: list[Campaign], *, hours: int) -> list[tuple[datetime, int]]:
    """Tick every hour; when something happens to the member, and what leaves."""
    sent = []
    for hour in range(hours):
        now = shop.clock.now
        if hour % 24 == 5:
            shop.sells(Customer(member, shop), bill_fen=6_000 + hour, order_no=f"B{hour}")
        if hour % 24 == 7:
            day = (now + timedelta(days=2)).date().isoformat()
            member_events.record(
                member.id, kind="coupon_will_expire", occurrence=day, details={"expires_on": day, "coupons": 1}, now=now
            )
        start_campaigns(now=now)
        expand_audiences(now=now)
        plan_automations(now=now)
        settle_deliveries(now=now)
        sent += [(now, campaign.id) for campaign in campaigns if drain(campaign)]
        shop.clock.move(hours=1)
    return sent


@pytest.fixture
def templates(
    shop: Shop, db_session: Session, monkeypatch: pytest.MonkeyPatch
) -> tuple[MessageTemplate, MessageTemplate]:
    monkeypatch.setattr(parts(), "limiter", OpenGate())
    programmes.update(CALM, actor=Actor.system(), now=shop.clock.now)
    db_session.get_one(MessageTopic, "promotion").cool_off_days = 3
    return make_message_template(), make_message_template(topic="coupon")


def test_a_busy_week_stays_a_calm_one(
    shop: Shop,
    db_session: Session,
    wechat: RecordingWeChat,
    templates: tuple[MessageTemplate, MessageTemplate],
) -> None:
    offers, coupons = templates
    shop.at("2026-11-23 08:00")
    campaigns = a_week_of_wishes(shop, offers, coupons)
    shop.clock.move(minutes=1)
    xiaoyu = make_reachable(offers, times=50, now=shop.clock.now)
    accept(xiaoyu, coupons, times=50, now=shop.clock.now)
    sent = live(shop, xiaoyu, campaigns, hours=7 * 24)
    kinds = {campaign.id: campaign.kind for campaign in campaigns}
    marketing = [
        (at.astimezone(SHANGHAI), kinds[campaign_id])
        for at, campaign_id in sent
        if kinds[campaign_id] != "coupon_will_expire"
    ]
    assert len(marketing) == CALM["messages_per_week"]
    assert max(Counter(at.date() for at, _ in marketing).values()) == 1
    assert all(9 <= at.hour < 21 for at, _ in marketing)
    automatic = [at.date() for at, kind in marketing if kind != "recurring"]
    assert all((after - before).days >= 3 for before, after in itertools.pairwise(automatic))
    # Coupons about to run out are no marketing, and rest for two days as their topic says.
    told = [at.astimezone(SHANGHAI).day for at, campaign_id in sent if kinds[campaign_id] == "coupon_will_expire"]
    assert told == [23, 25, 27, 29]
    # Everybody's no has its reason; nothing hangs about.
    why = Counter(
        row[0]
        for row in db_session.execute(
            select(Delivery.reason).where(Delivery.member_id == xiaoyu.id, Delivery.state == "suppressed")
        )
    )
    assert why.keys() <= {"capped_today", "capped_this_week", "cooling_off", "no_longer_true"}
    assert why["capped_this_week"] > 0


def test_who_wants_coupons_alone_hears_of_coupons_alone(
    shop: Shop, templates: tuple[MessageTemplate, MessageTemplate]
) -> None:
    offers, coupons = templates
    shop.at("2026-11-23 08:00")
    campaigns = a_week_of_wishes(shop, offers, coupons)
    shop.clock.move(minutes=1)
    laochen = make_reachable(offers, times=50, now=shop.clock.now)
    accept(laochen, coupons, times=50, now=shop.clock.now)
    message_preferences.choose(
        laochen.id,
        [Switch(topic="promotion", channel="subscribe", is_on=False)],
        changed_by="member",
        now=shop.clock.now,
    )
    sent = live(shop, laochen, campaigns, hours=3 * 24)
    kinds = {campaign.id: campaign.kind for campaign in campaigns}
    assert {kinds[campaign_id] for _, campaign_id in sent} == {"coupon_will_expire"}
