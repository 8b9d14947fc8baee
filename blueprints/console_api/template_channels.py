"""How a message template reads on the official account, in an SMS and in a letter."""

from typing import Any
from uuid import UUID

from apiflask import APIBlueprint

from app.errors import NotFound
from app.services import message_templates, template_channels
from app.transaction import transaction
from blueprints.identity import actor, allow, now
from blueprints.schemas.template_channels import EmailTextIn, ExternalTextIn, TextOut, TextsOut

bp = APIBlueprint("template_channels", __name__, tag="messages")

EXTERNAL = ("oa_template", "sms")


@bp.get("/message-templates/<uuid:template_id>/channels")
@bp.output(TextsOut)
@allow("marketer", "manager", "auditor", "admin")
def list_texts(template_id: UUID) -> TextsOut:
    """The channels this template has a text for besides the mini-program."""
    template = message_templates.get_by_public_id(template_id)
    return TextsOut(data=[TextOut.of(row) for row in template_channels.list_texts(template)])


@bp.put("/message-templates/<uuid:template_id>/letter")
@bp.input(EmailTextIn)
@bp.output(TextOut)
@allow("marketer", "admin")
def write_email(template_id: UUID, json_data: EmailTextIn) -> TextOut:
    """Write the letter, in place of what there was; messages not yet sent follow."""
    return _write(template_id, "email", external_template_id=None, fields={}, **json_data.model_dump())


@bp.put("/message-templates/<uuid:template_id>/channels/<text_channel>")
@bp.input(ExternalTextIn)
@bp.output(TextOut)
@allow("marketer", "admin")
def write_external(template_id: UUID, text_channel: str, json_data: ExternalTextIn) -> TextOut:
    """Name the template that WeChat (`oa_template`) or the SMS provider (`sms`) holds, and fill its fields."""
    if text_channel not in EXTERNAL:
        raise NotFound(kind="channel")
    return _write(template_id, text_channel, subject=None, body=None, **json_data.model_dump())


@bp.delete("/message-templates/<uuid:template_id>/channels/<text_channel>")
@bp.output(TextsOut)
@allow("marketer", "admin")
def remove(template_id: UUID, text_channel: str) -> TextsOut:
    """Take a text away: messages of this template go there no more."""
    with transaction():
        template = message_templates.get_by_public_id(template_id)
        template_channels.remove(template, text_channel, actor=actor(), now=now())
        left = [TextOut.of(row) for row in template_channels.list_texts(template)]
    return TextsOut(data=left)


def _write(template_id: UUID, channel: str, **values: Any) -> TextOut:
    with transaction():
        template = message_templates.get_by_public_id(template_id)
        row = template_channels.write(template, channel, actor=actor(), now=now(), **values)
        return TextOut.of(row)
