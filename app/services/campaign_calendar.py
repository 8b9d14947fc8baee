"""The days ahead and behind: which campaigns go out when, to how many, and how dense that is for the members there are."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import func, select

from app.errors import InvalidInput
from app.extensions import db
from app.models import Campaign, Member
from app.models.campaign import AUTOMATIONS
from app.rules import occurrences
from app.services import calendars, campaign_runs
from app.services.calendars import Calendar
from app.services.periods import Period
from app.statements import campaign_calendar as statements

MOST_DAYS: Final = 92
# Runs of a quarter: more would be no calendar.
MOST_RUNS: Final = 2_000
MOST_CAMPAIGNS: Final = 500
# One-offs with a time, whatever still has to happen before it.
AHEAD: Final = ("draft", "in_review", "approved", "scheduled")


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One campaign on one day. `members` None: nobody counted yet; `is_estimate` before its audience is written."""

    campaign: Campaign
    occurrence: str | None
    state: str
    starts_at: datetime | None
    members: int | None
    is_estimate: bool


@dataclass(frozen=True, kw_only=True)
class Day:
    """`load_bp`: messages of the day for every 10,000 members there are."""

    on: date
    entries: list[Entry]
    messages: int
    load_bp: int


@dataclass(frozen=True)
class _Found:
    on: date
    campaign_id: int
    occurrence: str | None
    state: str
    starts_at: datetime | None
    members: int | None


def look(period: Period, *, now: datetime) -> list[Day]:
    """Every day of the period, in order, the empty ones too. Raises InvalidInput for more than 92 days."""
    if (period.until_on - period.first_on).days > MOST_DAYS:
        raise InvalidInput(field="until_on", reason=f"at most {MOST_DAYS} days")
    calendar = calendars.fresh()
    found = [
        *_runs(period, calendar),
        *_scheduled(period, calendar),
        *_to_come(period, calendar, now=now),
        *_waiting(period, calendar),
    ]
    everybody = db.session.scalar(select(func.count()).where(Member.status == "active")) or 0
    sizes = _sizes({one.campaign_id for one in found if one.members is None}, everybody=everybody)
    campaigns = _campaigns({one.campaign_id for one in found})
    by_day: dict[date, list[Entry]] = defaultdict(list)
    for one in found:
        by_day[one.on].append(
            Entry(
                campaign=campaigns[one.campaign_id],
                occurrence=one.occurrence,
                state=one.state,
                starts_at=one.starts_at,
                members=sizes.get(one.campaign_id) if one.members is None else one.members,
                is_estimate=one.members is None,
            )
        )
    days = [period.first_on + timedelta(days=n) for n in range((period.until_on - period.first_on).days)]
    return [_day(on, by_day[on], everybody=everybody) for on in days]


def _day(on: date, entries: list[Entry], *, everybody: int) -> Day:
    messages = sum(entry.members or 0 for entry in entries)
    in_order = sorted(entries, key=lambda entry: (entry.starts_at is None, entry.starts_at, entry.campaign.id))
    return Day(on=on, entries=in_order, messages=messages, load_bp=messages * 10_000 // everybody if everybody else 0)


def _runs(period: Period, calendar: Calendar) -> list[_Found]:
    rows = db.session.execute(
        statements.RUNS, {"starts_at": period.starts_at, "ends_at": period.ends_at, "limit": MOST_RUNS}
    )
    return [
        _Found(
            calendar.date_of(row.due_at),
            row.campaign_id,
            row.occurrence,
            row.state,
            row.due_at,
            None if row.state == "expanding" else row.targeted,
        )
        for row in rows
    ]


def _scheduled(period: Period, calendar: Calendar) -> list[_Found]:
    rows = db.session.execute(
        select(Campaign.id, Campaign.state, Campaign.scheduled_at)
        .where(
            Campaign.kind == "one_off",
            Campaign.state.in_(AHEAD),
            Campaign.scheduled_at >= period.starts_at,
            Campaign.scheduled_at < period.ends_at,
        )
        .order_by(Campaign.scheduled_at, Campaign.id)
        .limit(MOST_CAMPAIGNS)
    )
    return [_Found(calendar.date_of(row.scheduled_at), row.id, None, row.state, row.scheduled_at, None) for row in rows]


def _to_come(period: Period, calendar: Calendar, *, now: datetime) -> Iterable[_Found]:
    """Occurrences of what repeats that have not begun."""
    repeating = db.session.scalars(
        select(Campaign)
        .where(Campaign.state == "running", Campaign.next_run_at < period.ends_at)
        .order_by(Campaign.id)
        .limit(MOST_CAMPAIGNS)
    )
    for campaign in repeating:
        plan = campaign_runs.plan_of(campaign)
        at = max(campaign.next_run_at or now, period.starts_at) - timedelta(microseconds=1)
        while (one := occurrences.next_after(plan, at)) is not None and one.begins_at < period.ends_at:
            yield _Found(
                calendar.date_of(one.begins_at), campaign.id, one.on.isoformat(), "to_come", one.begins_at, None
            )
            at = one.begins_at


def _waiting(period: Period, calendar: Calendar) -> list[_Found]:
    values = {
        "starts_at": period.starts_at,
        "ends_at": period.ends_at,
        "zone": calendar.zone,
        "cut_over_hour": calendar.cut_over_hour,
        "automations": list(AUTOMATIONS),
    }
    rows = db.session.execute(statements.WAITING, values)
    return [_Found(row.day, row.campaign_id, None, "waiting", None, row.members) for row in rows]


def _sizes(campaign_ids: set[int], *, everybody: int) -> dict[int, int | None]:
    values = {"campaign_ids": sorted(campaign_ids), "everybody": everybody}
    return {row.campaign_id: row.members for row in db.session.execute(statements.SIZES, values)}


def _campaigns(keys: set[int]) -> dict[int, Campaign]:
    return {one.id: one for one in db.session.scalars(select(Campaign).where(Campaign.id.in_(keys)))}
