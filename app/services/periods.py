"""Spans of business dates that reports and settlements are about: half-open, and never longer than one answer can bear."""

from dataclasses import dataclass
from datetime import date, datetime

from app import clock
from app.errors import InvalidInput
from app.models.payer import MAX_DAYS
from app.services import programmes


@dataclass(frozen=True)
class Period:
    """`[first_on, until_on)` in business dates, and the instants `[starts_at, ends_at)` they mean."""

    first_on: date
    until_on: date
    starts_at: datetime
    ends_at: datetime

    @property
    def bounds(self) -> dict[str, date | datetime]:
        """As statements take them."""
        return {
            "first_on": self.first_on,
            "until_on": self.until_on,
            "starts_at": self.starts_at,
            "ends_at": self.ends_at,
        }


def of(first_on: date, until_on: date) -> Period:
    """A period by the shop's calendar as it is now. Raises InvalidInput for none, or for more than MAX_DAYS days."""
    if not 1 <= (until_on - first_on).days <= MAX_DAYS:
        raise InvalidInput(fields={"until_on": [f"must be 1 to {MAX_DAYS} days after first_on"]})
    return Period(first_on, until_on, beginning_of(first_on), beginning_of(until_on))


def beginning_of(on: date) -> datetime:
    """The instant a business date begins."""
    programme = programmes.get()
    return clock.business_day_bounds(on, zone=programme.zone, cut_over_hour=programme.cut_over_hour)[0]
