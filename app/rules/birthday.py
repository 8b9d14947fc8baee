"""When a birthday is kept. Somebody born on 29 February keeps it on 28 February in common years: decided here alone."""

import calendar
from datetime import date


def born_on(on: date) -> list[tuple[int, int]]:
    """The (month, day) pairs of birth whose birthday is kept on this date."""
    days = [(on.month, on.day)]
    if (on.month, on.day) == (2, 28) and not calendar.isleap(on.year):
        days.append((2, 29))
    return days


def kept_on(month: int, day: int, *, year: int) -> date:
    """The date on which somebody born on (month, day) keeps the birthday of `year`."""
    if (month, day) == (2, 29) and not calendar.isleap(year):
        return date(year, 2, 28)
    return date(year, month, day)
