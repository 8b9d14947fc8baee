"""Message templates: WeChat's, as the shop uses them."""

from uuid import UUID

from apiflask import APIBlueprint

from app.services import message_templates
from app.transaction import transaction
from app.wiring import parts
from blueprints.identity import actor, allow, now
from blueprints.paging import decode, page_of
from blueprints.schemas.base import PageQuery
from blueprints.schemas.messages import (
    CheckOut,
    MessageTemplateIn,
    MessageTemplateOut,
    MessageTemplatePage,
    MessageTemplatePatch,
)

bp = APIBlueprint("message_templates", __name__, tag="messages")


@bp.get("/message-templates")
@bp.input(PageQuery, location="query")
@bp.output(MessageTemplatePage)
@allow("marketer", "manager", "auditor", "admin")
def list_templates(query_data: PageQuery) -> MessageTemplatePage:
    """All message templates, newest first."""
    page = message_templates.list_templates(after=decode(query_data.cursor, int), limit=query_data.limit)
    return page_of(MessageTemplatePage, page, MessageTemplateOut.of)


@bp.post("/message-templates")
@bp.input(MessageTemplateIn)
@bp.output(MessageTemplateOut, status_code=201)
@allow("marketer", "admin")
def create(json_data: MessageTemplateIn) -> MessageTemplateOut:
    """Add a message template of this mini-program with its typed fields."""
    with transaction():
        template = message_templates.create(json_data.model_dump(), actor=actor(), now=now())
    return MessageTemplateOut.of(template)


@bp.get("/message-templates/<uuid:template_id>")
@bp.output(MessageTemplateOut)
@allow("marketer", "manager", "auditor", "admin")
def get(template_id: UUID) -> MessageTemplateOut:
    """One message template."""
    return MessageTemplateOut.of(message_templates.get_by_public_id(template_id))


@bp.patch("/message-templates/<uuid:template_id>")
@bp.input(MessageTemplatePatch)
@bp.output(MessageTemplateOut)
@allow("marketer", "admin")
def change(template_id: UUID, json_data: MessageTemplatePatch) -> MessageTemplateOut:
    """Change a message template or switch it off; messages not yet sent follow."""
    with transaction():
        template = message_templates.change(template_id, json_data.changes(), actor=actor(), now=now())
    return MessageTemplateOut.of(template)


@bp.post("/message-templates/<uuid:template_id>/check")
@bp.output(CheckOut)
@allow("marketer", "admin")
def check(template_id: UUID) -> CheckOut:
    """Compare with WeChat's own list. It has a small daily quota: check when something changed."""
    with transaction():  # ended before the call: WeChat is never asked inside one
        message_templates.get_by_public_id(template_id)
    listed = parts().wechat.list_templates()
    return CheckOut.of(message_templates.compare(message_templates.get_by_public_id(template_id), listed))
