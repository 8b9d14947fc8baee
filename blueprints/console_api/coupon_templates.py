"""Coupon templates: the terms."""

from uuid import UUID

from apiflask import APIBlueprint

from app.models import CouponTemplate
from app.services import coupon_templates
from app.transaction import transaction
from blueprints.identity import actor, allow, now
from blueprints.paging import decode, page_of
from blueprints.schemas.coupon_templates import (
    TemplateDetail,
    TemplateIn,
    TemplateOut,
    TemplatePage,
    TemplateQuery,
    TemplateVersionIn,
    TermsLookIn,
    TermsLookOut,
)

bp = APIBlueprint("coupon_templates", __name__, tag="coupons")


@bp.get("/coupon-templates")
@bp.input(TemplateQuery, location="query")
@bp.output(TemplatePage)
@allow("marketer", "manager", "auditor", "admin")
def list_templates(query_data: TemplateQuery) -> TemplatePage:
    """Coupon templates, newest first: all versions, those of one template, or the newest of each."""
    page = coupon_templates.list_templates(
        after=decode(query_data.cursor, int),
        limit=query_data.limit,
        family_id=query_data.family_id,
        is_latest=query_data.is_latest,
    )
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


@bp.post("/coupon-template-previews")
@bp.input(TermsLookIn)
@bp.output(TermsLookOut)
@allow("marketer", "admin")
def look(json_data: TermsLookIn) -> TermsLookOut:
    """What terms would say in plain words, in both languages, before they are saved."""
    terms = coupon_templates.look(json_data.terms.said())
    return TermsLookOut.of(terms, coupon_templates.names_of([terms]))


@bp.get("/coupon-templates/<uuid:coupon_template_id>")
@bp.output(TemplateDetail)
@allow("marketer", "manager", "auditor", "admin")
def get(coupon_template_id: UUID) -> TemplateDetail:
    """One version of a template, with everything it says in plain words."""
    template = coupon_templates.get_by_public_id(coupon_template_id)
    return TemplateDetail.in_full(template, coupon_templates.names_of([coupon_templates.terms_of(template)]))


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
