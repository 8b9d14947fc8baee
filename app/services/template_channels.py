"""How a message template reads on channels other than the mini-program; a channel without a text is not used for it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from app.actor import Actor
from app.errors import MessageFieldsInvalid, NotFound
from app.extensions import db
from app.models import MessageTemplate, MessageTemplateChannel
from app.rules import channel_text
from app.services import audit


def write(
    template: MessageTemplate,
    channel: str,
    *,
    external_template_id: str | None,
    subject: str | None,
    body: str | None,
    fields: dict[str, str],
    actor: Actor,
    now: datetime,
) -> MessageTemplateChannel:
    """Set the text for one channel, in place of what there was. Errors: MessageFieldsInvalid(fields={place: reason})."""
    problems = channel_text.find_problems(channel, fields=fields, subject=subject, body=body, known=template.fields)
    if channel == "email":
        problems |= {"external_template_id": "not_in_template"} if external_template_id else {}
    elif not external_template_id:
        problems |= {"external_template_id": "missing"}
    if problems:
        raise MessageFieldsInvalid(fields=problems)
    is_letter = channel == "email"
    values = {
        "external_template_id": None if is_letter else external_template_id,
        "subject": subject if is_letter else None,
        "body": body if is_letter else None,
        "fields": {} if is_letter else fields,
        "updated_at": now,
    }
    row = db.session.scalars(
        insert(MessageTemplateChannel)
        .values(message_template_id=template.id, channel=channel, **values)
        .on_conflict_do_update(index_elements=["message_template_id", "channel"], set_=values)
        .returning(MessageTemplateChannel)
        .execution_options(populate_existing=True)
    ).one()
    _audit("write_text", template, actor=actor, details={"channel": channel, **values, "updated_at": None}, now=now)
    return row


def remove(template: MessageTemplate, channel: str, *, actor: Actor, now: datetime) -> None:
    """The template goes there no more. Raises NotFound."""
    gone = db.session.execute(
        delete(MessageTemplateChannel)
        .where(MessageTemplateChannel.message_template_id == template.id, MessageTemplateChannel.channel == channel)
        .returning(MessageTemplateChannel.channel)
    ).first()
    if gone is None:
        raise NotFound(kind="message_template_channel")
    _audit("remove_text", template, actor=actor, details={"channel": channel}, now=now)


def list_texts(template: MessageTemplate) -> Sequence[MessageTemplateChannel]:
    """One per channel the template has a text for."""
    return db.session.scalars(
        select(MessageTemplateChannel)
        .where(MessageTemplateChannel.message_template_id == template.id)
        .order_by(MessageTemplateChannel.channel)
    ).all()


def _audit(verb: str, template: MessageTemplate, *, actor: Actor, details: dict[str, Any], now: datetime) -> None:
    audit.record(
        f"message_template.{verb}",
        actor=actor,
        object_kind="message_template",
        object_id=template.id,
        details={key: value for key, value in details.items() if value is not None},
        now=now,
    )
