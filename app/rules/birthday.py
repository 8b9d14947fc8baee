"""When a birthday is kept. Somebody born on 29 February keeps it on 28 February in common years: decided here alone."""

import calendar
from datetime import date, timedelta

# A scheduler that was away longer gives no belated gifts for the days before.
CATCH_UP_DAYS = 31


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


def due_dates(*, today: date, days_before: int, planned_through: date | None) -> list[date]:
    """The birthdays to plan today, oldest first: up to `days_before` ahead, and those a stopped scheduler left out.

    `planned_through` is the last birthday already planned; None at the start, when nobody's past birthday counts."""
    last = today + timedelta(days=days_before)
    first = today
    if planned_through is not None:
        first = max(planned_through + timedelta(days=1), today - timedelta(days=CATCH_UP_DAYS))
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]
