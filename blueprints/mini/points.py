"""The member's points: what there is, what came and went, and how it all works."""

from typing import Any

from apiflask import APIBlueprint
from flask import Response

from app.services import points, points_mechanism, programmes
from blueprints import csv_out
from blueprints.identity import allow, current_member, now
from blueprints.paging import decode, page_of
from blueprints.schemas import points_statement as statement
from blueprints.schemas.base import PageQuery
from blueprints.schemas.points_mechanism import MechanismOut
from blueprints.schemas.points_statement import PeriodQuery, PointsEntriesOut, PointsEntryOut, PointsSummaryOut

bp = APIBlueprint("points", __name__, tag="points")


@bp.get("/points")
@bp.output(PointsSummaryOut)
@allow("member")
def summary() -> Any:
    """What I can spend now, what is pending, held or owed, and what expires next."""
    return PointsSummaryOut.of(points.summary(current_member().id, now=now()))


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


@bp.get("/points/entries.csv")
@bp.input(PeriodQuery, location="query")
@bp.doc(responses=csv_out.DESCRIPTION)
@allow("member")
def entries_csv(query_data: PeriodQuery) -> Response:
    """My points entries of a period as a table, oldest first."""
    first, last = query_data.days(today=programmes.business_date(now()))
    lines = points.iter_statement(current_member().id, first=first, last=last)
    return csv_out.answer(
        statement.file_name(first, last),
        header=statement.header(),
        rows=statement.rows(lines, zone=programmes.get().zone),
    )


@bp.get("/points/mechanism")
@bp.output(MechanismOut)
@allow("member")
def mechanism() -> Any:
    """How points work: what earns, until when they live, what they are worth, what a refund does."""
    return MechanismOut.of(points_mechanism.in_force(now=now()))
