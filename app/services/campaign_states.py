"""A campaign's life: every step is one conditional UPDATE, so two people or two schedulers cannot both take it.

draft → in_review → approved → scheduled → expanding → running → done; what repeats or fires by itself goes to running at once.
Paused from any of the three in the middle; missed waits for a person."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, func, not_, or_, select, update

from app.actor import Actor
from app.errors import CampaignNotApproved, CampaignStateConflict, InvalidInput, LoyaltyError, NotFound
from app.extensions import db
from app.models import Campaign, Programme
from app.rules import occurrences
from app.rules.after_send import REFUSALS_BEFORE_PAUSE
from app.services import audit, campaign_runs
from app.statements import end_campaigns

PAUSABLE: Final = ("scheduled", "expanding", "running")
CANCELLABLE: Final = ("draft", "in_review", "approved", "scheduled", "expanding", "running", "paused", "missed")
EDITABLE: Final = ("draft", "in_review", "approved", "missed")
SCHEDULABLE: Final = ("draft", "approved", "missed")


def schedule(campaign: Campaign, *, actor: Actor, now: datetime) -> Campaign:
    """Let it run: a one-off at its time, what repeats at its next, what fires by itself from now on.

    Errors: CampaignStateConflict, CampaignNotApproved, InvalidInput."""
    values: dict[str, Any] = {"state": "running", "started_at": now}
    if campaign.kind in ("one_off", "test"):
        values = {"state": "scheduled", "latest_start_at": _latest_start(campaign, now=now)}
    elif campaign.kind in campaign_runs.REPEATING:
        first = occurrences.next_after(campaign_runs.plan_of(campaign), now)
        if first is None:
            raise InvalidInput(field="ends_on", reason="no_run_ahead")
        values["next_run_at"] = first.begins_at
    return move(
        campaign,
        "schedule",
        SCHEDULABLE,
        conditions=(_is_approved_where_asked(),),
        otherwise=CampaignNotApproved(),
        actor=actor,
        now=now,
        **values,
    )


def pause(campaign: Campaign, *, actor: Actor, now: datetime) -> Campaign:
    """Stop sending within a second; what is planned stays planned. Errors: CampaignStateConflict."""
    return move(campaign, "pause", PAUSABLE, actor=actor, now=now, state="paused", paused_from=Campaign.state)


def resume(campaign: Campaign, *, actor: Actor, now: datetime) -> Campaign:
    """Go on where it was paused, with exactly the rest; times that passed in a pause are left out.

    Errors: CampaignStateConflict."""
    locked = _lock(campaign)
    return move(
        locked,
        "resume",
        ("paused",),
        actor=actor,
        now=now,
        state=Campaign.paused_from,
        paused_from=None,
        pause_reason=None,
        refusals_in_a_row=0,
        hold_until=None,
        next_run_at=_next_run(locked, now=now),
    )


def cancel(campaign: Campaign, *, actor: Actor, now: datetime) -> Campaign:
    """End it and its runs for good; what was sent stays sent. Errors: CampaignStateConflict."""
    cancelled = move(
        campaign,
        "cancel",
        CANCELLABLE,
        actor=actor,
        now=now,
        state="cancelled",
        paused_from=None,
        next_run_at=None,
        finished_at=now,
    )
    campaign_runs.end_all(cancelled.id, now=now)
    return cancelled


def start_due(*, now: datetime) -> tuple[list[int], list[int]]:
    """Begin what is due and mark what is too late; returns the ids of both, one entry a run."""
    started, missed = campaign_runs.start_one_offs(now=now)
    more_started, more_missed = campaign_runs.begin_due(now=now)
    return started + more_started, missed + more_missed


def finish_done(*, now: datetime) -> int:
    """Close runs that have nothing left to send, and campaigns whose last run that was; returns how many campaigns."""
    db.session.execute(end_campaigns.FINISH_RUNS, {"now": now})
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


def move(
    campaign: Campaign,
    wanted: str,
    from_states: Sequence[str],
    *,
    conditions: Sequence[ColumnElement[bool]] = (),
    otherwise: LoyaltyError | None = None,
    actor: Actor,
    now: datetime,
    details: dict[str, Any] | None = None,
    **values: Any,
) -> Campaign:
    """One step, conditional and audited; `otherwise` is what is wrong when the state is right and a condition is not.

    Errors: NotFound, CampaignStateConflict, `otherwise`."""
    moved = db.session.scalars(
        update(Campaign)
        .where(Campaign.id == campaign.id, Campaign.state.in_(from_states), *conditions)
        .values(**values)
        .returning(Campaign)
        .execution_options(populate_existing=True, synchronize_session=False)
    ).one_or_none()
    if moved is None:
        state = db.session.scalar(select(Campaign.state).where(Campaign.id == campaign.id))
        if state is None:
            raise NotFound(kind="campaign")
        if otherwise is not None and state in from_states:
            raise otherwise
        raise CampaignStateConflict(state=state, wanted=wanted)
    _note(wanted, moved.id, actor=actor, now=now, details=details)
    return moved


def _latest_start(campaign: Campaign, *, now: datetime) -> datetime:
    if campaign.scheduled_at is None:
        raise InvalidInput(field="scheduled_at", reason="missing")
    latest = campaign.latest_start_at or campaign.scheduled_at + timedelta(minutes=campaign.max_late_minutes)
    if latest <= now:
        raise InvalidInput(field="scheduled_at", reason="in_the_past")
    return latest


def _is_approved_where_asked() -> ColumnElement[bool]:
    asked = select(Programme.has_campaign_review).where(Programme.id == 1).scalar_subquery()
    return or_(Campaign.approved_by_id.is_not(None), not_(asked))


def _next_run(campaign: Campaign, *, now: datetime) -> datetime | None:
    if campaign.next_run_at is None:
        return None
    ahead = occurrences.next_in_time(campaign_runs.plan_of(campaign), now)
    return max(campaign.next_run_at, ahead.begins_at) if ahead else None


def _lock(campaign: Campaign) -> Campaign:
    query = select(Campaign).where(Campaign.id == campaign.id).with_for_update(key_share=True)
    return db.session.scalars(query.execution_options(populate_existing=True)).one()


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
