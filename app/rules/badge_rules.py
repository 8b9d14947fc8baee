"""Achievement badges as rules over facts: how far a member is, and who has been a member long enough."""

import calendar
from datetime import date
from typing import Final

# What a badge can count; statements/badges.py says how.
FACTS: Final = ("purchases", "spent_fen", "categories", "streak", "check_ins", "member_months")


def progress_bp(current: int, *, target: int) -> int:
    """Basis points of the way to `target`, rounded down, never above 10,000."""
    return min(10_000, max(0, current) * 10_000 // target)


def joined_by(on: date, *, months: int) -> date:
    """The latest joining date of whoever is a member for `months` whole months on `on`.

    Somebody who joined on the 31st has their month on the last day of a shorter one, so a month's last day stands for all
    joining days that shorter month has not got.
    """
    years, index = divmod(on.year * 12 + on.month - 1 - months, 12)
    length = calendar.monthrange(years, index + 1)[1]
    is_last = on.day == calendar.monthrange(on.year, on.month)[1]
    return date(years, index + 1, length if is_last else min(on.day, length))
