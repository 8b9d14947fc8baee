"""The preference centre: what a member wants to be told, by which channel. No row of a switch means on."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from typing import Literal

from sqlalchemy import Row, select

from app.actor import Actor
from app.errors import ChannelUnknown, NotFound, TopicRequired
from app.extensions import db
from app.models import Member, MessageTopic
from app.services import audit, consents, pending_messages
from app.statements import message_preferences

ChangedBy = Literal["member", "staff", "channel"]


@dataclass(frozen=True, kw_only=True)
class Switch:
    """What somebody says of one topic on one channel."""

    topic: str
    channel: str
    is_on: bool


@dataclass(frozen=True, kw_only=True)
class Way:
    """One channel of a topic. `locked_by`: why the switch alone decides nothing (required, no_marketing_consent)."""

    channel: str
    is_on: bool
    locked_by: str | None
    changed_by: str | None
    changed_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class TopicChoice:
    """A topic and its channels, the first tried first."""

    topic: str
    name: str
    name_en: str
    is_marketing: bool
    ways: list[Way]


def list_choices(member_id: int) -> list[TopicChoice]:
    """Every topic the shop has, with what the member said; one query."""
    rows = db.session.execute(message_preferences.LIST, {"member_id": member_id}).all()
    return [_choice(list(ways)) for _, ways in groupby(rows, key=attrgetter("code"))]


def choose(member_id: int, switches: Sequence[Switch], *, changed_by: ChangedBy, now: datetime) -> None:
    """Set the switches named; the others stay. What nobody may tell any more is suppressed at once.

    Errors: NotFound (member, message_topic), ChannelUnknown, TopicRequired."""
    _lock(member_id)
    _check(switches)
    _write(member_id, switches, changed_by=changed_by, now=now)


def switch_off_for(
    member_id: int, *, switches: Sequence[Switch], withdraws_marketing: bool, reason: str, actor: Actor, now: datetime
) -> None:
    """At a member's request, staff switch topics off or withdraw marketing consent; never on. Errors: as `choose`."""
    off = [Switch(topic=one.topic, channel=one.channel, is_on=False) for one in switches]
    choose(member_id, off, changed_by="staff", now=now)
    if withdraws_marketing:
        consents.decide_marketing(
            member_id,
            granted=False,
            document_version=consents.current_version("marketing"),
            channel="console",
            now=now,
        )
    audit.record(
        "message_preference.switch_off",
        actor=actor,
        object_kind="member",
        object_id=member_id,
        details={
            "switched_off": [f"{one.topic}:{one.channel}" for one in off],
            "marketing_withdrawn": withdraws_marketing,
            "reason": reason,
        },
        now=now,
    )


def heed_channel(member_id: int, topic: str, channel: str, *, is_on: bool, now: datetime) -> bool:
    """Note what the member told the channel itself (a switch in WeChat, an unsubscribe link); also of required topics.

    False when it was so already."""
    if is_on:
        switch = {"member_id": member_id, "topic": topic, "channel": channel, "now": now}
        return db.session.execute(message_preferences.SWITCH_BACK, switch).first() is not None
    return _write(member_id, [Switch(topic=topic, channel=channel, is_on=False)], changed_by="channel", now=now)


def _lock(member_id: int) -> None:
    # A merge of this member is waited for, or waits for us.
    found = db.session.scalar(
        select(Member.id).where(Member.id == member_id, Member.status == "active").with_for_update(key_share=True)
    )
    if found is None:
        raise NotFound(kind="member")


def _check(switches: Iterable[Switch]) -> None:
    named = {one.topic for one in switches}
    topics = {
        topic.code: topic for topic in db.session.scalars(select(MessageTopic).where(MessageTopic.code.in_(named)))
    }
    for one in switches:
        topic = topics.get(one.topic)
        if topic is None:
            raise NotFound(kind="message_topic")
        if one.channel not in topic.channels:
            raise ChannelUnknown(topic=one.topic, channels=topic.channels)
        if topic.is_required and not one.is_on:
            raise TopicRequired(topic=one.topic)


def _write(member_id: int, switches: Sequence[Switch], *, changed_by: ChangedBy, now: datetime) -> bool:
    # Of two words about one switch the last counts.
    said = {(one.topic, one.channel): one.is_on for one in switches}
    changed = db.session.execute(
        message_preferences.CHOOSE,
        {
            "member_id": member_id,
            "topics": [topic for topic, _ in said],
            "channels": [channel for _, channel in said],
            "are_on": list(said.values()),
            "changed_by": changed_by,
            "now": now,
        },
    ).all()
    if changed and not all(said.values()):
        pending_messages.stop(member_id, now=now)
    return bool(changed)


def _choice(rows: Sequence[Row[tuple[object, ...]]]) -> TopicChoice:
    first = rows[0]
    return TopicChoice(
        topic=first.code,
        name=first.name,
        name_en=first.name_en,
        is_marketing=first.is_marketing,
        ways=[
            Way(
                channel=row.channel,
                is_on=row.is_on,
                locked_by=_lock_of(row),
                changed_by=row.changed_by,
                changed_at=row.changed_at,
            )
            for row in rows
        ],
    )


def _lock_of(row: Row[tuple[object, ...]]) -> str | None:
    if row.is_required:
        return "required"
    return "no_marketing_consent" if row.is_marketing and not row.marketing_consent else None
