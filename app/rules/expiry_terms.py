"""Until when points live, written as short text: `12M`, `90D`, `2Y`, `12M@quarter`, `2027-12-31`, `never`.

Dates are business dates and inclusive: the last day the points may be spent. Grammar: docs/domain/points.md.
"""

import calendar
import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from app.errors import ExpiryTermsInvalid

_SPAN: Final = re.compile(r"([1-9][0-9]{0,4})([DMY])(?:@(month|quarter|year))?")
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
# Nobody promises further than a century; it also keeps every date a calendar can hold.
_LONGEST: Final = {"D": 36_500, "M": 1_200, "Y": 100}
_LAST_YEAR: Final = 2199
_MONTHS_OF: Final = {"month": 1, "quarter": 3, "year": 12}


@dataclass(frozen=True)
class ExpiryTerms:
    """A span (`count` of `unit`, up to the end of a `period`), a `fixed` date, or neither: never."""

    count: int = 0
    unit: str = ""
    period: str | None = None
    fixed: date | None = None


def parse(text: str) -> ExpiryTerms:
    """Read terms. Raises ExpiryTermsInvalid."""
    if text == "never":
        return ExpiryTerms()
    if _DATE.fullmatch(text):
        return ExpiryTerms(fixed=_fixed(text))
    span = _SPAN.fullmatch(text)
    if span is None or int(span[1]) > _LONGEST[span[2]]:
        raise ExpiryTermsInvalid(terms=text)
    return ExpiryTerms(count=int(span[1]), unit=span[2], period=span[3])


def parse_new(text: str, *, today: date) -> ExpiryTerms:
    """Read terms somebody is about to put in force. Raises ExpiryTermsInvalid also for a date already past."""
    terms = parse(text)
    if terms.fixed is not None and terms.fixed < today:
        raise ExpiryTermsInvalid(terms=text)
    return terms


def last_valid_date(terms: ExpiryTerms, earned_on: date) -> date | None:
    """The last business date points earned on a date may be spent; None for ever.

    A fixed date that has gone by leaves the day of earning: nobody is given points that are already lost.
    """
    if terms.fixed is not None:
        return max(terms.fixed, earned_on)
    if not terms.unit:
        return None
    if terms.unit == "D":
        last = earned_on + timedelta(days=terms.count)
    else:
        last = add_months(earned_on, terms.count * (12 if terms.unit == "Y" else 1))
    return last if terms.period is None else _period_end(last, months=_MONTHS_OF[terms.period])


def add_months(day: date, months: int) -> date:
    """The same day `months` later, or that month's last."""
    index = day.month - 1 + months
    year, month = day.year + index // 12, index % 12 + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def _period_end(day: date, *, months: int) -> date:
    month = (day.month - 1) // months * months + months
    return date(day.year, month, calendar.monthrange(day.year, month)[1])


def _fixed(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise ExpiryTermsInvalid(terms=text) from None
    if not 2000 <= day.year <= _LAST_YEAR:
        raise ExpiryTermsInvalid(terms=text)
    return day
