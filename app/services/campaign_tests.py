"""A look before the audience gets it: the message, sent to named colleagues in their own membership.

A test is a campaign of its own, so that it goes the way every message goes: permissions and consent count, holdouts,
quiet hours and the shop's caps do not, and nothing is given.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import func, select

from app.actor import Actor
from app.errors import InvalidInput, NotFound, RecipientsInvalid, TooMany
from app.extensions import db
from app.models import Campaign, CampaignVariant, Staff
from app.services import audit, campaigns
from app.statements import campaign_tests as statements

# What has not left by then would only surprise.
WAITS: Final = timedelta(hours=1)
PER_HOUR: Final = 30
MOST_TOLD: Final = 20
MOST_COLLEAGUES: Final = 200


@dataclass(frozen=True, kw_only=True)
class Recipient:
    """A colleague, and what became of the message."""

    staff_id: uuid.UUID
    name: str
    variant: str | None
    state: str
    reason: str | None
    errcode: int | None
    dispatched_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class Colleague:
    """Somebody of the staff with a membership of their own."""

    staff_id: uuid.UUID
    name: str


@dataclass(frozen=True, kw_only=True)
class Sent:
    """One test."""

    id: uuid.UUID
    created_at: datetime
    recipients: list[Recipient] = field(default_factory=list)


def send(
    campaign: Campaign, *, staff_ids: Sequence[uuid.UUID], variant: str | None, actor: Actor, now: datetime
) -> Sent:
    """Hand the message to the lanes for the colleagues named.

    Raises RecipientsInvalid(staff={public id: reason}), MessageFieldsInvalid and what `campaigns.check` raises,
    TooMany, NotFound (variant)."""
    if actor.id is None:
        raise InvalidInput(field="created_by", reason="a person of the staff")
    campaigns.check(campaign)
    # Two tests at once count one after the other.
    db.session.execute(select(Campaign.id).where(Campaign.id == campaign.id).with_for_update())
    _check_rate(campaign, now=now)
    members = _members_of(staff_ids)
    test = _copy(campaign, variant=variant, by_id=actor.id, now=now)
    db.session.execute(
        statements.ADDRESS,
        {
            "campaign_id": test.id,
            "message_template_id": test.message_template_id,
            "variant": variant,
            "member_ids": members,
            "now": now,
            "expires_at": now + WAITS,
        },
    )
    audit.record(
        "campaign.test",
        actor=actor,
        object_kind="campaign",
        object_id=campaign.id,
        details={"test_id": test.id, "staff": len(members), "variant": variant},
        now=now,
    )
    return next(told for told in list_sent(campaign) if told.id == test.public_id)


def list_sent(campaign: Campaign) -> list[Sent]:
    """The latest tests of a campaign, newest first."""
    found: dict[uuid.UUID, Sent] = {}
    for row in db.session.execute(statements.TOLD, {"campaign_id": campaign.id, "limit": MOST_TOLD}):
        sent = found.setdefault(row.public_id, Sent(id=row.public_id, created_at=row.created_at))
        sent.recipients.append(
            Recipient(
                staff_id=row.staff_id,
                name=row.display_name,
                variant=row.variant,
                state=row.state,
                reason=row.reason,
                errcode=row.errcode,
                dispatched_at=row.dispatched_at,
            )
        )
    return list(found.values())


def list_recipients() -> list[Colleague]:
    """Whom a test can reach, by name; at most MOST_COLLEAGUES."""
    rows = db.session.execute(
        select(Staff.public_id, Staff.display_name)
        .where(Staff.is_active, Staff.member_id.is_not(None))
        .order_by(Staff.display_name, Staff.id)
        .limit(MOST_COLLEAGUES)
    )
    return [Colleague(staff_id=row.public_id, name=row.display_name) for row in rows]


def _check_rate(campaign: Campaign, *, now: datetime) -> None:
    recent = db.session.scalar(
        select(func.count()).where(
            Campaign.parent_id == campaign.id, Campaign.kind == "test", Campaign.created_at > now - timedelta(hours=1)
        )
    )
    if (recent or 0) >= PER_HOUR:
        raise TooMany(retry_after_seconds=3600)


def _members_of(staff_ids: Sequence[uuid.UUID]) -> list[int]:
    rows = db.session.execute(
        select(Staff.public_id, Staff.member_id, Staff.is_active).where(Staff.public_id.in_(set(staff_ids)))
    )
    people = {row.public_id: row for row in rows}
    problems: dict[str, str] = {}
    for public_id in staff_ids:
        person = people.get(public_id)
        if person is None or not person.is_active:
            problems[str(public_id)] = "not_on_the_staff"
        elif person.member_id is None:
            problems[str(public_id)] = "no_membership_linked"
    if problems:
        raise RecipientsInvalid(staff=problems)
    return sorted({person.member_id for person in people.values()})


def _copy(campaign: Campaign, *, variant: str | None, by_id: int, now: datetime) -> Campaign:
    said = db.session.get(CampaignVariant, (campaign.id, variant)) if variant is not None else None
    if variant is not None and said is None:
        raise NotFound(kind="campaign_variant")
    test = Campaign(
        name=campaign.name,
        kind="test",
        state="running",
        message_template_id=campaign.message_template_id,
        field_values={**campaign.field_values, **(said.field_values if said else {})},
        page=(said.page if said else None) or campaign.page,
        # Named in the texts; a test gives nothing.
        coupon_batch_id=campaign.coupon_batch_id,
        points_gift=campaign.points_gift,
        parent_id=campaign.id,
        priority=9,
        created_by_id=by_id,
        created_at=now,
        started_at=now,
    )
    db.session.add(test)
    db.session.flush()  # its rows name the key
    return test
