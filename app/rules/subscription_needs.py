"""On which date an automation will next have something for a member, as far as their own dates tell."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from app.rules import birthday


@dataclass(frozen=True, kw_only=True)
class OwnDates:
    """What a member's automations go by; business dates."""

    birth_month: int | None
    birth_day: int | None
    joined_on: date


@dataclass(frozen=True, kw_only=True)
class Automation:
    """`planned_through`: the last own date already planned."""

    kind: str
    days_before: int | None
    days_after: int | None
    planned_through: date | None


def next_on(automation: Automation, own: OwnDates, *, today: date) -> date | None:
    """When the next message will be due; None when no date of the member's tells (a purchase, a change of tier)."""
    if automation.kind == "welcome":
        due = own.joined_on + timedelta(days=automation.days_after or 0)
        return due if due >= today else None
    before = timedelta(days=automation.days_before or 0)
    first = max(today + before, _day_after(automation.planned_through, today))
    return next((kept - before for kept in _kept(automation.kind, own, since=first) if kept >= first), None)


def _kept(kind: str, own: OwnDates, *, since: date) -> Iterator[date]:
    """This year's and next year's date: one of them lies ahead."""
    if kind == "birthday" and own.birth_month is not None and own.birth_day is not None:
        month, day = own.birth_month, own.birth_day
    elif kind == "anniversary":
        month, day = own.joined_on.month, own.joined_on.day
    else:
        return
    for year in (since.year, since.year + 1):
        if kind == "birthday" or year > own.joined_on.year:
            yield birthday.kept_on(month, day, year=year)


def _day_after(planned_through: date | None, today: date) -> date:
    return today if planned_through is None else planned_through + timedelta(days=1)
