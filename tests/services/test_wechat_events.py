"""Events: stored once, applied once, and the only judge of a message in doubt."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.gateways.wechat import RecordingWeChat, outcomes
from app.models import Campaign, Member, MessageTemplate, WeChatEvent
from app.services import doubts, subscription_grants, wechat_events
from app.wiring import parts
from jobs.drain_lane import Turn
from jobs.reap_deliveries import reap_deliveries
from jobs.settle_deliveries import settle_deliveries
from tests.factories.members import make_member
from tests.factories.messages import OpenGate, delivery_of, make_message_template, make_reachable, make_running

OPENID = "o-events"


@pytest.fixture
def template(db_session: Session, now: datetime) -> MessageTemplate:
    return make_message_template()


def receive(event: str, template_id: str, *, now: datetime, key: str = "k1", **item: Any) -> bool:
    values = {"template_id": template_id, "status": "accept", "popup_scene": "0", "msgid": None, "error": None}
    return wechat_events.receive(
        event=event,
        openid=OPENID,
        items=[{**values, **item}],
        dedup_key=key,
        app_id=parts().config.wechat_appid,
        now=now,
    )


def left(member: Member, template: MessageTemplate) -> int:
    return subscription_grants.remaining(member.id).get(template.id, 0)


def test_an_event_counts_once_however_often_it_comes(
    db_session: Session, template: MessageTemplate, now: datetime
) -> None:
    member = make_member(openid=OPENID)
    tid = template.wechat_template_id
    assert [receive("subscribe_msg_popup_event", tid, now=now) for _ in range(3)] == [True, False, False]
    assert left(member, template) == 1
    assert receive("subscribe_msg_popup_event", tid, now=now, key="k2")
    assert receive("subscribe_msg_popup_event", tid, now=now, key="k3", status="reject")
    assert left(member, template) == 2
    assert receive("subscribe_msg_change_event", tid, now=now, key="k4", status="reject")
    assert left(member, template) == 0
    assert db_session.scalar(select(func.count()).select_from(WeChatEvent)) == 4


@pytest.mark.parametrize("event", ["subscribe_msg_popup_event", "subscribe_msg_sent_event", "user_enter_tempsession"])
def test_strangers_and_unknown_templates_change_nothing(
    db_session: Session, template: MessageTemplate, now: datetime, event: str
) -> None:
    assert receive(event, template.wechat_template_id, now=now)
    make_member(openid=OPENID)
    assert receive(event, "TPL_UNKNOWN", now=now, key="k2")


@pytest.fixture
def doubtful(
    db_session: Session, wechat: RecordingWeChat, template: MessageTemplate, monkeypatch: pytest.MonkeyPatch
) -> tuple[Campaign, Member]:
    monkeypatch.setattr(parts(), "limiter", OpenGate())
    member = make_reachable(template, openid=OPENID, times=2)
    campaign = make_running(template)
    wechat.program_send(outcomes.in_doubt("timeout"))
    Turn(campaign.id, is_over=lambda: False).drain()
    assert delivery_of(campaign, member).state == "in_doubt"
    return campaign, member


@pytest.mark.parametrize(("status", "state"), [("success", "sent"), ("failed: system failed", "failed")])
def test_the_event_settles_a_doubt(
    doubtful: tuple[Campaign, Member], template: MessageTemplate, now: datetime, status: str, state: str
) -> None:
    campaign, member = doubtful
    receive("subscribe_msg_sent_event", template.wechat_template_id, now=now, status=status, msgid=77, error=0)
    row = delivery_of(campaign, member)
    assert (row.state, row.msgid, row.awaiting_event, row.finished_at) == (state, 77, False, now)
    # Nothing comes back: WeChat has used the permission up.
    assert left(member, template) == 1


def test_without_an_event_it_stays_in_doubt_for_a_person(
    doubtful: tuple[Campaign, Member], template: MessageTemplate, wechat: RecordingWeChat, now: datetime
) -> None:
    campaign, member = doubtful
    late = now + doubts.EVENT_WAIT + timedelta(seconds=1)
    assert [settle_deliveries(now=late)["settled"] for _ in range(2)] == [1, 0]
    row = delivery_of(campaign, member)
    assert (row.state, row.awaiting_event, row.finished_at) == ("in_doubt", False, late)
    Turn(campaign.id, is_over=lambda: False).drain()
    assert len(wechat.sent) == 1
    receive("subscribe_msg_sent_event", template.wechat_template_id, now=late, status="success")
    assert delivery_of(campaign, member).state == "in_doubt"


def test_an_event_about_an_earlier_message_is_told_apart(
    db_session: Session,
    wechat: RecordingWeChat,
    template: MessageTemplate,
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(parts(), "limiter", OpenGate())
    member = make_reachable(template, openid=OPENID)
    campaign = make_running(template)
    Turn(campaign.id, is_over=lambda: False).drain()
    msgid = delivery_of(campaign, member).msgid
    tid = template.wechat_template_id
    receive("subscribe_msg_sent_event", tid, now=now, status="failed", msgid=1, error=1)
    assert delivery_of(campaign, member).state == "sent"
    receive("subscribe_msg_sent_event", tid, now=now, key="k2", status="failed", msgid=msgid, error=2)
    row = delivery_of(campaign, member)
    assert (row.state, row.reason, row.errcode) == ("failed", "event:failed", 2)


def test_an_event_faster_than_the_answer_wins(
    db_session: Session,
    wechat: RecordingWeChat,
    template: MessageTemplate,
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(parts(), "limiter", OpenGate())
    member = make_reachable(template, openid=OPENID)
    campaign = make_running(template)

    def told(_call: object) -> None:
        receive("subscribe_msg_sent_event", template.wechat_template_id, now=now, status="success", msgid=9, error=0)

    wechat.on_send = told
    Turn(campaign.id, is_over=lambda: False).drain()
    row = delivery_of(campaign, member)
    assert (row.state, row.msgid) == ("sent", 9)


def test_the_reaper_takes_only_what_no_call_can_still_be_doing(
    db_session: Session,
    wechat: RecordingWeChat,
    template: MessageTemplate,
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(parts(), "limiter", OpenGate())
    member = make_reachable(template)
    campaign = make_running(template)

    def crash(_call: object) -> None:
        raise KeyboardInterrupt

    wechat.on_send = crash
    with pytest.raises(KeyboardInterrupt):
        Turn(campaign.id, is_over=lambda: False).drain()
    assert delivery_of(campaign, member).state == "dispatching"
    assert reap_deliveries(now=now + timedelta(seconds=30)) == {"in_doubt": 0}
    assert reap_deliveries(now=now + timedelta(seconds=61)) == {"in_doubt": 1}
    assert delivery_of(campaign, member).state == "in_doubt"
