"""Topics: what messages are about, what needs consent, how often, by which channels."""

from apiflask import APIBlueprint

from app.services import message_topics
from app.transaction import transaction
from blueprints.identity import actor, allow, now
from blueprints.schemas.topics import MessageTopicIn, MessageTopicOut, MessageTopicPatch, MessageTopicsOut

bp = APIBlueprint("message_topics", __name__, tag="messages")


@bp.get("/message-topics")
@bp.output(MessageTopicsOut)
@allow("marketer", "manager", "auditor", "admin")
def list_topics() -> MessageTopicsOut:
    """All topics, by code."""
    return MessageTopicsOut(data=[MessageTopicOut.of(topic) for topic in message_topics.list_all()])


@bp.post("/message-topics")
@bp.input(MessageTopicIn)
@bp.output(MessageTopicOut, status_code=201)
@allow("marketer", "admin")
def create(json_data: MessageTopicIn) -> MessageTopicOut:
    """Add a topic. It is on for everybody until they switch it off."""
    with transaction():
        topic = message_topics.create(json_data.model_dump(), actor=actor(), now=now())
    return MessageTopicOut.of(topic)


@bp.patch("/message-topics/<string:topic_code>")
@bp.input(MessageTopicPatch)
@bp.output(MessageTopicOut)
@allow("marketer", "admin")
def change(topic_code: str, json_data: MessageTopicPatch) -> MessageTopicOut:
    """Change a topic. With templates of it, what needs consent and what can be refused stays so."""
    with transaction():
        topic = message_topics.change(topic_code, json_data.changes(), actor=actor(), now=now())
    return MessageTopicOut.of(topic)
