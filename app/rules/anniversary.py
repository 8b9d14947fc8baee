"""When a membership's anniversary is kept: as a birthday is, so 29 February is kept on the 28th in common years."""

import calendar
from datetime import date

from app.rules import birthday


def joined_on(on: date, *, earliest: date) -> list[tuple[date, int]]:
    """(date joined, full years) of every anniversary kept on a date, for members who joined on or after `earliest`."""
    found = []
    for month, day in birthday.born_on(on):
        for year in range(earliest.year, on.year):
            exists = (month, day) != (2, 29) or calendar.isleap(year)
            if exists and date(year, month, day) >= earliest:
                found.append((date(year, month, day), on.year - year))
    return sorted(found)
