"""Coupon templates: the terms."""

from apiflask import APIBlueprint

from app.services import coupon_templates
from app.transaction import transaction
from blueprints.identity import actor, allow, now
from blueprints.paging import decode, page_of
from blueprints.schemas.base import PageQuery
from blueprints.schemas.coupon_batches import TemplateIn, TemplateOut, TemplatePage

bp = APIBlueprint("coupon_templates", __name__, tag="coupons")


@bp.get("/coupon-templates")
@bp.input(PageQuery, location="query")
@bp.output(TemplatePage)
@allow("marketer", "manager", "auditor", "admin")
def list_templates(query_data: PageQuery) -> TemplatePage:
    """All coupon templates, newest first."""
    after = decode(query_data.cursor, int)
    page = coupon_templates.list_templates(after=after, limit=query_data.limit)
    return page_of(TemplatePage, page, TemplateOut.of)


@bp.post("/coupon-templates")
@bp.input(TemplateIn)
@bp.output(TemplateOut, status_code=201)
@allow("marketer", "admin")
def create(json_data: TemplateIn) -> TemplateOut:
    """Write the terms of a coupon. They never change afterwards: other terms are another template."""
    with transaction():
        template = coupon_templates.create(
            name=json_data.name,
            value_fen=json_data.value_fen,
            min_spend_fen=json_data.min_spend_fen,
            valid_days=json_data.valid_days,
            store_public_ids=json_data.store_ids,
            actor=actor(),
            now=now(),
        )
    return TemplateOut.of(template)
