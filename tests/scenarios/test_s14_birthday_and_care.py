"""S14, birthday gift and care: a word some days before, the gift, the years together, and a surprise.

小雨's birthday is 23 November, 老陈's is 29 February. Three days ahead the shop writes to who allowed it and puts the birthday
gift (¥30 off ¥100) into the wallet, once a year, however often the night's work runs; who cannot be written to has the gift all
the same. On the day the clerk's screen says so, and the clerk may add a slice of cake from the counter.

For the first and third year together ¥20 off ¥80 comes by itself on the anniversary, also when the scheduler slept for two
days; for the second it does not.
"""

from typing import Any

import pytest

from app.actor import Actor
from app.gateways.wechat import RecordingWeChat
from app.models import Campaign
from app.services import campaign_states
from app.wiring import parts
from jobs.drain_lane import Turn
from jobs.give_owed_coupons import give_owed_coupons
from jobs.owe_anniversary_coupons import owe_anniversary_coupons
from jobs.plan_automations import plan_automations
from jobs.plan_birthdays import plan_birthdays
from jobs.refresh_figures import refresh_figures
from jobs.settle_deliveries import settle_deliveries
from tests.factories.coupons import make_batch, make_template
from tests.factories.members import make_counter_member
from tests.factories.messages import OpenGate, make_campaign, make_message_template, make_reachable
from tests.scenarios.shop import Customer, Shop

TEMPLATE_NAME = "生日礼 满100减30"


def names(customer: Customer) -> list[str]:
    return sorted(coupon["name"] for coupon in customer.reads("/coupons")["data"])


def birthday_campaign(shop: Shop) -> tuple[Campaign, Customer]:
    """The campaign in force, and 小雨, who may be written to."""
    message = make_message_template()
    xiaoyu = Customer(make_reachable(message, nickname="小雨", birthday=(11, 23)), shop)
    terms = make_template(name=TEMPLATE_NAME, value_fen=3_000, min_spend_fen=10_000, now=shop.clock.now)
    gift = make_batch(terms, how="birthday", stock=1_000, now=shop.clock.now)
    campaign = make_campaign(
        message,
        kind="birthday",
        gift=gift,
        days_before=3,
        field_values={"thing1": "送您{coupon}", "date2": "{date}"},
        now=shop.clock.now,
    )
    return campaign_states.schedule(campaign, actor=Actor.system(), now=shop.clock.now), xiaoyu


def test_a_word_ahead_the_gift_and_a_surprise(
    shop: Shop, wechat: RecordingWeChat, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parts(), "limiter", OpenGate())
    campaign, xiaoyu = birthday_campaign(shop)
    by_phone = Customer(make_counter_member(nickname="老王", birthday=(11, 23)), shop)
    leap = Customer(make_counter_member(nickname="老陈", phone="13900139000", birthday=(2, 29)), shop)
    assert [plan_birthdays(now=shop.clock.now)["planned"] for _ in range(3)] == [2, 0, 0]
    Turn(campaign.id, is_over=lambda: False).drain()
    assert [names(one) for one in (xiaoyu, by_phone, leap)] == [[TEMPLATE_NAME], [TEMPLATE_NAME], []]
    assert [sent.args["data"]["thing1"] for sent in wechat.sent] == [f"送您{TEMPLATE_NAME}"]

    cake = make_batch(
        make_template(name="生日小蛋糕", kind="gift", goods="小蛋糕一块", value_fen=1_800, min_spend_fen=None),  # type: ignore[arg-type]
        how="issue",
        clerk_can_issue=True,
    )
    shop.at("2026-11-23 12:00")
    visit = shop.scans(xiaoyu)
    assert visit["member"]["is_birthday"]
    shop.counter("/coupon-issues", {"visit_id": visit["visit_id"], "batch_id": str(cake.public_id), "note": "生日快乐"})
    assert names(xiaoyu) == ["生日小蛋糕", TEMPLATE_NAME]


def test_the_years_together(shop: Shop) -> None:
    xiaoyu = shop.customer()
    terms = make_template(name="周年礼 满80减20", value_fen=2_000, min_spend_fen=8_000, now=shop.clock.now)
    batch = make_batch(
        terms, how="issue", per_member_limit=9, ends_at=shop.at("2030-01-01 00:00"), now=shop.at("2026-11-20 10:00")
    )
    shop.console(
        "/coupon-automations",
        {
            "name": "周年礼",
            "event": "anniversary",
            "batch_id": str(batch.public_id),
            "conditions": {"years": [1, 3]},
        },
    )
    counted = []
    # Two days late in the first year.
    for night in ("2027-11-19 03:00", "2027-11-22 03:00", "2028-11-20 03:00", "2029-11-20 03:00", "2029-11-21 03:00"):
        shop.at(night)
        for _ in range(2):
            owe_anniversary_coupons(now=shop.clock.now)
            give_owed_coupons(now=shop.clock.now)
        counted.append(sum(xiaoyu.reads("/coupons")["counts"].values()))
    assert counted == [0, 1, 1, 2, 2]


def test_a_word_every_year_and_one_when_somebody_stays_away(
    shop: Shop, wechat: RecordingWeChat, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parts(), "limiter", OpenGate())
    message = make_message_template()
    xiaoyu = Customer(make_reachable(message, nickname="小雨", times=9), shop)
    times: dict[str, dict[str, Any]] = {"anniversary": {"days_before": 0}, "lapse": {"days_after": 30}}
    wishes = {
        kind: campaign_states.schedule(
            make_campaign(
                message,
                kind=kind,
                field_values={"thing1": said, "date2": "{date}"},
                send_time="10:00",
                now=shop.clock.now,
                **times[kind],
            ),
            actor=Actor.system(),
            now=shop.clock.now,
        )
        for kind, said in (("anniversary", "{nickname}，又一年"), ("lapse", "{nickname}，好久不见"))
    }
    shop.sells(xiaoyu, bill_fen=3_000)
    told = []
    for night in range(1, 90):
        shop.at("2026-11-20 06:00")
        shop.clock.move(days=night)
        if night == 40:
            shop.sells(xiaoyu, bill_fen=3_000)
        refresh_figures(now=shop.clock.now)
        plan_automations(now=shop.clock.now)
        settle_deliveries(now=shop.clock.now)
        shop.clock.move(hours=5)
        told += [night for campaign in wishes.values() for _ in range(_sent(campaign))]
    assert told == [30, 70]
    shop.at("2027-11-20 06:00")
    for _ in range(3):
        plan_automations(now=shop.clock.now)
        settle_deliveries(now=shop.clock.now)
        shop.clock.move(hours=5)
        told += [365] * _sent(wishes["anniversary"])
    assert told == [30, 70, 365]
    assert [sent.args["data"]["thing1"] for sent in wechat.sent] == [
        "小雨，好久不见",
        "小雨，好久不见",
        "小雨，又一年",
    ]


def _sent(campaign: Campaign) -> int:
    turn = Turn(campaign.id, is_over=lambda: False)
    turn.drain()
    return turn.sent
