"""The times a campaign goes out: which date comes next, when it begins, and from when on it is too late."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import takewhile
from typing import Any

from app.rules import festivals, recurrence, wall_clock

# Clocks ahead of and behind each other: a date is near an instant when it is within so many days.
_MARGIN = timedelta(days=2)


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What repeats: a recurrence or a festival with its days before, on a wall clock; instants in the shop's `zone`, or
    beginning with the first clocks on earth when it goes by each member's own."""

    repeat: Mapping[str, Any] | None
    festival: str | None
    days_before: int
    send_time: str
    zone: str
    is_member_time: bool
    max_late: timedelta
    ends_on: date | None

    def send_on(self, on: date) -> date:
        """The date on which the occurrence of a date goes out."""
        return on - timedelta(days=self.days_before)


@dataclass(frozen=True, kw_only=True)
class Occurrence:
    """One time: `on` names it. From `begins_at` its audience is written; it is too late after `latest_start_at`."""

    on: date
    begins_at: datetime
    latest_start_at: datetime


def next_after(plan: Plan, at: datetime) -> Occurrence | None:
    """The first one that begins after an aware instant; None when there is none any more."""
    return next((one for one in _around(plan, at) if one.begins_at > at), None)


def next_in_time(plan: Plan, at: datetime) -> Occurrence | None:
    """The first one that is not too late at an instant: what a resumed campaign goes on with."""
    return next((one for one in _around(plan, at) if one.latest_start_at >= at), None)


def one_on(plan: Plan, on: date) -> Occurrence:
    """The occurrence of a date; a festival's date is the festival itself."""
    send_on = plan.send_on(on)
    shops = wall_clock.instant(send_on, plan.send_time, zone=plan.zone)
    begins_at = shops
    if plan.is_member_time:
        begins_at = min(shops, wall_clock.instant(send_on, plan.send_time, zone=wall_clock.EARLIEST_ZONE))
    return Occurrence(on=on, begins_at=begins_at, latest_start_at=shops + plan.max_late)


def _around(plan: Plan, at: datetime) -> Iterator[Occurrence]:
    day = (at - plan.max_late - _MARGIN).date() + timedelta(days=plan.days_before)
    return (
        one_on(plan, on) for on in takewhile(lambda on: plan.ends_on is None or on <= plan.ends_on, _dates(plan, day))
    )


def _dates(plan: Plan, day: date) -> Iterable[date]:
    if plan.repeat is not None:
        return recurrence.dates_after(plan.repeat, day)
    return (on for on in festivals.dates_of(plan.festival or "") if on > day)
