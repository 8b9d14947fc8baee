"""Consent withdrawn, a topic switched off, a member gone: what is on its way ends at once, and nothing brings it back."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.extensions import db
from app.gateways.wechat import RecordingWeChat
from app.models import Campaign, Delivery, Member, MessageTemplate
from app.services import audiences, consents, deliveries, delivery_sheets, message_preferences, pending_messages
from app.services.message_preferences import Switch
from app.wiring import parts
from jobs.drain_lane import Turn
from tests.factories.messages import (
    OpenGate,
    delivery_of,
    make_message_template,
    make_reachable,
    make_running,
)

BEHIND_OUR_BACK = (
    "UPDATE member SET marketing_consent = false WHERE id = :id",
    "INSERT INTO message_preference (member_id, topic, channel, is_on, changed_by, changed_at)"
    " VALUES (:id, 'promotion', 'subscribe', false, 'member', now())",
    "UPDATE member SET status = 'erased' WHERE id = :id",
)


@pytest.fixture
def template(db_session: Session, now: datetime, monkeypatch: pytest.MonkeyPatch) -> MessageTemplate:
    monkeypatch.setattr(parts(), "limiter", OpenGate())
    return make_message_template()


def withdraw(member: Member, *, now: datetime, granted: bool = False) -> None:
    consents.decide_marketing(member.id, granted=granted, document_version="2026-11", channel="mini", now=now)


def switch(
    member: Member, *, on: bool = False, topic: str = "promotion", channel: str = "subscribe", now: datetime
) -> None:
    message_preferences.choose(
        member.id, [Switch(topic=topic, channel=channel, is_on=on)], changed_by="member", now=now
    )


def state(campaign: Campaign, member: Member) -> tuple[str, str | None]:
    row = delivery_of(campaign, member)
    return row.state, row.reason


def drain(campaign: Campaign) -> int:
    turn = Turn(campaign.id, is_over=lambda: False)
    turn.drain()
    return turn.sent


def test_withdrawn_consent_stops_every_campaign_at_once_and_nobody_elses(
    template: MessageTemplate, now: datetime, wechat: RecordingWeChat
) -> None:
    leaves, stays = make_reachable(template, times=3), make_reachable(template, times=3)
    first, second = make_running(template), make_running(template, scheduled_at=now)
    withdraw(leaves, now=now)
    assert [state(one, leaves) for one in (first, second)] == [("suppressed", "no_marketing_consent")] * 2
    assert delivery_of(first, leaves).finished_at == now
    assert [state(one, stays)[0] for one in (first, second)] == ["planned"] * 2
    assert drain(first) == 1
    assert len(wechat.sent) == 1


def test_consent_given_again_brings_nothing_back(
    template: MessageTemplate, now: datetime, wechat: RecordingWeChat
) -> None:
    member = make_reachable(template)
    campaign = make_running(template)
    withdraw(member, now=now)
    withdraw(member, granted=True, now=now + timedelta(minutes=1))
    audiences.expand_next(campaign.id, app_id=parts().config.wechat_appid, now=now)
    assert (drain(campaign), wechat.sent) == (0, [])
    assert state(campaign, member) == ("suppressed", "no_marketing_consent")


def test_a_row_in_a_workers_hands_is_gone_when_it_looks(
    template: MessageTemplate, now: datetime, wechat: RecordingWeChat
) -> None:
    member = make_reachable(template)
    campaign = make_running(template)
    sheet = delivery_sheets.get(campaign.id, app_id=parts().config.wechat_appid)
    (ticket,) = deliveries.claim_due(campaign.id, limit=5, now=now)
    withdraw(member, now=now)
    assert deliveries.start_dispatch(ticket, sheet=sheet, now=now) is None
    row = delivery_of(campaign, member)
    assert (row.state, row.claim_token, row.lease_until) == ("suppressed", None, None)
    assert wechat.sent == []


def test_what_has_left_is_not_touched(template: MessageTemplate, now: datetime) -> None:
    member = make_reachable(template)
    campaign = make_running(template)
    assert drain(campaign) == 1
    withdraw(member, now=now)
    assert state(campaign, member) == ("sent", None)


def test_marketing_withdrawn_leaves_what_needs_no_consent(db_session: Session, now: datetime) -> None:
    notice = make_message_template(topic="coupon")
    member = make_reachable(notice)
    campaign = make_running(notice)
    withdraw(member, now=now)
    assert state(campaign, member) == ("planned", None)


def test_a_topic_switched_off_stops_its_own_messages_alone(template: MessageTemplate, now: datetime) -> None:
    other = make_message_template(topic="birthday")
    member = make_reachable(template)
    make_reachable(other)
    campaign, kept = make_running(template), make_running(other)
    db.session.get_one(Delivery, (kept.id, "0", member.id)).state = "planned"
    switch(member, now=now)
    assert state(campaign, member) == ("suppressed", "switched_off")
    assert state(kept, member)[0] == "planned"
    switch(member, on=True, now=now)
    assert state(campaign, member) == ("suppressed", "switched_off")


def test_what_is_true_of_another_member_is_not_told_of_this_one(
    db_session: Session, template: MessageTemplate, now: datetime
) -> None:
    leaves, stays = make_reachable(template), make_reachable(template)
    campaign = make_running(template)
    db_session.execute(text(BEHIND_OUR_BACK[0]), {"id": leaves.id})
    assert pending_messages.stop(stays.id, now=now) == 0
    assert [state(campaign, one)[0] for one in (leaves, stays)] == ["planned"] * 2


def test_while_another_channel_may_tell_it_the_message_stays_on_its_way(
    db_session: Session, template: MessageTemplate, now: datetime
) -> None:
    db_session.execute(text("UPDATE message_topic SET channels = '{subscribe,email}' WHERE code = 'promotion'"))
    member = make_reachable(template)
    campaign = make_running(template)
    switch(member, now=now)
    assert state(campaign, member) == ("planned", None)
    switch(member, channel="email", now=now)
    assert state(campaign, member) == ("suppressed", "switched_off")


def test_what_an_expansion_wrote_meanwhile_is_caught_at_dispatch(
    db_session: Session, template: MessageTemplate, now: datetime, wechat: RecordingWeChat
) -> None:
    """As when its snapshot is older than the wish: the row is there, planned, and nobody stopped it."""
    members = [make_reachable(template) for _ in range(3)]
    campaign = make_running(template)
    for member, statement in zip(members, BEHIND_OUR_BACK, strict=True):
        db_session.execute(text(statement), {"id": member.id})
    db_session.expire_all()
    assert (drain(campaign), wechat.sent) == (0, [])
    reasons = [state(campaign, member)[1] for member in members]
    assert reasons == ["no_marketing_consent", "switched_off", "not_a_member"]


def test_an_erased_member_is_told_nothing_more(db_session: Session, template: MessageTemplate, now: datetime) -> None:
    member = make_reachable(template)
    campaign = make_running(template)
    member.status = "erased"
    assert [pending_messages.stop(member.id, now=now) for _ in range(2)] == [1, 0]
    assert state(campaign, member) == ("suppressed", "not_a_member")
