"""Coupon templates: the terms."""

from uuid import UUID

from apiflask import APIBlueprint

from app.models import CouponTemplate
from app.services import coupon_templates
from app.transaction import transaction
from blueprints.identity import actor, allow, now
from blueprints.paging import decode, page_of
from blueprints.schemas.base import PageQuery
from blueprints.schemas.coupon_templates import TemplateIn, TemplateOut, TemplatePage, TemplateVersionIn

bp = APIBlueprint("coupon_templates", __name__, tag="coupons")


@bp.get("/coupon-templates")
@bp.input(PageQuery, location="query")
@bp.output(TemplatePage)
@allow("marketer", "manager", "auditor", "admin")
def list_templates(query_data: PageQuery) -> TemplatePage:
    """All coupon templates, newest first."""
    after = decode(query_data.cursor, int)
    page = coupon_templates.list_templates(after=after, limit=query_data.limit)
    names = coupon_templates.names_of(coupon_templates.terms_of(one) for one in page.items)
    return page_of(TemplatePage, page, lambda one: TemplateOut.of(one, names))


@bp.post("/coupon-templates")
@bp.input(TemplateIn)
@bp.output(TemplateOut, status_code=201)
@allow("marketer", "admin")
def create(json_data: TemplateIn) -> TemplateOut:
    """Write the terms of a coupon. They never change afterwards: other terms are another version."""
    with transaction():
        template = coupon_templates.create(name=json_data.name, terms=json_data.terms.said(), actor=actor(), now=now())
    return _told(template)


@bp.post("/coupon-templates/<uuid:coupon_template_id>/versions")
@bp.input(TemplateVersionIn)
@bp.output(TemplateOut, status_code=201)
@allow("marketer", "admin")
def revise(coupon_template_id: UUID, json_data: TemplateVersionIn) -> TemplateOut:
    """Write the next version of a coupon's terms. Batches keep the version they were printed with."""
    with transaction():
        template = coupon_templates.revise(coupon_template_id, terms=json_data.terms.said(), actor=actor(), now=now())
    return _told(template)


def _told(template: CouponTemplate) -> TemplateOut:
    return TemplateOut.of(template, coupon_templates.names_of([coupon_templates.terms_of(template)]))
