"""Giving a coupon at the counter, for a wait, a mishap or a kindness."""

from apiflask import APIBlueprint
from flask import request

from app.services import clerk_issues, coupon_templates
from blueprints.idempotency import HEADER, idempotent
from blueprints.identity import actor, allow, now
from blueprints.schemas.clerk_issues import ClerkBatchesOut, ClerkBatchOut, ClerkIssueIn, ClerkIssueOut

bp = APIBlueprint("coupon_issues", __name__, tag="counter")


@bp.get("/coupon-issues")
@bp.output(ClerkBatchesOut)
@allow("clerk", "manager")
def list_batches() -> ClerkBatchesOut:
    """What I may give at the counter now, and how many copies I have left today."""
    batches = clerk_issues.list_batches(now=now())
    names = coupon_templates.names_of(coupon_templates.terms_of(printed.template) for printed in batches)
    return ClerkBatchesOut(
        data=[ClerkBatchOut.of(printed, names) for printed in batches],
        left_today=clerk_issues.left_today(actor(), now=now()),
    )


@bp.post("/coupon-issues")
@bp.input(ClerkIssueIn)
@bp.output(ClerkIssueOut, status_code=201)
@allow("clerk", "manager")
@idempotent
def issue(json_data: ClerkIssueIn) -> ClerkIssueOut:
    """Give the scanned member a coupon, within my day's limit and never to myself. The visit stays open for the bill."""
    issued = clerk_issues.issue(
        visit_public_id=json_data.visit_id,
        batch_public_id=json_data.batch_id,
        note=json_data.note,
        key=request.headers[HEADER].strip(),
        actor=actor(),
        now=now(),
    )
    return ClerkIssueOut.of(issued)
