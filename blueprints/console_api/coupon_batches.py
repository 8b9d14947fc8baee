"""Coupon batches: print, watch, pause, top up, and give single coupons."""

from uuid import UUID

from apiflask import APIBlueprint
from flask import request

from app.services import coupon_batch_figures, coupon_batches, coupon_templates, coupons, members
from app.transaction import transaction
from blueprints.idempotency import HEADER, idempotent
from blueprints.identity import actor, allow, now
from blueprints.paging import decode, page_of
from blueprints.schemas.coupon_batches import (
    BatchDetail,
    BatchIn,
    BatchOut,
    BatchPage,
    BatchPatch,
    BatchQuery,
    IssueIn,
    IssueOut,
)
from blueprints.schemas.coupons import CouponOut

bp = APIBlueprint("coupon_batches", __name__, tag="coupons")


@bp.get("/coupon-batches")
@bp.input(BatchQuery, location="query")
@bp.output(BatchPage)
@allow("marketer", "manager", "auditor", "admin")
def list_batches(query_data: BatchQuery) -> BatchPage:
    """All batches, newest first, with stock and budget figures."""
    page = coupon_batch_figures.list_batches(
        after=decode(query_data.cursor, int),
        limit=query_data.limit,
        status=query_data.status,
        how=query_data.how,
        family_id=query_data.family_id,
    )
    names = coupon_templates.names_of(coupon_templates.terms_of(one.template) for one in page.items)
    return page_of(BatchPage, page, lambda one: BatchOut.of(one, names))


@bp.post("/coupon-batches")
@bp.input(BatchIn)
@bp.output(BatchOut, status_code=201)
@allow("marketer", "admin")
def create(json_data: BatchIn) -> BatchOut:
    """Print a coupon batch. It is active at once and open in its window."""
    fields = json_data.model_dump(exclude={"template_id", "member_list_id", "segment_id", "payer_id"})
    with transaction():
        batch = coupon_batches.create(
            template_public_id=json_data.template_id,
            member_list_public_id=json_data.member_list_id,
            segment_public_id=json_data.segment_id,
            payer_public_id=json_data.payer_id,
            actor=actor(),
            now=now(),
            **fields,
        )
    printed = coupon_batch_figures.tell(batch)
    return BatchOut.of(printed, coupon_templates.names_of([coupon_templates.terms_of(printed.template)]))


@bp.get("/coupon-batches/<uuid:batch_id>")
@bp.output(BatchDetail)
@allow("marketer", "manager", "auditor", "admin")
def get(batch_id: UUID) -> BatchDetail:
    """One batch, and what became of its coupons."""
    return BatchDetail.with_counts(coupon_batches.get_by_public_id(batch_id), now=now())


@bp.patch("/coupon-batches/<uuid:batch_id>")
@bp.input(BatchPatch)
@bp.output(BatchDetail)
@allow("marketer", "admin")
def change(batch_id: UUID, json_data: BatchPatch) -> BatchDetail:
    """Pause, resume or close a batch; change stock or budget, never below what is out. Acts on the next claim."""
    with transaction():
        batch = coupon_batches.change(
            batch_id,
            template_public_id=json_data.template_id,
            actor=actor(),
            now=now(),
            **json_data.model_dump(exclude={"template_id"}),
        )
    return BatchDetail.with_counts(batch, now=now())


@bp.post("/coupon-batches/<uuid:batch_id>/issues")
@bp.input(IssueIn)
@bp.output(IssueOut, status_code=201)
@allow("marketer", "admin")
@idempotent
def issue(batch_id: UUID, json_data: IssueIn) -> IssueOut:
    """Give one member a coupon of a batch made for issuing."""
    batch = coupon_batches.get_by_public_id(batch_id)
    member = members.get_by_public_id(json_data.member_id)
    # The key outlives its stored answer here: even months later it names this one coupon.
    source = f"issue:{batch.id}:{actor().id}:{request.headers[HEADER].strip()}"
    coupon = coupons.issue(member.id, batch_id=batch.id, source=source, now=now(), actor=actor(), note=json_data.note)
    return IssueOut(coupon=CouponOut.of(coupon), is_new=coupon.is_new)
