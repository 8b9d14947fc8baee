"""Automations: each member once per occurrence, by a date or an event of their own, however often and late the tick runs.

A page of members is one INSERT. What is planned moves on only when all of a date, or of a stretch of time, is written, so a
tick that dies leaves nothing out, and one that runs twice adds nothing (I10). docs/domain/automations.md
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import select

from app.extensions import db
from app.models import Campaign
from app.rules import automation_dates, wall_clock
from app.rules.automation_dates import Moment
from app.rules.automation_kinds import HABITS, OVERLAP, follows_clock
from app.services import audiences, automation_sources, programmes
from app.services.automation_sources import Key, Source, Span
from app.statements import automation_plan

# By members' own clocks a date begins before the shop's does.
AHEAD_OF_SHOP: Final = 1


@dataclass(frozen=True, kw_only=True)
class Stretch:
    """What to plan of one campaign: everybody of a date, or what happened in a stretch of time until `ends_at`."""

    campaign_id: int
    on: date
    starts_at: datetime | None = None
    ends_at: datetime | None = None


def list_due(*, now: datetime, kinds: Sequence[str]) -> list[Stretch]:
    """What running automations of these kinds have to plan now, by campaign and date."""
    today = programmes.business_date(now)
    running = db.session.scalars(
        select(Campaign)
        .where(Campaign.kind.in_(kinds), Campaign.state == "running")
        .order_by(Campaign.id)
        .execution_options(populate_existing=True)
    )
    return [stretch for campaign in running for stretch in _stretches(campaign, today=today, now=now)]


def lock_running(campaign_id: int) -> Campaign | None:
    """The campaign, held so that it cannot go away; None when it no longer runs."""
    return db.session.scalars(
        select(Campaign)
        .where(Campaign.id == campaign_id, Campaign.state == "running")
        .with_for_update(read=True, key_share=True)
        .execution_options(populate_existing=True)
    ).one_or_none()


def plan_page(stretch: Stretch, *, after: Key, app_id: str, now: datetime, limit: int) -> tuple[int, Key | None]:
    """Plan the next `limit` members; returns the deliveries added and where to go on, None after the last."""
    campaign = lock_running(stretch.campaign_id)
    if campaign is None:
        return 0, None
    page = list_page(campaign, stretch, after=after, limit=limit)
    planned = write(campaign, page, app_id=app_id, now=now)
    return len(planned), page[-1].key if len(page) == limit else None


def list_page(campaign: Campaign, stretch: Stretch, *, after: Key, limit: int) -> list[Source]:
    """The next members of a stretch who are not planned yet."""
    # A birthday is nobody's doing; the rest counts from the day the automation was switched on.
    since = campaign.started_at or campaign.created_at
    values = automation_sources.common(campaign, since=_since(campaign, since))
    return automation_sources.list_page(campaign, values | _bound(campaign, stretch), after=after, limit=limit)


def write(campaign: Campaign, page: Sequence[Source], *, app_id: str, now: datetime) -> dict[int, str]:
    """Write a page down; by member the state of each delivery that is new."""
    if not page:
        return {}
    asked, values = audiences.question(campaign, app_id=app_id, at=now)
    # Times are worked out here; a birthday's gift is given in the transaction of its row.
    asked = replace(asked, is_member_time=False, has_benefit=asked.has_benefit and campaign.kind != "birthday")
    moments = _moments(campaign, page, now=now)
    values |= {
        "campaign_id": campaign.id,
        "member_ids": [source.member_id for source in page],
        "occurrences": [source.occurrence for source in page],
        "due_ats": [moment.due_at for moment in moments],
        "expiries": [moment.expires_at for moment in moments],
        "now": now,
    }
    rows = db.session.execute(automation_plan.insertion(asked), values)
    return {row.member_id: row.state for row in rows}


def finish(stretch: Stretch) -> None:
    """All of it is written; the marks only ever move forward."""
    campaign = db.session.scalars(
        select(Campaign)
        .where(Campaign.id == stretch.campaign_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).one()
    if stretch.ends_at is None:
        campaign.planned_through = max(campaign.planned_through or stretch.on, stretch.on)
    elif campaign.planned_until is None or stretch.ends_at - campaign.planned_until >= timedelta(minutes=1):
        # Looks overlap, so the mark may lag; written every time it would be a dead row a tick.
        campaign.planned_until = stretch.ends_at
    db.session.flush()


def _stretches(campaign: Campaign, *, today: date, now: datetime) -> list[Stretch]:
    habit = HABITS[campaign.kind]
    if follows_clock(campaign.kind, campaign.days_after):
        earliest = now - timedelta(days=habit.catch_up_days)
        begins = campaign.planned_until or campaign.started_at or now
        starts_at = max(begins - OVERLAP - habit.pause, earliest)
        return [Stretch(campaign_id=campaign.id, on=today, starts_at=starts_at, ends_at=now - habit.pause)]
    dates = automation_dates.due_dates(
        today=today,
        ahead=_ahead(campaign),
        planned_through=campaign.planned_through,
        catch_up_days=habit.catch_up_days,
    )
    return [Stretch(campaign_id=campaign.id, on=on) for on in dates]


def _ahead(campaign: Campaign) -> int:
    """Days before a date at which it is planned. What happened the day before is not complete any sooner."""
    early = AHEAD_OF_SHOP if campaign.is_member_time else 0
    if campaign.days_after is not None:
        return min(early, campaign.days_after - 1)
    return (campaign.days_before or 0) + early


def _since(campaign: Campaign, started_at: datetime) -> datetime:
    # Whoever joined or lapsed longer ago has an anniversary or crosses the line after the start all the same.
    return automation_sources.Key().at if campaign.kind == "anniversary" else started_at


def _bound(campaign: Campaign, stretch: Stretch) -> dict[str, Any]:
    if stretch.starts_at is None or stretch.ends_at is None:
        return automation_sources.of_dates(campaign, [stretch.on])
    span = Span(starts_at=stretch.starts_at, ends_at=stretch.ends_at, due_on=stretch.on)
    return automation_sources.of_spans([span])


def _moments(campaign: Campaign, page: Sequence[Source], *, now: datetime) -> list[Moment]:
    """Once per date and wall clock."""
    programme = programmes.get()
    known: dict[tuple[date, date, str | None], Moment] = {}
    for source in page:
        zone = source.zone if campaign.is_member_time else None
        found = (source.due_on, source.last_on, zone)
        if found not in known:
            begins = f"{programme.cut_over_hour:02}:00" if zone is None else "00:00"
            known[found] = _moment(campaign, source, zone=zone or programme.zone, begins=begins, now=now)
    return [known[source.due_on, source.last_on, source.zone if campaign.is_member_time else None] for source in page]


def _moment(campaign: Campaign, source: Source, *, zone: str, begins: str, now: datetime) -> Moment:
    zone = wall_clock.known_zone(zone, otherwise=programmes.get().zone)
    follows = follows_clock(campaign.kind, campaign.days_after)
    habit = HABITS[campaign.kind]
    # What will expire is told until it has; of what is past, the habit says how long it is worth telling.
    fresh = 0 if source.last_on > source.due_on else habit.fresh_days
    moment = automation_dates.moment(
        send_on=source.due_on - timedelta(days=campaign.days_before or 0),
        last_on=source.last_on + timedelta(days=fresh),
        at=None if follows else campaign.send_time,
        zone=zone,
        now=now,
        day_begins=begins,
    )
    return (
        replace(moment, due_at=automation_dates.next_moment(at=campaign.send_time, zone=zone, now=now))
        if follows
        else moment
    )
