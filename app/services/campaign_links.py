"""What campaigns point at: public ids to keys when they are written, keys to public ids when they are read."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute

from app.errors import InvalidInput, MessageTemplateDisabled, NotFound
from app.extensions import db
from app.models import (
    Campaign,
    CampaignVariant,
    CouponBatch,
    MemberList,
    MessageTemplate,
    Segment,
    Staff,
    Tier,
)

# The way a batch must be given out for a campaign to give from it; by default as a person issues.
WAYS: Final[Mapping[str, str]] = {"birthday": "birthday"}


@dataclass(frozen=True, kw_only=True)
class Names:
    """What people call the things a campaign points at."""

    message_template: str
    coupon_batch: str | None
    segment: str | None
    member_list: str | None
    parent: str | None
    created_by: str
    submitted_by: str | None
    approved_by: str | None


@dataclass(frozen=True, kw_only=True)
class Links:
    """The public ids a campaign shows for what it points at, their names, and its variants by code."""

    message_template_id: uuid.UUID
    coupon_batch_id: uuid.UUID | None
    tier_ids: list[uuid.UUID]
    segment_id: uuid.UUID | None
    member_list_id: uuid.UUID | None
    parent_id: uuid.UUID | None
    created_by_id: uuid.UUID
    submitted_by_id: uuid.UUID | None
    approved_by_id: uuid.UUID | None
    variants: list[CampaignVariant]
    names: Names


def resolve(settings: Mapping[str, Any], *, kind: str) -> tuple[dict[str, Any], MessageTemplate | None]:
    """Settings by column with keys for public ids, and the template when one is named.

    Errors: NotFound, InvalidInput, MessageTemplateDisabled."""
    values = dict(settings)
    template = None
    if "message_template_id" in values:
        template = _template(values["message_template_id"])
        values["message_template_id"] = template.id
    if "tier_ids" in values:
        values["tier_ids"] = tier_keys(values["tier_ids"])
    if "coupon_batch_id" in values:
        values["coupon_batch_id"] = _gift_key(values["coupon_batch_id"], kind=kind)
    if "segment_id" in values:
        values["segment_id"], values["segment_version"] = _segment_key(values["segment_id"])
    if "member_list_id" in values:
        values["member_list_id"] = _list_key(values["member_list_id"])
    return values, template


def tier_keys(public_ids: Sequence[uuid.UUID]) -> list[int]:
    """Internal keys of tiers. Raises NotFound when one does not exist."""
    wanted = set(public_ids)
    if not wanted:
        return []
    keys = db.session.scalars(select(Tier.id).where(Tier.public_id.in_(wanted)).order_by(Tier.id)).all()
    if len(keys) != len(wanted):
        raise NotFound(kind="tier")
    return list(keys)


def links_of(campaigns: Sequence[Campaign]) -> dict[int, Links]:
    """What several campaigns point at, by campaign key."""
    templates = _told(MessageTemplate.title, (c.message_template_id for c in campaigns))
    batches = _told(CouponBatch.name, (c.coupon_batch_id for c in campaigns))
    tiers = _told(Tier.name, (key for c in campaigns for key in c.tier_ids))
    segments = _told(Segment.name, (c.segment_id for c in campaigns))
    lists = _told(MemberList.name, (c.member_list_id for c in campaigns))
    parents = _told(Campaign.name, (c.parent_id for c in campaigns))
    keys = (key for c in campaigns for key in (c.created_by_id, c.submitted_by_id, c.approved_by_id))
    people = _told(Staff.display_name, keys)
    variants = _variants([c.id for c in campaigns])
    return {
        c.id: Links(
            message_template_id=templates[c.message_template_id].public_id,
            coupon_batch_id=batches[c.coupon_batch_id].public_id,
            tier_ids=[tiers[key].public_id for key in c.tier_ids],
            segment_id=segments[c.segment_id].public_id,
            member_list_id=lists[c.member_list_id].public_id,
            parent_id=parents[c.parent_id].public_id,
            created_by_id=people[c.created_by_id].public_id,
            submitted_by_id=people[c.submitted_by_id].public_id,
            approved_by_id=people[c.approved_by_id].public_id,
            variants=variants.get(c.id, []),
            names=Names(
                message_template=templates[c.message_template_id].name,
                coupon_batch=batches[c.coupon_batch_id].name,
                segment=segments[c.segment_id].name,
                member_list=lists[c.member_list_id].name,
                parent=parents[c.parent_id].name,
                created_by=people[c.created_by_id].name,
                submitted_by=people[c.submitted_by_id].name,
                approved_by=people[c.approved_by_id].name,
            ),
        )
        for c in campaigns
    }


def _template(public_id: uuid.UUID) -> MessageTemplate:
    template = db.session.scalar(select(MessageTemplate).where(MessageTemplate.public_id == public_id))
    if template is None:
        raise NotFound(kind="message_template")
    if not template.is_enabled:
        raise MessageTemplateDisabled(code=template.code)
    return template


def _gift_key(public_id: uuid.UUID | None, *, kind: str) -> int | None:
    if public_id is None:
        return None
    batch = db.session.scalar(select(CouponBatch).where(CouponBatch.public_id == public_id))
    if batch is None:
        raise NotFound(kind="coupon_batch")
    way = WAYS.get(kind, "issue")
    if batch.how != way:
        raise InvalidInput(field="coupon_batch_id", reason=f"a batch given out by {way}")
    return batch.id


def _segment_key(public_id: uuid.UUID | None) -> tuple[int | None, int | None]:
    if public_id is None:
        return None, None
    segment = db.session.scalar(select(Segment).where(Segment.public_id == public_id))
    if segment is None:
        raise NotFound(kind="segment")
    if not segment.is_active:
        raise InvalidInput(field="segment_id", reason="not_active")
    return segment.id, segment.version


def _list_key(public_id: uuid.UUID | None) -> int | None:
    if public_id is None:
        return None
    key = db.session.scalar(select(MemberList.id).where(MemberList.public_id == public_id))
    if key is None:
        raise NotFound(kind="member_list")
    return key


def _variants(campaign_ids: Sequence[int]) -> dict[int, list[CampaignVariant]]:
    query = (
        select(CampaignVariant)
        .where(CampaignVariant.campaign_id.in_(campaign_ids))
        .order_by(CampaignVariant.campaign_id, CampaignVariant.code)
    )
    found: dict[int, list[CampaignVariant]] = {}
    for variant in db.session.scalars(query):
        found.setdefault(variant.campaign_id, []).append(variant)
    return found


class _Told(NamedTuple):
    public_id: Any
    name: Any


def _told(name: InstrumentedAttribute[str], keys: Iterable[int | None]) -> dict[int | None, _Told]:
    """Public id and name by key; nothing is called nothing."""
    wanted = {key for key in keys if key is not None}
    found: dict[int | None, _Told] = {None: _Told(None, None)}
    if wanted:
        model = name.class_
        for row in db.session.execute(select(model.id, model.public_id, name).where(model.id.in_(wanted))):
            found[row[0]] = _Told(row[1], row[2])
    return found
