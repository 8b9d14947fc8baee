"""One check-in per business day (I9), with a bonus when a streak reaches a rung."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from app.extensions import db
from app.models import CheckIn
from app.rules import streak as streak_rules
from app.services import points, programmes, tiers


@dataclass(frozen=True)
class CheckInReceipt:
    """`is_new` is False when today was already checked in: the figures are then the first one's."""

    business_date: date
    streak: int
    points: int
    is_new: bool
    # (days, points) of the next rung, None past the last.
    next_bonus: tuple[int, int] | None


@dataclass(frozen=True)
class Calendar:
    """A month's check-ins, the streak as it stands today, and the next rung."""

    days: list[CheckIn]
    today: date
    checked_in_today: bool
    streak: int
    next_bonus: tuple[int, int] | None


def check_in(member_id: int, *, now: datetime) -> CheckInReceipt:
    """Check the member in for the business day of `now` and credit points and growth; a second try pays nothing."""
    points.lock_account(member_id)
    programme = programmes.get()
    today = programmes.business_date(now)
    recent = _streaks(member_id, today)
    bonus = programme.streak_bonus
    if today in recent:
        done = recent[today]
        return CheckInReceipt(today, done.streak, done.points, False, streak_rules.next_bonus(done.streak, bonus=bonus))
    yesterday = recent.get(today - timedelta(days=1))
    days = streak_rules.next_streak(yesterday.streak if yesterday else None)
    amount = streak_rules.points_for(days, base=programme.check_in_points, bonus=bonus)
    # The primary key (member, business date) is the rule; the look above only spares an error.
    db.session.execute(
        insert(CheckIn).values(member_id=member_id, business_date=today, streak=days, points=amount, checked_in_at=now)
    )
    points.earn(member_id, amount=amount, source=f"check_in:{today}", now=now)
    tiers.add_growth(member_id, amount=1, source=f"check_in:{today}", now=now)
    return CheckInReceipt(today, days, amount, True, streak_rules.next_bonus(days, bonus=bonus))


def calendar(member_id: int, *, first: date, last: date, now: datetime) -> Calendar:
    """Check-ins from `first` to `last`, both included, and today's standing."""
    programme = programmes.get()
    today = programmes.business_date(now)
    days = db.session.scalars(
        select(CheckIn)
        .where(CheckIn.member_id == member_id, CheckIn.business_date.between(first, last))
        .order_by(CheckIn.business_date)
    ).all()
    recent = _streaks(member_id, today)
    standing = recent.get(today) or recent.get(today - timedelta(days=1))
    days_in_row = standing.streak if standing else 0
    return Calendar(
        list(days),
        today,
        today in recent,
        days_in_row,
        streak_rules.next_bonus(days_in_row, bonus=programme.streak_bonus),
    )


def _streaks(member_id: int, today: date) -> dict[date, CheckIn]:
    rows = db.session.scalars(
        select(CheckIn).where(
            CheckIn.member_id == member_id, CheckIn.business_date.in_((today, today - timedelta(days=1)))
        )
    )
    return {row.business_date: row for row in rows}
