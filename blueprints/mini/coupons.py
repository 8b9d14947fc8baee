"""The member's wallet."""

from datetime import datetime
from uuid import UUID

from apiflask import APIBlueprint

from app.services import wallet
from blueprints.identity import allow, current_member, now
from blueprints.paging import decode, page_of
from blueprints.schemas.coupons import CouponDetail, CouponOut, CouponPage, CouponQuery, TabCounts

bp = APIBlueprint("coupons", __name__, tag="coupons")


@bp.get("/coupons")
@bp.input(CouponQuery, location="query")
@bp.output(CouponPage)
@allow("member")
def list_mine(query_data: CouponQuery) -> CouponPage:
    """A tab of my wallet, with the counts of all tabs."""
    member_id = current_member().id
    page = wallet.list_held(
        member_id,
        status=query_data.status,
        after=decode(query_data.cursor, datetime, int),
        limit=query_data.limit,
        now=now(),
    )
    answer = page_of(CouponPage, page, CouponOut.of)
    answer.counts = TabCounts(**wallet.count_by_tab(member_id, now=now()))
    return answer


@bp.get("/coupons/<uuid:coupon_id>")
@bp.output(CouponDetail)
@allow("member")
def get_mine(coupon_id: UUID) -> CouponDetail:
    """One of my coupons, with all it says in plain words."""
    return CouponDetail.of(wallet.get(current_member().id, public_id=coupon_id, now=now()))
