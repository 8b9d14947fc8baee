"""Topics: what messages are about. A member switches them off one by one, so they are made and changed with an audit row."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from app.actor import Actor
from app.database_errors import constraint_name
from app.errors import InvalidInput, NotFound, TopicInUse, TopicTaken
from app.extensions import db
from app.models import MessageTemplate, MessageTopic
from app.services import audit


def list_all() -> Sequence[MessageTopic]:
    """Every topic, by code. A shop has a dozen: no pages."""
    return db.session.scalars(select(MessageTopic).order_by(MessageTopic.code)).all()


def create(values: dict[str, Any], *, actor: Actor, now: datetime) -> MessageTopic:
    """Add a topic; every member starts with it switched on. Errors: TopicTaken, InvalidInput."""
    topic = MessageTopic(**values, updated_at=now)
    _check(topic)
    try:
        with db.session.begin_nested():
            db.session.add(topic)
    except IntegrityError as error:
        if constraint_name(error) == "pk_message_topic":
            raise TopicTaken from error
        raise
    _audit("create", topic, details=values, actor=actor, now=now)
    return topic


def change(code: str, changes: dict[str, Any], *, actor: Actor, now: datetime) -> MessageTopic:
    """Change names, cool-off, the order of channels or what it is; messages not yet sent follow.

    With templates of it, a topic that needs consent goes on needing it, and one that can be refused can be refused.
    Errors: NotFound, TopicInUse, InvalidInput."""
    # For update: a template of this topic made at the same moment waits, or is seen below.
    topic = db.session.scalar(
        select(MessageTopic)
        .where(MessageTopic.code == code)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if topic is None:
        raise NotFound(kind="message_topic")
    softened = topic.is_marketing and changes.get("is_marketing") is False
    hardened = not topic.is_required and changes.get("is_required") is True
    if (softened or hardened) and _is_used(code):
        raise TopicInUse(topic=code)
    before = {key: getattr(topic, key) for key in changes}
    for key, value in changes.items():
        setattr(topic, key, value)
    _check(topic)
    topic.updated_at = now
    _audit("update", topic, details={"before": before, "after": changes}, actor=actor, now=now)
    return topic


def _is_used(code: str) -> bool:
    return db.session.scalar(select(MessageTemplate.id).where(MessageTemplate.topic == code).limit(1)) is not None


def _check(topic: MessageTopic) -> None:
    """What the database refuses too, told in words."""
    if topic.is_marketing and topic.is_required:
        raise InvalidInput(fields={"json.is_required": ["marketing can always be refused"]})
    if topic.is_marketing and "oa_template" in topic.channels:
        # WeChat closes accounts for it.
        raise InvalidInput(fields={"json.channels": ["an official account's template messages carry no marketing"]})


def _audit(verb: str, topic: MessageTopic, *, details: dict[str, Any], actor: Actor, now: datetime) -> None:
    audit.record(
        f"message_topic.{verb}",
        actor=actor,
        object_kind="message_topic",
        # Named by its code: a topic has no number.
        object_id=None,
        details={"code": topic.code, **details},
        now=now,
    )
