"""The daily check-in and its calendar."""

import calendar as months
from datetime import date
from typing import Any

from apiflask import APIBlueprint

from app.services import check_ins, points, programmes, tiers
from blueprints.idempotency import idempotent
from blueprints.identity import allow, current_member, now
from blueprints.schemas.points import CalendarOut, CheckInOut, MonthQuery

bp = APIBlueprint("check_ins", __name__, tag="check-ins")


@bp.post("/check-ins")
@bp.output(CheckInOut)
@allow("member")
@idempotent
def check_in() -> Any:
    """Check in for today; once per business day."""
    member_id = current_member().id
    receipt = check_ins.check_in(member_id, now=now())
    return CheckInOut.of(
        receipt, points_balance=points.spendable(member_id, now=now()), standing=tiers.standing(member_id)
    )


@bp.get("/check-ins")
@bp.input(MonthQuery, location="query")
@bp.output(CalendarOut)
@allow("member")
def month(query_data: MonthQuery) -> Any:
    """A month's check-ins."""
    name = query_data.month or programmes.business_date(now()).strftime("%Y-%m")
    year, number = (int(part) for part in name.split("-"))
    last = months.monthrange(year, number)[1]
    found = check_ins.calendar(
        current_member().id, first=date(year, number, 1), last=date(year, number, last), now=now()
    )
    return CalendarOut.of(name, found)
