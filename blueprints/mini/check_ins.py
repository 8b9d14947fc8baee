"""The daily check-in, its calendar, and missed days made up for."""

from datetime import date
from typing import Any

from apiflask import APIBlueprint

from app.services import check_in_calendar, check_ins, points, programmes
from blueprints.idempotency import idempotent
from blueprints.identity import allow, current_member, now
from blueprints.schemas.check_ins import CalendarOut, CheckInOut, MakeUpIn, MakeUpOut, MonthQuery

bp = APIBlueprint("check_ins", __name__, tag="check-ins")


@bp.post("/check-ins")
@bp.output(CheckInOut)
@allow("member")
@idempotent
def check_in() -> Any:
    """Check in for today; once per business day."""
    return CheckInOut.of(check_ins.check_in(current_member().id, now=now()))


@bp.post("/check-ins/make-ups")
@bp.input(MakeUpIn)
@bp.output(MakeUpOut)
@allow("member")
@idempotent
def make_up(json_data: MakeUpIn) -> Any:
    """Make up for a missed day with points: the streak goes on. It pays nothing itself."""
    member_id = current_member().id
    receipt = check_ins.make_up(member_id, on=json_data.business_date, now=now())
    return MakeUpOut.of(receipt, points_balance=points.spendable(member_id, now=now()))


@bp.get("/check-ins")
@bp.input(MonthQuery, location="query")
@bp.output(CalendarOut)
@allow("member")
def month(query_data: MonthQuery) -> Any:
    """A month: days checked in, days that can be made up for, and what the days to come would pay."""
    today = programmes.business_date(now())
    year, number = (
        (int(part) for part in query_data.month.split("-")) if query_data.month else (today.year, today.month)
    )
    return CalendarOut.of(check_in_calendar.month(current_member().id, first=date(year, number, 1), now=now()))
