"""What a check-in, or one made up for, is answered with."""

from dataclasses import dataclass
from datetime import date

from app.rules.coupon_automation import Happening
from app.services.coupon_owing import Occurrence
from app.services.tiers import Standing

# What a check-in, or one made up for, can bring a badge for.
CHECK_IN_FACTS = frozenset({"streak", "check_ins"})


@dataclass(frozen=True)
class CheckInReceipt:
    """`is_new` is False when today was already checked in: the figures are then the first one's.

    Bonuses ahead are (days, points), None past the last rung. Spendable points and standing are those after it.
    """

    business_date: date
    streak: int
    month_count: int
    points: int
    is_new: bool
    next_bonus: tuple[int, int] | None
    next_monthly_bonus: tuple[int, int] | None
    spendable: int
    standing: Standing


@dataclass(frozen=True)
class MakeUpReceipt:
    """`is_new` is False when the day had been made up for before; `streak` is the one alive today."""

    business_date: date
    is_new: bool
    cost_points: int
    streak: int
    make_ups_left: int


def occurrence(member_id: int, on: date, *, streak: int, month_count: int) -> Occurrence:
    """A check-in as coupon automations see it."""
    happening = Happening(streak=streak, monthly_count=month_count)
    return Occurrence(member_id=member_id, name=f"check_in:{on}", happening=happening)
