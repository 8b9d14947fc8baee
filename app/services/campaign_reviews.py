"""A second person looks at a campaign before it is scheduled; whoever wrote or submitted it is not that person."""

from datetime import datetime

from sqlalchemy import ColumnElement, and_, func

from app.actor import Actor
from app.errors import CampaignChanged, InvalidInput, SecondPersonNeeded
from app.models import Campaign
from app.services import campaign_states


def submit(campaign: Campaign, *, actor: Actor, now: datetime) -> Campaign:
    """Ask for a second person. Errors: CampaignStateConflict."""
    return campaign_states.move(
        campaign,
        "submit",
        ("draft",),
        actor=actor,
        now=now,
        state="in_review",
        submitted_by_id=_person(actor),
        submitted_at=now,
        review_note=None,
    )


def approve(campaign: Campaign, *, submitted_at: datetime, actor: Actor, now: datetime) -> Campaign:
    """Approve what was submitted then, to the millisecond: a later submission was not looked at.

    Errors: CampaignStateConflict, SecondPersonNeeded, CampaignChanged."""
    # Told in milliseconds, kept in microseconds.
    is_as_seen = func.date_trunc("milliseconds", Campaign.submitted_at) == func.date_trunc("milliseconds", submitted_at)
    return _decide(campaign, "approve", is_as_seen, actor=actor, now=now, state="approved", approved_at=now)


def reject(campaign: Campaign, *, reason: str, actor: Actor, now: datetime) -> Campaign:
    """Send it back to its author with a reason. Errors: CampaignStateConflict, SecondPersonNeeded."""
    return _decide(campaign, "reject", actor=actor, now=now, state="draft", review_note=reason)


def _decide(
    campaign: Campaign, wanted: str, *conditions: ColumnElement[bool], actor: Actor, now: datetime, **values: object
) -> Campaign:
    person = _person(actor)
    is_other = and_(Campaign.submitted_by_id != person, Campaign.created_by_id != person)
    if wanted == "approve":
        values["approved_by_id"] = person
    else:
        values |= {"submitted_by_id": None, "submitted_at": None}
    return campaign_states.move(
        campaign,
        wanted,
        ("in_review",),
        conditions=(is_other, *conditions),
        otherwise=SecondPersonNeeded()
        if person in (campaign.created_by_id, campaign.submitted_by_id)
        else CampaignChanged(),
        actor=actor,
        now=now,
        details={"reason": values["review_note"]} if wanted == "reject" else None,
        **values,
    )


def _person(actor: Actor) -> int:
    if actor.kind != "staff" or actor.id is None:
        raise InvalidInput(field="by", reason="a person of the staff")
    return actor.id
