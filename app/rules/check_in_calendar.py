"""The days to come: what each would pay a member who checks in every day from now on."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from app.rules import streak as streak_rules
from app.rules.streak import Worth


@dataclass(frozen=True)
class ComingDay:
    """A business date ahead; `month_count` is the check-ins of its calendar month up to and with it."""

    business_date: date
    streak: int
    month_count: int
    worth: Worth


def coming(
    *,
    first: date,
    last: date,
    streak: int,
    month_counts: Mapping[date, int],
    base: int,
    streak_bonus: Mapping[str, int],
    monthly_bonus: Mapping[str, int],
) -> list[ComingDay]:
    """Each day from `first` to `last`, both included, if none of them is missed.

    `streak` is the days in a row before `first`; `month_counts` the check-ins of each month so far, by its first day.
    """
    counts = dict(month_counts)
    found = []
    on = first
    while on <= last:
        streak += 1
        month = on.replace(day=1)
        counts[month] = counts.get(month, 0) + 1
        worth = streak_rules.worth(
            streak, month_count=counts[month], base=base, streak_bonus=streak_bonus, monthly_bonus=monthly_bonus
        )
        found.append(ComingDay(on, streak, counts[month], worth))
        on += timedelta(days=1)
    return found
