"""The dates an automation has to plan, and when the message of a date may leave on somebody's wall clock."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from app.rules import wall_clock

# Kinds whose occurrence is the date their message speaks of.
_DATED = ("coupon_will_expire", "points_will_expire", "tier_will_drop")


@dataclass(frozen=True, kw_only=True, slots=True)
class Moment:
    """When a message is due, and from when on it is pointless."""

    due_at: datetime
    expires_at: datetime


def due_dates(*, today: date, ahead: int, planned_through: date | None, catch_up_days: int) -> list[date]:
    """The dates to plan today, oldest first: up to `ahead` days from now, and those a stopped scheduler left out.

    `planned_through` is the last date already planned; None at the start, when nobody's past date counts."""
    last = today + timedelta(days=ahead)
    first = today
    if planned_through is not None:
        first = max(planned_through + timedelta(days=1), today - timedelta(days=catch_up_days))
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def moment(*, send_on: date, last_on: date, at: str | None, zone: str, now: datetime, day_begins: str) -> Moment:
    """Due at "HH:MM" of `send_on`, or as its day begins, or now when that has passed; over with the day `last_on`.

    A date that the zone's clocks leave out is kept on the day they show instead."""
    starts_at = wall_clock.instant(send_on, at or day_begins, zone=zone)
    shown_on, _ = wall_clock.shown(starts_at, zone=zone)
    over_on = max(last_on, shown_on) + timedelta(days=1)
    return Moment(due_at=max(starts_at, now), expires_at=wall_clock.instant(over_on, day_begins, zone=zone))


def next_moment(*, at: str | None, zone: str, now: datetime) -> datetime:
    """Now, or the next instant at which the zone's clocks show `at`."""
    if at is None:
        return now
    on, shown = wall_clock.shown(now, zone=zone)
    return wall_clock.instant(on if at >= shown else on + timedelta(days=1), at, zone=zone)


def told_date(kind: str, occurrence: str) -> date | None:
    """The date an automation's message speaks of, where it is another than the day of sending."""
    return date.fromisoformat(occurrence) if kind in _DATED else None
