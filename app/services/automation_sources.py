"""Asking for the members an automation is about: the spans of dates and instants a statement is bound to, page by page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from app import clock
from app.extensions import db
from app.models import Campaign
from app.rules import anniversary, automation_conditions, birthday
from app.services import programmes
from app.statements import automation_sources as statements

_BEGINNING: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True, slots=True)
class Key:
    """The last one seen, in the source's own order."""

    at: datetime = _BEGINNING
    id: int = 0
    occurrence: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """A member and an occurrence to be planned; `last_on` is the last date on which the message is true."""

    member_id: int
    occurrence: str
    due_on: date
    last_on: date
    zone: str | None
    key: Key


@dataclass(frozen=True, kw_only=True, slots=True)
class Span:
    """Half-open instants of what happened, and the date it leads to."""

    starts_at: datetime
    ends_at: datetime
    due_on: date


def of_dates(campaign: Campaign, dates: Sequence[date]) -> dict[str, Any]:
    """What the source of a kind by date is bound to."""
    if campaign.kind == "birthday":
        born = [(month, day, on) for on in dates for month, day in birthday.born_on(on)]
        return {
            "months": [month for month, _, _ in born],
            "days": [day for _, day, _ in born],
            "dates": [on for _, _, on in born],
        }
    if campaign.kind == "anniversary":
        return of_spans(_anniversaries(campaign, dates))
    after = timedelta(days=campaign.days_after or 0)
    return of_spans([_day(on - after, leads_to=on) for on in dates])


def of_spans(spans: Sequence[Span]) -> dict[str, Any]:
    """Parallel arrays."""
    return {
        "starts": [span.starts_at for span in spans],
        "ends": [span.ends_at for span in spans],
        "dates": [span.due_on for span in spans],
    }


def common(campaign: Campaign, *, since: datetime) -> dict[str, Any]:
    """What every source is bound to besides; what happened before `since` counts for nothing."""
    return {
        "campaign_id": campaign.id,
        "event": campaign.kind,
        "days_after": campaign.days_after or 0,
        "since": since,
        **automation_conditions.bindings(campaign.conditions),
        **_after(Key()),
    }


def list_page(campaign: Campaign, values: dict[str, Any], *, after: Key, limit: int) -> list[Source]:
    """The next members who are not planned yet."""
    rows = db.session.execute(statements.page(campaign.kind), {**values, **_after(after), "limit": limit})
    return [
        Source(
            member_id=row.member_id,
            occurrence=row.occurrence,
            due_on=row.due_on,
            last_on=row.last_on,
            zone=row.zone,
            key=Key(at=row.key_at, id=row.key_id, occurrence=row.occurrence),
        )
        for row in rows
    ]


def _after(key: Key) -> dict[str, Any]:
    return {"after_at": key.at, "after_id": key.id, "after_occurrence": key.occurrence}


def _anniversaries(campaign: Campaign, dates: Sequence[date]) -> list[Span]:
    first = db.session.scalar(statements.FIRST_JOINED)
    if first is None:
        return []
    earliest, wanted = programmes.business_date(first), campaign.conditions.get("years", ())
    return [
        _day(joined_on, leads_to=on)
        for on in dates
        for joined_on, years in anniversary.joined_on(on, earliest=earliest)
        if not wanted or years in wanted
    ]


def _day(on: date, *, leads_to: date) -> Span:
    programme = programmes.get()
    starts_at, ends_at = clock.business_day_bounds(on, zone=programme.zone, cut_over_hour=programme.cut_over_hour)
    return Span(starts_at=starts_at, ends_at=ends_at, due_on=leads_to)
