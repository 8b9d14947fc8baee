"""S16, continuous contact: a service message by whichever way reaches, and by one way only.

The shop tells of a change of opening hours: by the mini-program first, else by the official account, else by SMS, else by letter.
小雨 allowed the mini-program. 老陈 did not, but follows the official account. 小明 follows nothing and left a phone. 老王's
permission is gone as WeChat sees it, his follow ended this morning, his number is dead: the letter reaches him. 阿珍's SMS got
no answer: nobody tries another way, she may have had it. With one click in his letter 老王 ends such letters.
"""

import re
from dataclasses import replace
from datetime import datetime
from email import message_from_bytes
from email.policy import default
from typing import Any

import pytest

from app.gateways.channels import EmailChannel, OfficialChannel, RecordingMailer, RecordingSms, SmsChannel
from app.gateways.wechat import Follower, RecordingOfficial, RecordingWeChat, SendOutcome, outcomes
from app.services import official_events
from app.wiring import parts
from jobs.link_followers import link_followers
from tests.factories.channels import OA_APP_ID
from tests.factories.messages import OpenGate, accept, delivery_of, make_message_template, make_running
from tests.jobs.lane import drain
from tests.scenarios.shop import Customer, Shop

ORDER = ["subscribe", "oa_template", "sms", "email"]


@pytest.fixture
def official(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> RecordingOfficial:
    """All four channels, configured; nothing leaves this machine."""
    fake = RecordingOfficial()
    vault, channels = parts().vault, dict(parts().channels)
    channels["oa_template"] = OfficialChannel(lambda: fake)
    channels["sms"] = SmsChannel(RecordingSms(), vault)
    channels["email"] = EmailChannel(
        RecordingMailer(), vault, sender="江边店 <news@shop.example>", public_url="https://shop.example"
    )
    monkeypatch.setattr(parts(), "channels", channels)
    monkeypatch.setattr(parts(), "config", replace(parts().config, wechat_oa_appid=OA_APP_ID))
    monkeypatch.setattr(parts(), "official", fake)
    monkeypatch.setattr(parts(), "limiter", OpenGate())
    return fake


def follows(customer: Customer, official: RecordingOfficial, *, unionid: str, now: datetime) -> str:
    """They follow the official account, as WeChat tells and is then asked."""
    openid = f"oa-{unionid}"
    official.followers[openid] = Follower(follows=True, unionid=unionid)
    official_events.receive(
        event="subscribe", openid=openid, items=[], dedup_key=openid, app_id=OA_APP_ID, created_at=now, now=now
    )
    link_followers(now=now)
    return openid


def proves(customer: Customer, address: str) -> None:
    """An e-mail address, by the code in the letter."""
    mailer = mailbox()
    assert customer.tries("/me/email/codes", {"email": address}).status_code == 202
    plain = next(message_from_bytes(mailer.letters[-1][1], policy=default).iter_parts()).get_content()
    code = re.search(r"[0-9]{6}", plain)
    assert code is not None
    customer.does("/me/email", {"email_code": code.group(0)})
    mailer.letters.clear()


def mailbox() -> RecordingMailer:
    channel: Any = parts().channels["email"]
    found: RecordingMailer = channel.mailer
    return found


def phone_network() -> RecordingSms:
    channel: Any = parts().channels["sms"]
    found: RecordingSms = channel.provider
    return found


def test_by_whichever_way_reaches_and_by_one_only(
    shop: Shop, official: RecordingOfficial, wechat: RecordingWeChat
) -> None:
    now = shop.clock.now
    template = make_message_template(topic="service", title="营业通知")
    shop.console("/message-topics/service", {"channels": ORDER}, method="PATCH")
    texts = f"/message-templates/{template.public_id}"
    shop.console(
        f"{texts}/channels/sms", {"external_template_id": "SMS_7", "fields": {"what": "{thing1}"}}, method="PUT"
    )
    shop.console(
        f"{texts}/channels/oa_template",
        {"external_template_id": "OA_7", "fields": {"thing1": "{thing1}", "time2": "{date}"}},
        method="PUT",
    )
    shop.console(f"{texts}/letter", {"subject": "{shop}：{thing1}", "body": "{nickname}：\n{thing1}"}, method="PUT")

    xiaoyu = shop.customer("小雨", unionid="u-yu")
    accept(xiaoyu.member, template, now=now)
    laochen = shop.customer("老陈", unionid="u-chen")
    xiaoming = shop.customer("小明", phone="13900139001")
    laowang = shop.customer("老王", unionid="u-wang", phone="13900139002")
    azhen = shop.customer("阿珍", phone="13900139003")
    nobody = shop.customer("路人")
    accept(laowang.member, template, now=now)
    chen_there = follows(laochen, official, unionid="u-chen", now=now)
    wang_there = follows(laowang, official, unionid="u-wang", now=now)
    proves(laowang, "wang@example.com")
    proves(azhen, "zhen@example.com")

    campaign = make_running(template, field_values={"thing1": "周一起早九点开门", "date2": "{date}"}, now=now)
    wang_at_wechat = delivery_of(campaign, laowang.member).openid
    wechat.on_send = lambda call: outcomes.refused(43101) if call.args["openid"] == wang_at_wechat else None
    official.program_send(outcomes.accepted(71), outcomes.refused(43004))
    dead = SendOutcome(status="failed", reason="number_unreachable", action="fail_member", not_sent=True)
    phone_network().programmed.extend([SendOutcome(status="ok"), SendOutcome(status="unknown", reason="timeout"), dead])
    drain(campaign, turns=3)

    def told(one: Customer) -> tuple[str, str, list[str]]:
        row = delivery_of(campaign, one.member)
        return row.state, row.channel, row.tried_channels

    assert told(xiaoyu) == ("sent", "subscribe", [])
    assert told(laochen) == ("sent", "oa_template", [])
    assert told(xiaoming) == ("sent", "sms", [])
    assert told(azhen) == ("in_doubt", "sms", [])
    assert told(laowang) == ("sent", "email", ["subscribe", "oa_template", "sms"])
    assert (told(nobody)[0], delivery_of(campaign, nobody.member).reason) == ("suppressed", "no_channel")
    assert [call.args["openid"] for call in official.sent] == [chen_there, wang_there]
    assert [sent["phone"] for sent in phone_network().sent] == ["+8613900139001", "+8613900139003", "+8613900139002"]
    assert [to for to, _ in mailbox().letters] == ["wang@example.com"]

    letter = message_from_bytes(mailbox().letters[0][1], policy=default)
    link = str(letter["List-Unsubscribe"]).strip("<>").removeprefix("https://shop.example")
    assert shop.client.get(link).status_code == 200
    assert shop.client.post(link, data={"List-Unsubscribe": "One-Click"}).status_code == 200
    again = make_running(template, field_values={"thing1": "周日休息", "date2": "{date}"}, now=now)
    phone_network().programmed.append(dead)
    drain(again, turns=3)
    assert [to for to, _ in mailbox().letters] == ["wang@example.com"]
