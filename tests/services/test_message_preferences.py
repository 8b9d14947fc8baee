"""The preference centre: on until somebody says no; who said it is kept; required topics stay, marketing never has to."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.actor import Actor
from app.errors import ChannelUnknown, NotFound, TopicRequired
from app.models import AuditEntry, Member
from app.services import consents, message_preferences, unsubscriptions
from app.services.message_preferences import Switch, Way
from tests.factories.members import make_member
from tests.factories.messages import delivery_of, make_message_template, make_reachable, make_running, staff_actor


@pytest.fixture
def member(db_session: Session, now: datetime) -> Member:
    db_session.execute(text("UPDATE message_topic SET channels = '{subscribe,sms}' WHERE code = 'promotion'"))
    return make_member(marketing=True)


def way(member: Member, topic: str = "promotion", channel: str = "subscribe") -> Way:
    (choice,) = [one for one in message_preferences.list_choices(member.id) if one.topic == topic]
    (found,) = [one for one in choice.ways if one.channel == channel]
    return found


def say(member: Member, *, on: bool, now: datetime, topic: str = "promotion", channel: str = "subscribe") -> None:
    message_preferences.choose(
        member.id, [Switch(topic=topic, channel=channel, is_on=on)], changed_by="member", now=now
    )


def test_everything_is_on_until_somebody_says_no(member: Member, count_queries: Callable[[], int]) -> None:
    before = count_queries()
    choices = message_preferences.list_choices(member.id)
    assert count_queries() - before == 1
    assert [one.topic for one in choices] == ["birthday", "coupon", "points", "promotion", "service", "tier"]
    assert all(one.is_on for choice in choices for one in choice.ways)
    assert [one.channel for one in choices[3].ways] == ["subscribe", "sms"]
    assert (choices[3].name, choices[3].name_en, choices[3].is_marketing) == ("优惠活动", "Promotions", True)


def test_a_choice_is_kept_with_who_and_when_and_a_repeat_leaves_it(member: Member, now: datetime) -> None:
    say(member, on=False, now=now)
    say(member, on=False, now=now + timedelta(days=1))
    message_preferences.heed_channel(member.id, "promotion", "subscribe", is_on=False, now=now + timedelta(days=2))
    off = way(member)
    assert (off.is_on, off.changed_by, off.changed_at) == (False, "member", now)
    assert way(member, channel="sms").is_on
    say(member, on=True, now=now + timedelta(days=3))
    assert (way(member).is_on, way(member).changed_at) == (True, now + timedelta(days=3))


def test_of_two_words_in_one_call_the_last_counts(member: Member, now: datetime) -> None:
    both = [Switch(topic="promotion", channel="sms", is_on=on) for on in (True, False)]
    message_preferences.choose(member.id, both, changed_by="member", now=now)
    assert not way(member, channel="sms").is_on


def test_what_the_shop_owes_stays_on_and_the_lock_is_shown(db_session: Session, member: Member, now: datetime) -> None:
    with pytest.raises(TopicRequired) as refused:
        say(member, on=False, topic="service", now=now)
    assert refused.value.data == {"topic": "service"}
    assert way(member, "service").locked_by == "required"
    # WeChat's own switch is stronger than ours: what it says is noted.
    message_preferences.heed_channel(member.id, "service", "subscribe", is_on=False, now=now)
    assert not way(member, "service").is_on
    assert way(member).locked_by is None
    consents.decide_marketing(member.id, granted=False, document_version="2026-11", channel="mini", now=now)
    assert [way(member, topic).locked_by for topic in ("promotion", "points")] == ["no_marketing_consent", None]


def test_unknown_topics_channels_and_members(member: Member, now: datetime) -> None:
    with pytest.raises(NotFound, match="message_topic"):
        say(member, on=False, topic="weather", now=now)
    with pytest.raises(ChannelUnknown) as refused:
        say(member, on=False, channel="email", now=now)
    assert refused.value.data == {"topic": "promotion", "channels": ["subscribe", "sms"]}
    member.status = "erased"
    with pytest.raises(NotFound, match="member"):
        say(member, on=False, now=now)


def test_a_channel_takes_back_only_its_own_word(member: Member, now: datetime) -> None:
    def heard(on: bool) -> bool:
        message_preferences.heed_channel(member.id, "promotion", "subscribe", is_on=on, now=now)
        return way(member).is_on

    assert [heard(on) for on in (True, False, True)] == [True, False, True]
    assert way(member).changed_by == "channel"
    say(member, on=False, now=now)
    assert not heard(True)


def test_staff_switch_off_on_request_and_it_is_written_down(db_session: Session, member: Member, now: datetime) -> None:
    message_preferences.switch_off_for(
        member.id,
        switches=[Switch(topic="promotion", channel="sms", is_on=False)],
        withdraws_marketing=True,
        reason="电话要求",
        actor=staff_actor(),
        now=now,
    )
    assert (way(member, channel="sms").is_on, way(member, channel="sms").changed_by) == (False, "staff")
    assert consents.standing(member.id, "marketing").granted is False
    entry = db_session.scalars(select(AuditEntry).where(AuditEntry.action == "message_preference.switch_off")).one()
    assert (entry.object_id, entry.details) == (
        member.id,
        {"switched_off": ["promotion:sms"], "marketing_withdrawn": True, "reason": "电话要求"},
    )
    # Nobody is switched on by the shop.
    message_preferences.switch_off_for(
        member.id,
        switches=[Switch(topic="promotion", channel="subscribe", is_on=True)],
        withdraws_marketing=False,
        reason="x",
        actor=Actor.system(),
        now=now,
    )
    assert not way(member).is_on


def test_the_link_in_a_letter_switches_off_its_topic_and_stops_what_no_channel_may_tell(
    db_session: Session, member: Member, now: datetime
) -> None:
    db_session.execute(text("UPDATE message_topic SET channels = '{subscribe,email}' WHERE code = 'promotion'"))
    template = make_message_template()
    reader = make_reachable(template)
    campaign = make_running(template)
    for _ in range(2):
        assert unsubscriptions.switch_off(reader.id, topic="promotion", channel="email", now=now)
    assert (way(reader, channel="email").is_on, way(reader, channel="email").changed_by) == (False, "channel")
    assert delivery_of(campaign, reader).state == "planned"
    say(reader, on=False, now=now)
    assert delivery_of(campaign, reader).reason == "switched_off"
    other = make_reachable(template)
    again = make_running(template)
    say(other, on=False, now=now)
    assert delivery_of(again, other).state == "planned"
    unsubscriptions.switch_off(other.id, topic="promotion", channel="email", now=now)
    assert delivery_of(again, other).reason == "switched_off"
