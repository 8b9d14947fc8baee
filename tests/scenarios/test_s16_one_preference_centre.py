"""S16, continuous contact over several channels: one preference centre for all of them.

小雨 is asked for permissions where it makes sense: after claiming a coupon for the birthday word and the offers, at home for the
one she has run out of. In her preference centre she leaves offers on in the mini-program and off by SMS. When she switches the
offers off in WeChat itself, the shop knows it too, and Saturday's message is stopped. A link in a mail stops mails. At last she
wants no marketing at all, by one tap: nothing comes any more but what the shop owes her; and when she changes her mind, nothing
of the old comes back.
"""

from typing import Any

import pytest

from app.gateways.channels import unsubscribe_token
from app.gateways.wechat import RecordingWeChat
from app.models import MessageTemplate
from app.services import wechat_events
from app.wiring import parts
from jobs.drain_lane import Turn
from tests.factories.messages import OpenGate, accept, delivery_of, make_message_template, make_running
from tests.scenarios.shop import Customer, Shop

OPENID = "o-xiaoyu"


@pytest.fixture
def offers(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> MessageTemplate:
    """Offers come by three channels in turn."""
    monkeypatch.setattr(parts(), "limiter", OpenGate())
    shop.console("/message-topics/promotion", {"channels": ["subscribe", "sms", "email"]}, method="PATCH")
    return make_message_template(title="优惠活动通知")


@pytest.fixture
def xiaoyu(shop: Shop) -> Customer:
    customer = shop.customer(openid=OPENID, birthday=(12, 1))
    customer.puts("/message-preferences", {"marketing": {"granted": True, "document_version": "2026-11"}})
    return customer


def switches(customer: Customer, topic: str = "promotion") -> dict[str, tuple[bool, str | None]]:
    (found,) = [row for row in customer.reads("/message-preferences")["data"] if row["topic"] == topic]
    return {way["channel"]: (way["is_on"], way["locked_by"]) for way in found["channels"]}


def asked(customer: Customer, scene: str) -> list[tuple[str, str]]:
    return [(row["title"], row["reason"]) for row in customer.reads(f"/subscription-offers?scene={scene}")["data"]]


def told_in_wechat(template: MessageTemplate, status: str, *, shop: Shop, key: str) -> None:
    item = {
        "template_id": template.wechat_template_id,
        "status": status,
        "popup_scene": "",
        "msgid": None,
        "error": None,
    }
    wechat_events.receive(
        event=wechat_events.CHANGE,
        openid=OPENID,
        items=[item],
        dedup_key=key,
        app_id=parts().config.wechat_appid,
        now=shop.clock.now,
    )


def scene(shop: Shop, name: str, *templates: MessageTemplate) -> Any:
    rows = [{"message_template_id": str(one.public_id)} for one in templates]
    return shop.console(f"/subscription-scenes/{name}", {"templates": rows}, method="PUT")


def test_asked_at_the_right_moment_for_what_runs_out(shop: Shop, offers: MessageTemplate, xiaoyu: Customer) -> None:
    birthday = make_message_template(topic="birthday", title="生日礼遇提醒")
    points = make_message_template(topic="points", title="积分变动提醒")
    scene(shop, "after_claim", birthday, offers)
    scene(shop, "home", birthday, offers, points)
    make_running(offers, now=shop.clock.now)
    accept(xiaoyu.member, birthday)
    assert asked(xiaoyu, "after_claim") == [("优惠活动通知", "needed"), ("生日礼遇提醒", "running_low")]
    assert [title for title, _ in asked(xiaoyu, "home")] == ["优惠活动通知", "积分变动提醒", "生日礼遇提醒"]
    off = {"topic": "points", "channel": "subscribe", "is_on": False}
    xiaoyu.puts("/message-preferences", {"switches": [off]})
    assert "积分变动提醒" not in [title for title, _ in asked(xiaoyu, "home")]
    assert asked(xiaoyu, "checkout") == []


def test_one_centre_whichever_way_she_says_it(shop: Shop, offers: MessageTemplate, xiaoyu: Customer) -> None:
    off = {"topic": "promotion", "channel": "sms", "is_on": False}
    xiaoyu.puts("/message-preferences", {"switches": [off]})
    accept(xiaoyu.member, offers, times=2)
    friday, saturday = make_running(offers, now=shop.clock.now), make_running(offers, now=shop.clock.now)
    told_in_wechat(offers, "reject", shop=shop, key="k1")
    assert switches(xiaoyu) == {"subscribe": (False, None), "sms": (False, None), "email": (True, None)}
    # Mails may still tell it, until she follows the link in one.
    assert delivery_of(saturday, xiaoyu.member).state == "planned"
    link = unsubscribe_token(f"{xiaoyu.member.id}:promotion", parts().vault)
    assert shop.client.post(f"/unsubscribe/{link}").status_code == 200
    assert [way for way, (is_on, _) in switches(xiaoyu).items() if is_on] == []
    for campaign in (friday, saturday):
        assert delivery_of(campaign, xiaoyu.member).reason == "switched_off"


def test_no_marketing_at_all_by_one_tap_and_nothing_comes_back(
    shop: Shop, offers: MessageTemplate, xiaoyu: Customer, wechat: RecordingWeChat
) -> None:
    accept(xiaoyu.member, offers, times=2)
    campaign = make_running(offers, now=shop.clock.now)
    no = {"granted": False, "document_version": "2026-11"}
    xiaoyu.puts("/message-preferences", {"marketing": no})
    assert {lock for _, lock in switches(xiaoyu).values()} == {"no_marketing_consent"}
    assert switches(xiaoyu, "service") == {"subscribe": (True, "required")}
    assert delivery_of(campaign, xiaoyu.member).reason == "no_marketing_consent"
    xiaoyu.puts("/message-preferences", {"marketing": {**no, "granted": True}})
    Turn(campaign.id, is_over=lambda: False).drain()
    assert wechat.sent == []
    again = make_running(offers, now=shop.clock.now)
    Turn(again.id, is_over=lambda: False).drain()
    assert len(wechat.sent) == 1
