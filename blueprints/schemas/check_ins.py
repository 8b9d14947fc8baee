"""Check-ins as the member sees them: today's, the month's, the days to come, the days that can be made up for."""

from datetime import date
from typing import Annotated

from pydantic import StringConstraints

from app.rules.check_in_calendar import ComingDay
from app.services.check_in_calendar import Calendar
from app.services.check_in_receipts import CheckInReceipt, MakeUpReceipt
from blueprints.schemas.base import BusinessDate, Closed, ClosedQuery, Out
from blueprints.schemas.points import StandingOut


class NextBonusOut(Out):
    """A rung ahead: reached at `days`, pays `points` on top."""

    days: int
    points: int

    @classmethod
    def of(cls, bonus: tuple[int, int] | None) -> "NextBonusOut | None":
        return None if bonus is None else cls(days=bonus[0], points=bonus[1])


class CheckInOut(Out):
    """`is_new` is false when today was already checked in; nothing was paid again."""

    business_date: date
    streak: int
    month_count: int
    points: int
    is_new: bool
    next_bonus: NextBonusOut | None
    next_monthly_bonus: NextBonusOut | None
    points_balance: int
    standing: StandingOut

    @classmethod
    def of(cls, receipt: CheckInReceipt) -> "CheckInOut":
        return cls(
            business_date=receipt.business_date,
            streak=receipt.streak,
            month_count=receipt.month_count,
            points=receipt.points,
            is_new=receipt.is_new,
            next_bonus=NextBonusOut.of(receipt.next_bonus),
            next_monthly_bonus=NextBonusOut.of(receipt.next_monthly_bonus),
            points_balance=receipt.spendable,
            standing=StandingOut.of(receipt.standing),
        )


class MakeUpIn(Closed):
    """The missed day."""

    business_date: BusinessDate


class MakeUpOut(Out):
    """`streak` is the days in a row as they stand now; `is_new` is false when the day had been made up for before."""

    business_date: date
    is_new: bool
    cost_points: int
    streak: int
    make_ups_left: int
    points_balance: int

    @classmethod
    def of(cls, receipt: MakeUpReceipt, *, points_balance: int) -> "MakeUpOut":
        return cls(
            business_date=receipt.business_date,
            is_new=receipt.is_new,
            cost_points=receipt.cost_points,
            streak=receipt.streak,
            make_ups_left=receipt.make_ups_left,
            points_balance=points_balance,
        )


class MonthQuery(ClosedQuery):
    """`month` as YYYY-MM; this month when left out."""

    month: Annotated[str, StringConstraints(pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2])$")] | None = None


class CheckInDayOut(Out):
    business_date: date
    streak: int
    points: int
    made_up: bool


class ComingDayOut(Out):
    """What a day ahead pays if none is missed until then; `points` is all of it."""

    business_date: date
    streak: int
    points: int
    streak_bonus: int
    monthly_bonus: int

    @classmethod
    def of(cls, day: ComingDay) -> "ComingDayOut":
        return cls(
            business_date=day.business_date,
            streak=day.streak,
            points=day.worth.total,
            streak_bonus=day.worth.streak_bonus,
            monthly_bonus=day.worth.monthly_bonus,
        )


class MakeUpsOut(Out):
    """What a make-up costs, how many of the month are left, and the days of the month it can be had for now."""

    cost_points: int
    left: int
    days: list[date]


class CalendarOut(Out):
    """`month_count` counts the month shown, `next_bonus` and `streak` stand as of today."""

    month: str
    today: date
    checked_in_today: bool
    streak: int
    month_count: int
    next_bonus: NextBonusOut | None
    next_monthly_bonus: NextBonusOut | None
    days: list[CheckInDayOut]
    coming: list[ComingDayOut]
    make_ups: MakeUpsOut

    @classmethod
    def of(cls, calendar: Calendar) -> "CalendarOut":
        return cls(
            month=calendar.month.strftime("%Y-%m"),
            today=calendar.today,
            checked_in_today=calendar.checked_in_today,
            streak=calendar.streak,
            month_count=len(calendar.days),
            next_bonus=NextBonusOut.of(calendar.next_bonus),
            next_monthly_bonus=NextBonusOut.of(calendar.next_monthly_bonus),
            days=[
                CheckInDayOut(
                    business_date=day.business_date,
                    streak=day.streak,
                    points=day.points,
                    made_up=day.makeup_no is not None,
                )
                for day in calendar.days
            ],
            coming=[ComingDayOut.of(day) for day in calendar.coming],
            make_ups=MakeUpsOut(
                cost_points=calendar.makeup_cost_points, left=calendar.makeups_left, days=calendar.can_make_up
            ),
        )
