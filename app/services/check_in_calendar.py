"""A month of check-ins: the days there were, the days that can be made up for, and what the days to come would pay."""

import calendar as months
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import or_, select

from app.extensions import db
from app.models import CheckIn, Member, Programme
from app.rules import check_in_calendar as rules
from app.rules import check_in_makeup as makeup_rules
from app.rules import streak as streak_rules
from app.services import programmes

# Rewards are told for this month and the next; a ladder may look different later.
COMING_MONTHS = 2


@dataclass(frozen=True)
class Calendar:
    """A month's check-ins; streak and next bonus as they stand today, the month's count and bonus of the month shown."""

    month: date
    today: date
    days: Sequence[CheckIn]
    checked_in_today: bool
    streak: int
    next_bonus: tuple[int, int] | None
    next_monthly_bonus: tuple[int, int] | None
    coming: Sequence[rules.ComingDay]
    can_make_up: Sequence[date]
    makeups_left: int
    makeup_cost_points: int


def month(member_id: int, *, first: date, now: datetime) -> Calendar:
    """The calendar month beginning on `first`."""
    programme = programmes.get()
    today = programmes.business_date(now)
    found = _rows(member_id, first=first, today=today)
    days = [day for day in found.values() if day.month == first]
    standing = found.get(today) or found.get(today - timedelta(days=1))
    streak = standing.streak if standing else 0
    used = max((day.makeup_no or 0 for day in days), default=0)
    return Calendar(
        month=first,
        today=today,
        days=days,
        checked_in_today=today in found,
        streak=streak,
        next_bonus=streak_rules.next_bonus(streak, bonus=programme.streak_bonus),
        next_monthly_bonus=streak_rules.next_bonus(len(days), bonus=programme.monthly_bonus),
        coming=_coming(found, programme, first=first, today=today, streak=streak),
        can_make_up=_can_make_up(member_id, found, programme, first=first, today=today, used=used),
        makeups_left=max(0, programme.makeup_per_month - used),
        makeup_cost_points=programme.makeup_cost_points,
    )


def _rows(member_id: int, *, first: date, today: date) -> dict[date, CheckIn]:
    """Check-ins of the month shown and of this month, and yesterday's, by date."""
    wanted = or_(CheckIn.month.in_((first, today.replace(day=1))), CheckIn.business_date == today - timedelta(days=1))
    rows = db.session.scalars(
        select(CheckIn)
        .where(CheckIn.member_id == member_id, wanted)
        .order_by(CheckIn.business_date)
        # A receipt of this session may have been followed by a make-up that changed streaks.
        .execution_options(populate_existing=True)
    )
    return {row.business_date: row for row in rows}


def _coming(
    found: dict[date, CheckIn], programme: Programme, *, first: date, today: date, streak: int
) -> list[rules.ComingDay]:
    this_month = today.replace(day=1)
    ahead = (first.year - this_month.year) * 12 + first.month - this_month.month
    if not 0 <= ahead < COMING_MONTHS:
        return []
    days = rules.coming(
        first=today + timedelta(days=1) if today in found else today,
        last=_last_of(first),
        streak=streak,
        month_counts={this_month: sum(day.month == this_month for day in found.values())},
        base=programme.check_in_points,
        streak_bonus=programme.streak_bonus,
        monthly_bonus=programme.monthly_bonus,
    )
    return [day for day in days if day.business_date >= first]


def _can_make_up(
    member_id: int, found: dict[date, CheckIn], programme: Programme, *, first: date, today: date, used: int
) -> list[date]:
    if used >= programme.makeup_per_month or _last_of(first) < today - timedelta(days=programme.makeup_within_days):
        return []
    joined_at = db.session.scalars(select(Member.joined_at).where(Member.id == member_id)).one()
    joined_on = programmes.business_date(joined_at)
    missed = [first + timedelta(days=n) for n in range(_last_of(first).day)]
    return [
        on
        for on in missed
        if on not in found
        and makeup_rules.why_not(
            on,
            today=today,
            joined_on=joined_on,
            within_days=programme.makeup_within_days,
            per_month=programme.makeup_per_month,
        )
        is None
    ]


def _last_of(first: date) -> date:
    return first.replace(day=months.monthrange(first.year, first.month)[1])
