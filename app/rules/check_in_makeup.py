"""Which missed days may be made up for, and which number a make-up takes in its month."""

from datetime import date, timedelta

from app.errors import MakeupLimitReached


def why_not(on: date, *, today: date, joined_on: date, within_days: int, per_month: int) -> str | None:
    """The reason a day cannot be made up for, whoever asks; None when it can."""
    if per_month == 0:
        return "disabled"
    if on >= today:
        return "not_past"
    if on < today - timedelta(days=within_days):
        return "too_old"
    if on < joined_on:
        return "before_joining"
    return None


def next_number(used: int, *, per_month: int) -> int:
    """The number of a month's next make-up. Raises MakeupLimitReached."""
    if used >= per_month:
        raise MakeupLimitReached(limit=per_month)
    return used + 1
