"""A campaign's life: every step is one conditional UPDATE, so two people or two schedulers cannot both take it.

draft → scheduled → expanding → running → done; paused from any of the three in the middle; missed waits for a person."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import func, select, update

from app.actor import Actor
from app.errors import CampaignStateConflict, InvalidInput, NotFound
from app.extensions import db
from app.models import Campaign, Member
from app.rules.after_send import REFUSALS_BEFORE_PAUSE
from app.services import audit
from app.statements import end_campaigns

# Started later than this after its time, a campaign waits for a person instead ("good morning" at night).
DEFAULT_LATENESS: Final = timedelta(hours=4)
PAUSABLE: Final = ("scheduled", "expanding", "running")
CANCELLABLE: Final = ("draft", "scheduled", "expanding", "running", "paused", "missed")
EDITABLE: Final = ("draft", "missed")


def schedule(campaign: Campaign, *, actor: Actor, now: datetime) -> Campaign:
    """Let it run: a one-off at its time, a birthday automation from now on. Errors: CampaignStateConflict, InvalidInput."""
    if campaign.kind == "birthday":
        return _move(campaign, "schedule", EDITABLE, actor=actor, now=now, state="running", started_at=now)
    if campaign.scheduled_at is None:
        raise InvalidInput(field="scheduled_at", reason="missing")
    latest = campaign.latest_start_at or campaign.scheduled_at + DEFAULT_LATENESS
    if latest <= now:
        raise InvalidInput(field="scheduled_at", reason="in_the_past")
    return _move(campaign, "schedule", EDITABLE, actor=actor, now=now, state="scheduled", latest_start_at=latest)


def pause(campaign: Campaign, *, actor: Actor, now: datetime) -> Campaign:
    """Stop sending within a second; what is planned stays planned. Errors: CampaignStateConflict."""
    return _move(campaign, "pause", PAUSABLE, actor=actor, now=now, state="paused", paused_from=Campaign.state)


def resume(campaign: Campaign, *, actor: Actor, now: datetime) -> Campaign:
    """Go on where it was paused, with exactly the rest. Errors: CampaignStateConflict."""
    return _move(
        campaign,
        "resume",
        ("paused",),
        actor=actor,
        now=now,
        state=Campaign.paused_from,
        paused_from=None,
        pause_reason=None,
        refusals_in_a_row=0,
        hold_until=None,
    )


def cancel(campaign: Campaign, *, actor: Actor, now: datetime) -> Campaign:
    """End it for good; what was sent stays sent. Errors: CampaignStateConflict."""
    return _move(
        campaign, "cancel", CANCELLABLE, actor=actor, now=now, state="cancelled", paused_from=None, finished_at=now
    )


def start_due(*, now: datetime) -> tuple[list[int], list[int]]:
    """Begin what is due and mark what is too late; returns the ids of both."""
    missed = _system_step("miss", now, Campaign.state == "scheduled", Campaign.latest_start_at < now, state="missed")
    highest = select(func.coalesce(func.max(Member.id), 0)).scalar_subquery()
    started = _system_step(
        "start",
        now,
        Campaign.state == "scheduled",
        Campaign.scheduled_at <= now,
        Campaign.latest_start_at >= now,
        state="expanding",
        started_at=now,
        cursor_member_id=0,
        max_member_id=highest,
    )
    return started, missed


def finish_done(*, now: datetime) -> int:
    """Close running one-offs that have nothing left to send; returns how many."""
    done = list(db.session.scalars(end_campaigns.FINISH, {"now": now}))
    for campaign_id in done:
        _note("finish", campaign_id, actor=Actor.system(), now=now)
    return len(done)


def sweep_cancelled(*, limit: int, now: datetime) -> int:
    """End up to `limit` deliveries that a cancelled campaign left planned; returns how many."""
    return len(db.session.execute(end_campaigns.SWEEP, {"limit": limit, "now": now}).all())


def hold(campaign_id: int, *, until: datetime) -> None:
    """WeChat asked to slow down: claim nothing of this campaign before."""
    db.session.execute(
        update(Campaign)
        .where(Campaign.id == campaign_id)
        .values(hold_until=func.greatest(func.coalesce(Campaign.hold_until, until), until))
        .execution_options(synchronize_session=False)
    )


def pause_itself(campaign_id: int, *, reason: str, errcode: int | None, now: datetime) -> bool:
    """Pause for a reason that lies with the campaign or the account, not with a member; False when not running."""
    why = reason if errcode is None else f"{errcode}:{reason}"
    return bool(
        _system_step(
            "pause",
            now,
            Campaign.id == campaign_id,
            Campaign.state == "running",
            state="paused",
            paused_from="running",
            pause_reason=why,
        )
    )


def count_refusal(campaign_id: int, *, reason: str, errcode: int | None, now: datetime) -> None:
    """One more message refused as written; the twentieth in a row pauses the campaign."""
    count = db.session.scalar(
        update(Campaign)
        .where(Campaign.id == campaign_id)
        .values(refusals_in_a_row=Campaign.refusals_in_a_row + 1)
        .returning(Campaign.refusals_in_a_row)
        .execution_options(synchronize_session=False)
    )
    if count is not None and count >= REFUSALS_BEFORE_PAUSE:
        pause_itself(campaign_id, reason=reason, errcode=errcode, now=now)


def forget_refusals(campaign_id: int) -> None:
    """A message was taken: the text is fine."""
    db.session.execute(
        update(Campaign)
        .where(Campaign.id == campaign_id, Campaign.refusals_in_a_row > 0)
        .values(refusals_in_a_row=0)
        .execution_options(synchronize_session=False)
    )


def _move(
    campaign: Campaign, wanted: str, from_states: Sequence[str], *, actor: Actor, now: datetime, **values: Any
) -> Campaign:
    moved = db.session.scalars(
        update(Campaign)
        .where(Campaign.id == campaign.id, Campaign.state.in_(from_states))
        .values(**values)
        .returning(Campaign)
        .execution_options(populate_existing=True, synchronize_session=False)
    ).one_or_none()
    if moved is None:
        state = db.session.scalar(select(Campaign.state).where(Campaign.id == campaign.id))
        if state is None:
            raise NotFound(kind="campaign")
        raise CampaignStateConflict(state=state, wanted=wanted)
    _note(wanted, moved.id, actor=actor, now=now)
    return moved


def _system_step(wanted: str, now: datetime, *conditions: Any, **values: Any) -> list[int]:
    ids = list(
        db.session.scalars(
            update(Campaign)
            .where(*conditions)
            .values(**values)
            .returning(Campaign.id)
            .execution_options(synchronize_session=False)
        )
    )
    for campaign_id in ids:
        details = {"reason": values["pause_reason"]} if "pause_reason" in values else {}
        _note(wanted, campaign_id, actor=Actor.system(), now=now, details=details)
    return ids


def _note(wanted: str, campaign_id: int, *, actor: Actor, now: datetime, details: dict[str, Any] | None = None) -> None:
    audit.record(
        f"campaign.{wanted}",
        actor=actor,
        object_kind="campaign",
        object_id=campaign_id,
        details=details or {},
        now=now,
    )
