"""Bills at the counter: taken with their lines, the day's list, and refunds by a manager."""

from datetime import datetime
from uuid import UUID

from apiflask import APIBlueprint
from flask import request

from app.services import bills, counter_refunds, earnings, points, programmes, purchases, tiers, visits
from blueprints.idempotency import HEADER, idempotent
from blueprints.identity import actor, allow, current_staff, now
from blueprints.paging import decode, page_of
from blueprints.schemas.counter_bills import BillOut, BillPage, BillQuery, PurchaseIn, PurchaseOut, RefundIn, RefundOut
from blueprints.schemas.purchases import lines_of
from blueprints.schemas.refund_previews import RefundPreviewOut, RefundPreviewQuery

bp = APIBlueprint("purchases", __name__, tag="counter")


@bp.post("/purchases")
@bp.input(PurchaseIn)
@bp.output(PurchaseOut, status_code=201)
@allow("clerk", "manager")
@idempotent
def record(json_data: PurchaseIn) -> PurchaseOut:
    """Record a bill paid without a coupon; uses up the visit."""
    visit = visits.use(json_data.visit_id, staff=current_staff(), now=now())
    bill = purchases.record(
        visit.member_id,
        store_id=visit.store_id,
        channel=f"store:{visit.store_id}",
        order_no=json_data.order_no,
        bill_fen=json_data.bill_fen,
        lines=lines_of(json_data.lines),
        now=now(),
    )
    return PurchaseOut.of(
        bill,
        points_earned=earnings.total(purchases.list_paid(bill), "points"),
        points_balance=points.spendable(visit.member_id, now=now()),
        standing=tiers.standing(visit.member_id),
    )


@bp.get("/purchases")
@bp.input(BillQuery, location="query")
@bp.output(BillPage)
@allow("clerk", "manager")
def list_of_day(query_data: BillQuery) -> BillPage:
    """This store's bills of a business date, newest first."""
    page = bills.list_of_day(
        current_staff().store_id or 0,
        on=query_data.on or programmes.business_date(now()),
        after=decode(query_data.cursor, datetime, int),
        limit=query_data.limit,
    )
    return page_of(BillPage, page, BillOut.of)


@bp.get("/purchases/<uuid:purchase_id>/refund-preview")
@bp.input(RefundPreviewQuery, location="query")
@bp.output(RefundPreviewOut)
@allow("manager")
def look_at_refund(purchase_id: UUID, query_data: RefundPreviewQuery) -> RefundPreviewOut:
    """What giving money back on a bill of this store would do to points, growth and coupons. Nothing is written."""
    preview = counter_refunds.look(purchase_id, amount_fen=query_data.amount_fen, actor=actor(), now=now())
    return RefundPreviewOut.of(preview)


@bp.post("/purchases/<uuid:purchase_id>/refunds")
@bp.input(RefundIn)
@bp.output(RefundOut, status_code=201)
@allow("manager")
@idempotent
def refund(purchase_id: UUID, json_data: RefundIn) -> RefundOut:
    """Give money back on a bill of this store; takes back the share of points and growth it had earned."""
    receipt = counter_refunds.give_back(
        purchase_id,
        amount_fen=json_data.amount_fen,
        # Without a number of the till's the key names the refund, also when its stored answer is gone.
        refund_no=json_data.refund_no or f"counter:{actor().id}:{request.headers[HEADER].strip()}",
        reason=json_data.reason,
        actor=actor(),
        now=now(),
    )
    return RefundOut.of(receipt)
