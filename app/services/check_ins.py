"""One check-in per business day (I9), bonuses where a streak or a month's count reaches a rung, missed days made up for
with points. Reasons: docs/domain/check-ins.md."""

from datetime import date, datetime
from typing import Any

from app.errors import ClockBehind, MakeupNotPossible
from app.extensions import db
from app.models import Programme
from app.rules import check_in_makeup as makeup_rules
from app.rules import streak as streak_rules
from app.services import badges, check_in_at_once, coupon_owing, earnings, points, programmes, tiers
from app.services.check_in_receipts import CHECK_IN_FACTS, CheckInReceipt, MakeUpReceipt, occurrence
from app.statements import check_in as statements

__all__ = ["CheckInReceipt", "MakeUpReceipt", "check_in", "make_up", "step_by_step"]


def check_in(member_id: int, *, now: datetime) -> CheckInReceipt:
    """Check the member in for the business day of `now` and credit points and growth; a second try pays nothing.

    Raises ClockBehind when the member has a check-in of a later day.
    """
    return check_in_at_once.attempt(member_id, now=now) or step_by_step(member_id, now=now)


def step_by_step(member_id: int, *, now: datetime) -> CheckInReceipt:
    """As `check_in`, whatever the case: repeats, debts, rungs reached, several rules."""
    points.lock_account(member_id)
    programme = programmes.get()
    today = programmes.business_date(now)
    values = {"member_id": member_id, "today": today}
    facts = db.session.execute(statements.FACTS, {**values, "month": today.replace(day=1)}).one()
    if facts.is_behind:
        raise ClockBehind(retry_after_seconds=60)
    if facts.done_streak is not None:
        return _receipt(
            member_id, streak=facts.done_streak, month_count=facts.month_count, paid=facts.done_points, now=now
        )
    streak = streak_rules.next_streak(facts.yesterday)
    month_count = facts.month_count + 1
    worth = streak_rules.worth(
        streak,
        month_count=month_count,
        base=programme.check_in_points,
        streak_bonus=programme.streak_bonus,
        monthly_bonus=programme.monthly_bonus,
    )
    # The primary key (member, business date) is the rule; the look above only spares an error.
    db.session.execute(statements.CHECK_IN, {**values, "streak": streak, "points": worth.total, "now": now})
    points.earn(member_id, amount=worth.total, source=f"check_in:{today}", now=now)
    # What earning rules give on top, growth first of all.
    earnings.pay(member_id, event="check_in", source=f"check_in:{today}", now=now)
    reached = occurrence(member_id, today, streak=streak, month_count=month_count)
    coupon_owing.owe("check_in", [reached], now=now)
    badges.award(member_id, facts=CHECK_IN_FACTS, now=now)
    return _receipt(member_id, streak=streak, month_count=month_count, paid=worth.total, now=now, is_new=True)


def make_up(member_id: int, *, on: date, now: datetime) -> MakeUpReceipt:
    """Make up for the missed business date `on` with points; the days after it count on from it. Pays nothing itself.

    A repeat changes nothing. Raises MakeupNotPossible(reason), MakeupLimitReached, InsufficientPoints, ClockBehind.
    """
    points.lock_account(member_id)
    programme = programmes.get()
    today = programmes.business_date(now)
    around = db.session.execute(statements.AROUND, {"member_id": member_id, "on": on, "month": on.replace(day=1)}).one()
    if around.there_makeup_no is not None:
        return _make_up_receipt(member_id, programme, on=on, today=today, used=around.used, is_new=False)
    _refuse(around, programme, on=on, today=today)
    number = makeup_rules.next_number(around.used, per_month=programme.makeup_per_month)
    points.spend(member_id, amount=programme.makeup_cost_points, source=f"makeup:{on}", now=now)
    db.session.execute(
        statements.MAKE_UP,
        {
            "member_id": member_id,
            "on": on,
            "streak": streak_rules.next_streak(around.before),
            "number": number,
            "per_month": programme.makeup_per_month,
            "now": now,
        },
    )
    badges.award(member_id, facts=CHECK_IN_FACTS, now=now)
    return _make_up_receipt(member_id, programme, on=on, today=today, used=number, is_new=True)


def _refuse(around: Any, programme: Programme, *, on: date, today: date) -> None:
    reason = makeup_rules.why_not(
        on,
        today=today,
        joined_on=programmes.business_date(around.joined_at),
        within_days=programme.makeup_within_days,
        per_month=programme.makeup_per_month,
    )
    if reason is None and around.there_streak is not None:
        reason = "already_checked_in"
    if reason is not None:
        raise MakeupNotPossible(reason=reason)


def _receipt(
    member_id: int, *, streak: int, month_count: int, paid: int, now: datetime, is_new: bool = False
) -> CheckInReceipt:
    programme = programmes.get()
    return CheckInReceipt(
        business_date=programmes.business_date(now),
        streak=streak,
        month_count=month_count,
        points=paid,
        is_new=is_new,
        next_bonus=streak_rules.next_bonus(streak, bonus=programme.streak_bonus),
        next_monthly_bonus=streak_rules.next_bonus(month_count, bonus=programme.monthly_bonus),
        spendable=points.spendable(member_id, now=now),
        standing=tiers.standing(member_id, now=now),
    )


def _make_up_receipt(
    member_id: int, programme: Programme, *, on: date, today: date, used: int, is_new: bool
) -> MakeUpReceipt:
    streak = db.session.scalar(statements.STREAK_NOW, {"member_id": member_id, "today": today})
    return MakeUpReceipt(
        business_date=on,
        is_new=is_new,
        cost_points=programme.makeup_cost_points,
        streak=streak or 0,
        make_ups_left=max(0, programme.makeup_per_month - used),
    )
