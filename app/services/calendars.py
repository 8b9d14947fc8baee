"""The shop's calendar, without a round trip: as this process last read it.

Whoever writes by it says it, and the statement writes nothing once the programme's is another one; then it is read afresh.
"""

from dataclasses import dataclass
from datetime import date, datetime

from app import clock
from app.services import programmes


@dataclass(frozen=True, slots=True)
class Calendar:
    """A zone and the hour at which a business day begins there."""

    zone: str
    cut_over_hour: int

    def date_of(self, at: datetime) -> date:
        """The business date of an instant."""
        return clock.business_date(at, zone=self.zone, cut_over_hour=self.cut_over_hour)

    def end_of(self, on: date) -> datetime:
        """The instant at which a business date is over."""
        return clock.business_day_bounds(on, zone=self.zone, cut_over_hour=self.cut_over_hour)[1]


_known: list[Calendar] = []


def known() -> Calendar:
    """The calendar as last read; by now it may be another one."""
    return if_known() or fresh()


def if_known() -> Calendar | None:
    """As `known`, for whoever cannot ask."""
    return _known[0] if _known else None


def fresh() -> Calendar:
    """The calendar as it stands in this transaction. Raises Unavailable before `flask init`."""
    programme = programmes.get()
    _known[:] = [Calendar(programme.zone, programme.cut_over_hour)]
    return _known[0]
