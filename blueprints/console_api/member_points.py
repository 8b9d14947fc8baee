"""A member's ledgers at the console: points, growth, tiers held."""

from uuid import UUID

from apiflask import APIBlueprint
from flask import Response

from app.services import growth_statement, members, points, programmes
from blueprints import csv_out
from blueprints.identity import allow, current_staff, now
from blueprints.paging import decode, page_of
from blueprints.schemas import points_statement as statement
from blueprints.schemas.base import PageQuery
from blueprints.schemas.points_statement import (
    GrowthEntriesOut,
    GrowthEntryOut,
    PeriodQuery,
    PointsEntriesOut,
    PointsEntryOut,
    TierHeldOut,
    TierHistoryOut,
)

bp = APIBlueprint("member_points", __name__, tag="members")


@bp.get("/members/<uuid:member_id>/points/entries")
@bp.input(PageQuery, location="query")
@bp.output(PointsEntriesOut)
@allow("manager", "marketer", "auditor", "admin")
def entries(member_id: UUID, query_data: PageQuery) -> PointsEntriesOut:
    """A member's points entries, newest first; a marketer sees order numbers masked."""
    member = members.get_by_public_id(member_id)
    page = points.list_entries(member.id, after=decode(query_data.cursor, int), limit=query_data.limit)
    answer = page_of(PointsEntriesOut, page, PointsEntryOut.masked if _hide_orders() else PointsEntryOut.of)
    answer.points_balance = points.spendable(member.id, now=now())
    return answer


@bp.get("/members/<uuid:member_id>/points/entries.csv")
@bp.input(PeriodQuery, location="query")
@bp.doc(responses=csv_out.DESCRIPTION)
@allow("manager", "marketer", "auditor", "admin")
def entries_csv(member_id: UUID, query_data: PeriodQuery) -> Response:
    """A member's points entries of a period as a table, oldest first."""
    member = members.get_by_public_id(member_id)
    first, last = query_data.days(today=programmes.business_date(now()))
    lines = points.iter_statement(member.id, first=first, last=last)
    return csv_out.answer(
        statement.file_name(first, last, member_id=member.public_id),
        header=statement.header(),
        rows=statement.rows(lines, zone=programmes.get().zone, hide_orders=_hide_orders()),
    )


@bp.get("/members/<uuid:member_id>/growth/entries")
@bp.input(PageQuery, location="query")
@bp.output(GrowthEntriesOut)
@allow("manager", "marketer", "auditor", "admin")
def growth(member_id: UUID, query_data: PageQuery) -> GrowthEntriesOut:
    """A member's growth entries, newest first."""
    member = members.get_by_public_id(member_id)
    page = growth_statement.list_entries(member.id, after=decode(query_data.cursor, int), limit=query_data.limit)
    return page_of(GrowthEntriesOut, page, GrowthEntryOut.of)


@bp.get("/members/<uuid:member_id>/tiers")
@bp.input(PageQuery, location="query")
@bp.output(TierHistoryOut)
@allow("manager", "marketer", "auditor", "admin")
def tiers(member_id: UUID, query_data: PageQuery) -> TierHistoryOut:
    """The tiers a member held, the present one first."""
    member = members.get_by_public_id(member_id)
    page = growth_statement.list_tiers(member.id, after=decode(query_data.cursor, int), limit=query_data.limit)
    return page_of(TierHistoryOut, page, TierHeldOut.of)


def _hide_orders() -> bool:
    return current_staff().role == "marketer"
