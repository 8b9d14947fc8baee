"""One click in a letter switches its topic off on that channel: no sign-in, no question, no reason (RFC 8058)."""

from datetime import datetime

from sqlalchemy import select

from app.actor import Actor
from app.extensions import db
from app.models import Member, MessageTopic
from app.services import audit, merges, message_preferences


def find_topic(code: str) -> MessageTopic | None:
    """What a letter was about, while there is such a topic."""
    return db.session.get(MessageTopic, code)


def switch_off(member_id: int, *, topic: str, channel: str, now: datetime) -> bool:
    """Switch a topic off on one channel; False when there is no such member or topic any more. A repeat changes nothing.

    Was it the last channel that told it, what is on its way ends at once."""
    kept_id = merges.resolve(member_id)
    known = db.session.scalar(select(Member.id).where(Member.id == kept_id, Member.status == "active"))
    if known is None or find_topic(topic) is None:
        return False
    if message_preferences.heed_channel(kept_id, topic, channel, is_on=False, now=now):
        audit.record(
            "member.unsubscribe",
            actor=Actor(kind="member", id=kept_id),
            object_kind="member",
            object_id=kept_id,
            details={"topic": topic, "channel": channel},
            now=now,
        )
    return True
