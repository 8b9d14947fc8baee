"""The coupon centre: what a member can claim, and claiming it. The usual claim is answered before the application:
blueprints/mini/quick_claim.py."""

from datetime import datetime
from uuid import UUID

from apiflask import APIBlueprint

from app.services import coupon_offers, coupons
from blueprints.idempotency import idempotent
from blueprints.identity import allow, current_member, now
from blueprints.paging import decode, page_of
from blueprints.schemas.base import PageQuery
from blueprints.schemas.coupons import CouponOut, OfferOut, OfferPage

bp = APIBlueprint("coupon_batches", __name__, tag="coupons")


@bp.get("/coupon-batches")
@bp.input(PageQuery, location="query")
@bp.output(OfferPage)
@allow("member")
def list_offers(query_data: PageQuery) -> OfferPage:
    """Batches open now, ending soonest first, with stock left and my remaining claims."""
    page = coupon_offers.list_offers(
        current_member().id,
        after=decode(query_data.cursor, datetime, int),
        limit=query_data.limit,
        now=now(),
    )
    return page_of(OfferPage, page, OfferOut.of)


@bp.post("/coupon-batches/<uuid:batch_id>/claims")
@bp.output(CouponOut, status_code=201)
@allow("member")
@idempotent
def claim(batch_id: UUID) -> CouponOut:
    """Claim a coupon. Refused with the reason when the batch is closed, used up or not for me, or my limit is reached."""
    return CouponOut.of(coupons.claim(current_member().id, batch_public_id=batch_id, now=now()))
