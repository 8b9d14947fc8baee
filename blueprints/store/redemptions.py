"""Using a coupon at the counter, undoing it, and the day's list."""

from datetime import datetime
from uuid import UUID

from apiflask import APIBlueprint

from app.services import programmes, redemptions
from app.services.redemption_attempts import Attempt
from blueprints.idempotency import idempotent
from blueprints.identity import actor, allow, current_staff, now
from blueprints.paging import decode, page_of
from blueprints.schemas.redemptions import RedemptionIn, RedemptionOut, RedemptionPage, RedemptionQuery, ReversalIn
from blueprints.store.refused_uses import keeps_refusals

bp = APIBlueprint("redemptions", __name__, tag="counter")


@bp.post("/redemptions")
@bp.input(RedemptionIn)
@bp.output(RedemptionOut, status_code=201)
@allow("clerk", "manager")
@keeps_refusals(lambda body: Attempt(body.visit_id, [body.coupon_id], body.bill_fen))
@idempotent
def redeem(json_data: RedemptionIn) -> RedemptionOut:
    """Use one coupon on a bill: a checkout in short. A refusal leaves the visit open for another coupon."""
    redemption = redemptions.redeem(
        visit_public_id=json_data.visit_id,
        coupon_public_id=json_data.coupon_id,
        bill_fen=json_data.bill_fen,
        order_no=json_data.order_no,
        actor=actor(),
        now=now(),
    )
    return RedemptionOut.of(redemptions.tell(redemption.id))


@bp.post("/redemptions/<uuid:redemption_id>/reversal")
@bp.input(ReversalIn)
@bp.output(RedemptionOut, status_code=201)
@allow("clerk", "manager")
@idempotent
def reverse(redemption_id: UUID, json_data: ReversalIn) -> RedemptionOut:
    """Undo the bill of a redemption: all its coupons come back. Own ones for some minutes; a manager at any time."""
    redemption = redemptions.reverse(redemption_id, reason=json_data.reason, actor=actor(), now=now())
    return RedemptionOut.of(redemptions.tell(redemption.id))


@bp.get("/redemptions")
@bp.input(RedemptionQuery, location="query")
@bp.output(RedemptionPage)
@allow("clerk", "manager")
def list_of_day(query_data: RedemptionQuery) -> RedemptionPage:
    """This store's redemptions of a business date, newest first."""
    page = redemptions.list_of_day(
        current_staff().store_id or 0,
        on=query_data.on or programmes.business_date(now()),
        after=decode(query_data.cursor, datetime, int),
        limit=query_data.limit,
    )
    return page_of(RedemptionPage, page, RedemptionOut.of)
