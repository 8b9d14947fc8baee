"""The member's points statement."""

from typing import Any

from apiflask import APIBlueprint

from app.services import points
from blueprints.identity import allow, current_member, now
from blueprints.paging import decode, page_of
from blueprints.schemas.base import PageQuery
from blueprints.schemas.points import PointsEntriesOut, PointsEntryOut

bp = APIBlueprint("points", __name__, tag="points")


@bp.get("/points/entries")
@bp.input(PageQuery, location="query")
@bp.output(PointsEntriesOut)
@allow("member")
def entries(query_data: PageQuery) -> Any:
    """My points entries, newest first, and what can be spent now."""
    member_id = current_member().id
    page = points.list_entries(member_id, after=decode(query_data.cursor, int), limit=query_data.limit)
    answer = page_of(PointsEntriesOut, page, PointsEntryOut.of)
    answer.points_balance = points.spendable(member_id, now=now())
    return answer
