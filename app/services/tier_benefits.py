"""What each tier gives, as data the shop sets: gifts from a batch of coupons, a discount, priority."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from app.actor import Actor
from app.errors import BatchNotOpen, InvalidInput, NotFound
from app.extensions import db
from app.models import CouponBatch, CouponTemplate, MemberAccount, Tier, TierBenefit
from app.models.ladder import BENEFITS
from app.services import audit

GIFTS = ("birthday_gift", "upgrade_gift", "monthly_pack")
# Batches members take themselves are not gifts.
GIVEN_WAYS = ("issue", "birthday")


@dataclass(frozen=True, slots=True)
class Benefit:
    """One benefit; of a gift, the batch and what its coupon is worth (fen off a bill of at least so much)."""

    kind: str
    discount_bp: int | None
    batch_public_id: uuid.UUID | None
    gift_name: str | None
    value_fen: int | None
    min_spend_fen: int | None


def list_by_tier(tier_ids: Sequence[int] | None = None) -> dict[int, list[Benefit]]:
    """The benefits of the tiers (default: all), by the tier's key."""
    query = (
        select(TierBenefit, CouponBatch.public_id, CouponTemplate)
        .outerjoin(CouponBatch, CouponBatch.id == TierBenefit.coupon_batch_id)
        .outerjoin(CouponTemplate, CouponTemplate.id == CouponBatch.template_id)
        .order_by(TierBenefit.tier_id, TierBenefit.id)
    )
    if tier_ids is not None:
        query = query.where(TierBenefit.tier_id.in_(tier_ids))
    found: dict[int, list[Benefit]] = {}
    for benefit, batch, template in db.session.execute(query):
        worth = (template.name, template.value_fen, template.min_spend_fen) if template else (None, None, None)
        found.setdefault(benefit.tier_id, []).append(Benefit(benefit.kind, benefit.discount_bp, batch, *worth))
    return found


def list_of(tier_public_id: uuid.UUID) -> list[Benefit]:
    """The benefits of one tier. Raises NotFound."""
    tier = _tier(tier_public_id)
    return list_by_tier([tier.id]).get(tier.id, [])


def put(
    tier_public_id: uuid.UUID,
    kind: str,
    *,
    batch_public_id: uuid.UUID | None,
    discount_bp: int | None,
    actor: Actor,
    now: datetime,
) -> Benefit:
    """Set a tier's benefit, in place of the one of its kind. Gifts need a batch made for issuing, a discount its size.

    Raises NotFound, InvalidInput, BatchNotOpen for a batch members take themselves.
    """
    tier = _tier(tier_public_id)
    _check(kind, batch_public_id=batch_public_id, discount_bp=discount_bp)
    batch_id = None if batch_public_id is None else _gift_batch(batch_public_id).id
    benefit = _find(tier.id, kind)
    before = None if benefit is None else _told(benefit)
    if benefit is None:
        benefit = TierBenefit(tier_id=tier.id, kind=kind)
        db.session.add(benefit)
    benefit.coupon_batch_id, benefit.discount_bp = batch_id, discount_bp
    # A twin that was first is told as a conflict here, and the audit row follows the change.
    db.session.flush()
    _audit("tier_benefit.put", tier, kind, {"before": before, "after": _told(benefit)}, actor=actor, now=now)
    return next(one for one in list_by_tier([tier.id])[tier.id] if one.kind == kind)


def remove(tier_public_id: uuid.UUID, kind: str, *, actor: Actor, now: datetime) -> None:
    """Take a benefit away: gifts still owed are not given any more. Raises NotFound."""
    tier = _tier(tier_public_id)
    benefit = _find(tier.id, kind)
    if benefit is None:
        raise NotFound(kind="tier_benefit")
    _audit("tier_benefit.remove", tier, kind, {"before": _told(benefit)}, actor=actor, now=now)
    db.session.delete(benefit)


def list_tiers_with(kind: str) -> list[int]:
    """Keys of the tiers that give this."""
    return list(
        db.session.scalars(select(TierBenefit.tier_id).where(TierBenefit.kind == kind).order_by(TierBenefit.id))
    )


def find_batch(member_id: int, *, kind: str) -> int | None:
    """The batch a member's tier gives as this gift."""
    held = select(MemberAccount.tier_id).where(MemberAccount.member_id == member_id).scalar_subquery()
    return db.session.scalar(
        select(TierBenefit.coupon_batch_id).where(TierBenefit.tier_id == held, TierBenefit.kind == kind)
    )


def find_batch_of_tier(tier_id: int, *, kind: str) -> int | None:
    """The batch a tier gives as this gift."""
    benefit = _find(tier_id, kind)
    return None if benefit is None else benefit.coupon_batch_id


def _check(kind: str, *, batch_public_id: uuid.UUID | None, discount_bp: int | None) -> None:
    if kind not in BENEFITS:
        raise NotFound(kind="tier_benefit")
    if (kind in GIFTS) != (batch_public_id is not None):
        raise InvalidInput(reason="a gift, and nothing else, needs a batch")
    if (kind == "discount") != (discount_bp is not None):
        raise InvalidInput(reason="a discount, and nothing else, needs its size")


def _tier(public_id: uuid.UUID) -> Tier:
    tier = db.session.scalar(select(Tier).where(Tier.public_id == public_id))
    if tier is None:
        raise NotFound(kind="tier")
    return tier


def _gift_batch(public_id: uuid.UUID) -> CouponBatch:
    batch = db.session.scalar(select(CouponBatch).where(CouponBatch.public_id == public_id))
    if batch is None:
        raise NotFound(kind="coupon_batch")
    if batch.how not in GIVEN_WAYS:
        raise BatchNotOpen(how=batch.how)
    return batch


def _find(tier_id: int, kind: str) -> TierBenefit | None:
    return db.session.scalar(select(TierBenefit).where(TierBenefit.tier_id == tier_id, TierBenefit.kind == kind))


def _told(benefit: TierBenefit) -> dict[str, int | None]:
    return {"coupon_batch_id": benefit.coupon_batch_id, "discount_bp": benefit.discount_bp}


def _audit(action: str, tier: Tier, kind: str, details: dict[str, object], *, actor: Actor, now: datetime) -> None:
    audit.record(
        action,
        actor=actor,
        object_kind="tier",
        object_id=tier.id,
        details={"tier": tier.code, "kind": kind, **details},
        now=now,
    )
