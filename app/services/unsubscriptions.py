"""One click in a letter switches its topic off on that channel: no sign-in, no question, no reason (RFC 8058)."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from app.actor import Actor
from app.extensions import db
from app.models import Member, MessagePreference, MessageTopic
from app.services import audit, merges


def switch_off(member_id: int, *, topic: str, channel: str, now: datetime) -> bool:
    """Switch a topic off on one channel; False when there is no such member or topic any more. A repeat changes nothing."""
    kept_id = merges.resolve(member_id)
    known = db.session.scalar(select(Member.id).where(Member.id == kept_id, Member.status == "active"))
    if known is None or db.session.get(MessageTopic, topic) is None:
        return False
    values = {"is_on": False, "changed_by": "member", "changed_at": now}
    changed = db.session.execute(
        insert(MessagePreference)
        .values(member_id=kept_id, topic=topic, channel=channel, **values)
        .on_conflict_do_update(
            index_elements=["member_id", "topic", "channel"], set_=values, where=MessagePreference.is_on.is_(True)
        )
        .returning(MessagePreference.topic)
    ).first()
    if changed is not None:
        audit.record(
            "member.unsubscribe",
            actor=Actor(kind="member", id=kept_id),
            object_kind="member",
            object_id=kept_id,
            details={"topic": topic, "channel": channel},
            now=now,
        )
    return True
