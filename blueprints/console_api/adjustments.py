"""Correcting points and growth by hand, and deciding what needs a second person."""

from uuid import UUID

from apiflask import APIBlueprint

from app.services import adjustments
from blueprints.idempotency import idempotent
from blueprints.identity import actor, allow, now
from blueprints.paging import decode, page_of
from blueprints.schemas.adjustments import AdjustmentIn, AdjustmentOut, AdjustmentPage, AdjustmentQuery, RejectionIn

bp = APIBlueprint("adjustments", __name__, tag="adjustments")


@bp.get("/adjustments")
@bp.input(AdjustmentQuery, location="query")
@bp.output(AdjustmentPage)
@allow("manager", "auditor", "admin")
def list_adjustments(query_data: AdjustmentQuery) -> AdjustmentPage:
    """Adjustments, newest first; by state."""
    page = adjustments.list_adjustments(
        after=decode(query_data.cursor, int), limit=query_data.limit, state=query_data.state
    )
    return page_of(AdjustmentPage, page, AdjustmentOut.of)


@bp.post("/adjustments")
@bp.input(AdjustmentIn)
@bp.output(AdjustmentOut, status_code=201)
@allow("manager", "admin")
@idempotent
def request(json_data: AdjustmentIn) -> AdjustmentOut:
    """Correct a member's points or growth: booked at once within my limit of the day, else waiting for a second person."""
    fields = json_data.model_dump(exclude={"member_id"})
    asked = adjustments.request(json_data.member_id, actor=actor(), now=now(), **fields)
    return AdjustmentOut.of(adjustments.get(asked.public_id))


@bp.get("/adjustments/<uuid:adjustment_id>")
@bp.output(AdjustmentOut)
@allow("manager", "auditor", "admin")
def get(adjustment_id: UUID) -> AdjustmentOut:
    """One adjustment."""
    return AdjustmentOut.of(adjustments.get(adjustment_id))


@bp.post("/adjustments/<uuid:adjustment_id>/approval")
@bp.output(AdjustmentOut)
@allow("manager", "admin")
@idempotent
def approve(adjustment_id: UUID) -> AdjustmentOut:
    """Book a waiting adjustment as the second person."""
    adjustments.approve(adjustment_id, actor=actor(), now=now())
    return AdjustmentOut.of(adjustments.get(adjustment_id))


@bp.post("/adjustments/<uuid:adjustment_id>/rejection")
@bp.input(RejectionIn)
@bp.output(AdjustmentOut)
@allow("manager", "admin")
@idempotent
def reject(adjustment_id: UUID, json_data: RejectionIn) -> AdjustmentOut:
    """Turn a waiting adjustment down as the second person."""
    adjustments.reject(adjustment_id, reason=json_data.reason, actor=actor(), now=now())
    return AdjustmentOut.of(adjustments.get(adjustment_id))
