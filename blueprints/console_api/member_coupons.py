"""A member's coupons, as the console sees them."""

from datetime import datetime
from uuid import UUID

from apiflask import APIBlueprint

from app.services import members, wallet
from blueprints.identity import allow, now
from blueprints.paging import decode, page_of
from blueprints.schemas.coupons import CouponOut, CouponPage, CouponQuery, TabCounts

bp = APIBlueprint("member_coupons", __name__, tag="members")


@bp.get("/members/<uuid:member_id>/coupons")
@bp.input(CouponQuery, location="query")
@bp.output(CouponPage)
@allow("manager", "marketer", "auditor", "admin")
def list_coupons(member_id: UUID, query_data: CouponQuery) -> CouponPage:
    """A tab of a member's wallet, with the counts of all tabs."""
    member = members.get_by_public_id(member_id)
    page = wallet.list_held(
        member.id,
        status=query_data.status,
        after=decode(query_data.cursor, datetime, int),
        limit=query_data.limit,
        now=now(),
    )
    answer = page_of(CouponPage, page, CouponOut.of)
    answer.counts = TabCounts(**wallet.count_by_tab(member.id, now=now()))
    return answer
