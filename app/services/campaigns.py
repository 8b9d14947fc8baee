"""Campaigns as a marketer writes and reads them. Their texts are proven against the template before anything is stored."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from app.actor import Actor
from app.errors import (
    CampaignStateConflict,
    InvalidInput,
    MessageFieldsInvalid,
    MessageTemplateDisabled,
    NotFound,
)
from app.extensions import db
from app.models import Campaign, CouponBatch, MessageTemplate, Tier
from app.paging import Page, cut
from app.rules import message_text
from app.services import audit
from app.services.campaign_states import EDITABLE


@dataclass(frozen=True, kw_only=True)
class Links:
    """The public ids a campaign shows for what it points at."""

    message_template_id: uuid.UUID
    coupon_batch_id: uuid.UUID | None
    tier_ids: list[uuid.UUID]


def create(
    *,
    name: str,
    kind: str,
    message_template_id: uuid.UUID,
    field_values: dict[str, str],
    tier_ids: Sequence[uuid.UUID],
    coupon_batch_id: uuid.UUID | None,
    scheduled_at: datetime | None,
    latest_start_at: datetime | None,
    days_before: int | None,
    sends_per_second: int | None,
    actor: Actor,
    now: datetime,
) -> Campaign:
    """Write a draft. `kind`: one_off (at `scheduled_at`) or birthday (`days_before` each member's birthday).

    Errors: NotFound, InvalidInput, MessageTemplateDisabled, MessageFieldsInvalid(fields={key: reason})."""
    if actor.id is None:
        raise InvalidInput(field="created_by", reason="a person of the staff")
    template = _template(message_template_id)
    campaign = Campaign(
        name=name,
        kind=kind,
        message_template_id=template.id,
        field_values=field_values,
        tier_ids=_tier_keys(tier_ids),
        coupon_batch_id=_gift_key(coupon_batch_id),
        scheduled_at=scheduled_at,
        latest_start_at=latest_start_at,
        days_before=days_before,
        sends_per_second=sends_per_second,
        created_by_id=actor.id,
        created_at=now,
    )
    _check(campaign, template)
    db.session.add(campaign)
    db.session.flush()  # the audit row names the key
    _audit("create", campaign, actor=actor, details={"name": name, "kind": kind}, now=now)
    return campaign


def change(campaign: Campaign, changes: dict[str, Any], *, actor: Actor, now: datetime) -> Campaign:
    """Change a draft, or one that was missed; public ids for template, tiers and batch as in `create`.

    Errors: CampaignStateConflict and those of `create`."""
    locked = db.session.scalars(
        select(Campaign).where(Campaign.id == campaign.id).with_for_update().execution_options(populate_existing=True)
    ).one()
    if locked.state not in EDITABLE:
        raise CampaignStateConflict(state=locked.state, wanted="change")
    values = dict(changes)
    if "message_template_id" in values:
        values["message_template_id"] = _template(values["message_template_id"]).id
    if "tier_ids" in values:
        values["tier_ids"] = _tier_keys(values["tier_ids"])
    if "coupon_batch_id" in values:
        values["coupon_batch_id"] = _gift_key(values["coupon_batch_id"])
    if "scheduled_at" in values and "latest_start_at" not in values:
        values["latest_start_at"] = None  # it belonged to the old time; scheduling sets a new one
    # Before the values are set: the look-up would flush them unchecked.
    template = db.session.get_one(MessageTemplate, values.get("message_template_id", locked.message_template_id))
    for key, value in values.items():
        setattr(locked, key, value)
    _check(locked, template)
    _audit("update", locked, actor=actor, details={"changed": sorted(changes)}, now=now)
    db.session.flush()
    return locked


def check(campaign: Campaign) -> None:
    """Prove once more that its texts fit its template, which may have changed since. Errors as in `create`."""
    _check(campaign, db.session.get_one(MessageTemplate, campaign.message_template_id))


def get_by_public_id(public_id: uuid.UUID) -> Campaign:
    """Raises NotFound."""
    campaign = db.session.scalar(select(Campaign).where(Campaign.public_id == public_id))
    if campaign is None:
        raise NotFound(kind="campaign")
    return campaign


def list_campaigns(*, after: tuple[int] | None, limit: int, state: str | None = None) -> Page[Campaign]:
    """Newest first."""
    query = select(Campaign).order_by(Campaign.id.desc()).limit(limit + 1)
    if after is not None:
        query = query.where(Campaign.id < after[0])
    if state is not None:
        query = query.where(Campaign.state == state)
    return cut(db.session.scalars(query).all(), limit, lambda campaign: (campaign.id,))


def links_of(campaigns: Sequence[Campaign]) -> dict[int, Links]:
    """The public ids behind the keys of several campaigns, by campaign key."""
    templates = _public_ids(MessageTemplate, {c.message_template_id for c in campaigns})
    batches = _public_ids(CouponBatch, {c.coupon_batch_id for c in campaigns if c.coupon_batch_id is not None})
    tiers = _public_ids(Tier, {key for c in campaigns for key in c.tier_ids})
    return {
        c.id: Links(
            message_template_id=templates[c.message_template_id],
            coupon_batch_id=batches.get(c.coupon_batch_id or 0),
            tier_ids=[tiers[key] for key in c.tier_ids],
        )
        for c in campaigns
    }


def tier_keys(public_ids: Sequence[uuid.UUID]) -> list[int]:
    """Internal keys of tiers. Raises NotFound when one does not exist."""
    return _tier_keys(public_ids)


def _check(campaign: Campaign, template: MessageTemplate) -> None:
    if campaign.kind == "birthday":
        _check_birthday(campaign)
    elif campaign.days_before is not None or campaign.coupon_batch_id is not None:
        raise InvalidInput(field="days_before", reason="days and gift belong to a birthday campaign")
    if campaign.scheduled_at and campaign.latest_start_at and campaign.latest_start_at <= campaign.scheduled_at:
        raise InvalidInput(field="latest_start_at", reason="must be after scheduled_at")
    if campaign.latest_start_at and not campaign.scheduled_at:
        raise InvalidInput(field="latest_start_at", reason="needs scheduled_at")
    problems = message_text.find_problems(
        template.fields,
        campaign.field_values,
        choices=template.enums,
        has_gift=campaign.coupon_batch_id is not None,
    )
    if problems:
        raise MessageFieldsInvalid(fields=problems)


def _check_birthday(campaign: Campaign) -> None:
    if campaign.scheduled_at is not None or campaign.latest_start_at is not None:
        raise InvalidInput(field="scheduled_at", reason="a birthday campaign has no time of its own")
    if campaign.days_before is None:
        raise InvalidInput(field="days_before", reason="missing")


def _template(public_id: uuid.UUID) -> MessageTemplate:
    template = db.session.scalar(select(MessageTemplate).where(MessageTemplate.public_id == public_id))
    if template is None:
        raise NotFound(kind="message_template")
    if not template.is_enabled:
        raise MessageTemplateDisabled(code=template.code)
    return template


def _tier_keys(public_ids: Sequence[uuid.UUID]) -> list[int]:
    wanted = set(public_ids)
    if not wanted:
        return []
    keys = db.session.scalars(select(Tier.id).where(Tier.public_id.in_(wanted)).order_by(Tier.id)).all()
    if len(keys) != len(wanted):
        raise NotFound(kind="tier")
    return list(keys)


def _gift_key(public_id: uuid.UUID | None) -> int | None:
    if public_id is None:
        return None
    batch = db.session.scalar(select(CouponBatch).where(CouponBatch.public_id == public_id))
    if batch is None:
        raise NotFound(kind="coupon_batch")
    if batch.how != "birthday":
        raise InvalidInput(field="coupon_batch_id", reason="a batch printed for birthdays")
    return batch.id


def _public_ids(model: type[MessageTemplate] | type[CouponBatch] | type[Tier], keys: set[int]) -> dict[int, uuid.UUID]:
    if not keys:
        return {}
    return dict(db.session.execute(select(model.id, model.public_id).where(model.id.in_(keys))).all())


def _audit(verb: str, campaign: Campaign, *, actor: Actor, details: dict[str, Any], now: datetime) -> None:
    audit.record(
        f"campaign.{verb}", actor=actor, object_kind="campaign", object_id=campaign.id, details=details, now=now
    )
