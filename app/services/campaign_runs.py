"""The runs of a campaign: each time a broadcast goes out begins once, late ones wait for a person."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import TextClause, select

from app.actor import Actor
from app.errors import CampaignNotApproved, CampaignRunStateConflict, CampaignStateConflict, InvalidInput, NotFound
from app.extensions import db
from app.models import Campaign, CampaignRun
from app.paging import Page, cut
from app.rules import occurrences, wall_clock
from app.rules.occurrences import Occurrence, Plan
from app.services import audit, programmes
from app.statements import campaign_runs as statements

REPEATING: Final = ("recurring", "festival")
# Occurrences a long-stopped scheduler writes down for one campaign at a time.
MAX_BEHIND: Final = 100
MAX_CAMPAIGNS: Final = 100


def plan_of(campaign: Campaign) -> Plan:
    """When a campaign that repeats goes out."""
    return Plan(
        repeat=campaign.repeat,
        festival=campaign.festival,
        days_before=campaign.days_before or 0,
        send_time=campaign.send_time or "",
        zone=programmes.get().zone,
        is_member_time=campaign.is_member_time,
        max_late=timedelta(minutes=campaign.max_late_minutes),
        ends_on=campaign.ends_on,
    )


def start_one_offs(*, now: datetime) -> tuple[list[int], list[int]]:
    """Begin what is due and mark what is too late; returns the campaigns of both."""
    missed = list(db.session.scalars(statements.MISS, {"now": now}))
    started = list(
        db.session.scalars(
            statements.START,
            {"now": now, "zone": programmes.get().zone, "earliest": wall_clock.EARLIEST_ZONE},
        )
    )
    _note_all("campaign.miss", missed, occurrence="0", now=now)
    _note_all("campaign.start", started, occurrence="0", now=now)
    return started, missed


def begin_due(*, now: datetime) -> tuple[list[int], list[int]]:
    """Begin the runs of what repeats, or mark them missed; returns their campaigns, one entry a run."""
    started: list[int] = []
    missed: list[int] = []
    for campaign_id in db.session.scalars(statements.DUE, {"now": now, "limit": MAX_CAMPAIGNS}).all():
        for is_late in _begin(campaign_id, now=now):
            (missed if is_late else started).append(campaign_id)
    return started, missed


def start_late(
    campaign: Campaign, occurrence: str, *, latest_start_at: datetime, actor: Actor, now: datetime
) -> CampaignRun:
    """Let a missed run go out now after all; by members' own clocks, where it is not later than `latest_start_at`.

    Errors: NotFound, InvalidInput, CampaignRunStateConflict, CampaignStateConflict, CampaignNotApproved."""
    if latest_start_at <= now:
        raise InvalidInput(field="latest_start_at", reason="in_the_past")
    locked = _lock(campaign)
    if locked.state != ("running" if locked.kind in REPEATING else "missed"):
        raise CampaignStateConflict(state=locked.state, wanted="start_run")
    if programmes.get().has_campaign_review and locked.approved_by_id is None:
        raise CampaignNotApproved
    _decide(locked, occurrence, statements.START_LATE, "start_run", latest_start_at=latest_start_at, now=now)
    if locked.state == "missed":
        locked.state, locked.started_at, locked.latest_start_at = "expanding", now, latest_start_at
    audit.record(
        "campaign.start_run",
        actor=actor,
        object_kind="campaign",
        object_id=locked.id,
        details={"occurrence": occurrence, "latest_start_at": latest_start_at.isoformat()},
        now=now,
    )
    db.session.flush()
    return get(locked, occurrence)


def skip(campaign: Campaign, occurrence: str, *, actor: Actor, now: datetime) -> CampaignRun:
    """Leave a missed run out for good; a one-off ends with it.

    Errors: NotFound, CampaignRunStateConflict, CampaignStateConflict."""
    locked = _lock(campaign)
    if locked.state not in ("missed", "running", "paused"):
        raise CampaignStateConflict(state=locked.state, wanted="skip_run")
    _decide(locked, occurrence, statements.SKIP, "skip_run", now=now)
    if locked.state == "missed":
        locked.state, locked.finished_at = "cancelled", now
    _note("campaign.skip_run", locked.id, actor=actor, occurrence=occurrence, now=now)
    db.session.flush()
    return get(locked, occurrence)


def end_all(campaign_id: int, *, now: datetime) -> None:
    """The runs of a campaign that is cancelled."""
    db.session.execute(statements.CANCEL, {"campaign_id": campaign_id, "now": now})


def get(campaign: Campaign, occurrence: str) -> CampaignRun:
    """Raises NotFound."""
    run = db.session.get(CampaignRun, (campaign.id, occurrence), populate_existing=True)
    if run is None:
        raise NotFound(kind="campaign_run")
    return run


def list_runs(campaign: Campaign, *, after: tuple[str] | None, limit: int) -> Page[CampaignRun]:
    """The latest first."""
    query = (
        select(CampaignRun)
        .where(CampaignRun.campaign_id == campaign.id)
        .order_by(CampaignRun.occurrence.desc())
        .limit(limit + 1)
    )
    if after is not None:
        query = query.where(CampaignRun.occurrence < after[0])
    return cut(db.session.scalars(query).all(), limit, lambda run: (run.occurrence,))


def _begin(campaign_id: int, *, now: datetime) -> Iterable[bool]:
    """Every due occurrence of a locked campaign, oldest first: whether it is too late."""
    campaign = db.session.get_one(Campaign, campaign_id, populate_existing=True)
    plan = plan_of(campaign)
    for _ in range(MAX_BEHIND):
        due_at = campaign.next_run_at
        if due_at is None or due_at > now:
            return
        one = _due(plan, due_at)
        following = occurrences.next_after(plan, due_at)
        is_late = one is not None and one.latest_start_at < now
        if one is not None:
            _write(campaign_id, one, following, due_at=due_at, is_late=is_late, now=now)
            yield is_late
        db.session.refresh(campaign)
        if one is None:
            campaign.next_run_at = following.begins_at if following else None
            db.session.flush()


def _due(plan: Plan, due_at: datetime) -> Occurrence | None:
    """The occurrence that begins at this instant; None when the shop's clock was set otherwise meanwhile."""
    one = occurrences.next_after(plan, due_at - timedelta(seconds=1))
    return one if one is not None and one.begins_at == due_at else None


def _write(
    campaign_id: int, one: Occurrence, following: Occurrence | None, *, due_at: datetime, is_late: bool, now: datetime
) -> None:
    written = db.session.scalars(
        statements.BEGIN,
        {
            "campaign_id": campaign_id,
            "occurrence": one.on.isoformat(),
            "due_at": due_at,
            "next_run_at": following.begins_at if following else None,
            "latest_start_at": one.latest_start_at,
            "is_late": is_late,
            "now": now,
        },
    ).all()
    if written:
        verb = "campaign.miss" if is_late else "campaign.start"
        _note(verb, campaign_id, actor=Actor.system(), occurrence=one.on.isoformat(), now=now)


def _lock(campaign: Campaign) -> Campaign:
    return db.session.scalars(
        select(Campaign).where(Campaign.id == campaign.id).with_for_update().execution_options(populate_existing=True)
    ).one()


def _decide(campaign: Campaign, occurrence: str, statement: TextClause, wanted: str, **values: Any) -> None:
    bound = {"campaign_id": campaign.id, "occurrence": occurrence, **values}
    if db.session.execute(statement, bound).one_or_none() is None:
        raise CampaignRunStateConflict(state=get(campaign, occurrence).state, wanted=wanted)


def _note_all(action: str, campaign_ids: Iterable[int], *, occurrence: str, now: datetime) -> None:
    for campaign_id in campaign_ids:
        _note(action, campaign_id, actor=Actor.system(), occurrence=occurrence, now=now)


def _note(action: str, campaign_id: int, *, actor: Actor, occurrence: str, now: datetime) -> None:
    audit.record(
        action,
        actor=actor,
        object_kind="campaign",
        object_id=campaign_id,
        details={"occurrence": occurrence},
        now=now,
    )
