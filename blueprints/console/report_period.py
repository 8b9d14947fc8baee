"""The days a report is of: chosen on the page, the last thirty unless said."""

from dataclasses import dataclass
from datetime import date, timedelta

from flask import request

from blueprints.pages import words

USUAL = timedelta(days=29)
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Days:
    """Business dates, both included, as people say them."""

    first: date
    last: date

    @property
    def query(self) -> dict[str, str]:
        """As the API takes them: up to and without the second."""
        return {"first_on": self.first.isoformat(), "until_on": (self.last + DAY).isoformat()}

    @property
    def args(self) -> dict[str, str]:
        """As addresses of pages have them."""
        return {"first": self.first.isoformat(), "last": self.last.isoformat()}


def chosen() -> Days:
    """`first` and `last` of the address; what is missing or no date is the usual."""
    today = words.today()
    last = _day("last") or today
    return Days(_day("first") or min(last, today) - USUAL, last)


def _day(name: str) -> date | None:
    try:
        return date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return None
