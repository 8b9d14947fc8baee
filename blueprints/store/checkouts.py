"""Bills with coupons, a tier's discount and points: quoted, settled, listed, undone."""

from datetime import datetime
from uuid import UUID

from apiflask import APIBlueprint

from app import transaction
from app.services import checkout_lists, checkout_quotes, checkouts, programmes
from app.services.redemption_attempts import Attempt
from blueprints.idempotency import idempotent
from blueprints.identity import actor, allow, current_staff, now
from blueprints.paging import decode, page_of
from blueprints.schemas.checkouts import CheckoutIn, CheckoutOut, CheckoutPage, QuoteIn, QuoteOut
from blueprints.schemas.redemptions import ReversalIn
from blueprints.schemas.shifts import DayListQuery
from blueprints.store.refused_uses import keeps_refusals

bp = APIBlueprint("checkouts", __name__, tag="counter")


def _attempt(body: QuoteIn | CheckoutIn) -> Attempt | None:
    return Attempt(body.visit_id, body.coupon_ids, body.bill_fen) if body.coupon_ids else None


@bp.post("/quotes")
@bp.input(QuoteIn)
@bp.output(QuoteOut)
@allow("clerk", "manager")
@keeps_refusals(_attempt)
def quote(json_data: QuoteIn) -> QuoteOut:
    """Quote a bill: each coupon explained, the best set proposed, the chosen one priced and held. Nothing is used up."""
    return QuoteOut.of(
        transaction.run(
            lambda: checkout_quotes.quote(
                json_data.visit_id,
                json_data.rung_up(),
                coupon_ids=json_data.coupon_ids,
                pay_points=json_data.points,
                actor=actor(),
                now=now(),
            )
        )
    )


@bp.post("/checkouts")
@bp.input(CheckoutIn)
@bp.output(CheckoutOut, status_code=201)
@allow("clerk", "manager")
@keeps_refusals(_attempt)
@idempotent
def settle(json_data: CheckoutIn) -> CheckoutOut:
    """Settle a bill with these coupons and points; records the purchase, points and growth. A refusal leaves the visit open."""
    checkout = checkouts.settle(
        json_data.visit_id,
        json_data.rung_up(order_no=json_data.order_no),
        coupon_ids=json_data.coupon_ids,
        pay_points=json_data.points,
        actor=actor(),
        now=now(),
    )
    return CheckoutOut.of(checkout_lists.tell(checkout.public_id))


@bp.post("/checkouts/<uuid:checkout_id>/reversal")
@bp.input(ReversalIn)
@bp.output(CheckoutOut, status_code=201)
@allow("clerk", "manager")
@idempotent
def reverse(checkout_id: UUID, json_data: ReversalIn) -> CheckoutOut:
    """Undo a bill: coupons and points come back, what it earned goes. Own ones for some minutes; a manager at any time."""
    checkout = checkouts.reverse(checkout_id, reason=json_data.reason, actor=actor(), now=now())
    return CheckoutOut.of(checkout_lists.tell(checkout.public_id))


@bp.get("/checkouts")
@bp.input(DayListQuery, location="query")
@bp.output(CheckoutPage)
@allow("clerk", "manager")
def list_of_day(query_data: DayListQuery) -> CheckoutPage:
    """This store's settled bills of a business date, newest first; with `mine` only what I settled."""
    page = checkout_lists.list_of_day(
        current_staff().store_id or 0,
        on=query_data.on or programmes.business_date(now()),
        after=decode(query_data.cursor, datetime, int),
        limit=query_data.limit,
        staff_id=current_staff().id if query_data.mine else None,
    )
    return page_of(CheckoutPage, page, CheckoutOut.of)
