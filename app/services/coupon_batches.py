"""Coupon batches: what was printed, for whom, with which stock and budget; the kill switch acts on the next claim."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, func, or_, select
from sqlalchemy.exc import IntegrityError

from app.actor import Actor
from app.database_errors import constraint_name
from app.errors import (
    BatchClosed,
    BudgetBelowCommitted,
    InvalidInput,
    NameTaken,
    NotFound,
    StockBelowIssued,
)
from app.extensions import db
from app.models import Coupon, CouponBatch, CouponTemplate, Tier
from app.paging import Page, cut
from app.services import audit, coupon_templates, tiers


@dataclass(frozen=True, kw_only=True)
class Offer:
    """A batch as one member sees it. `state`: claimable, limit_reached, tier_too_low or exhausted."""

    batch: CouponBatch
    template: CouponTemplate
    tier: Tier | None
    state: str
    stock_left: int
    remaining_claims: int


def create(
    *,
    template_public_id: uuid.UUID,
    name: str,
    how: str,
    stock: int,
    budget_fen: int,
    per_member_limit: int,
    min_tier_rank: int,
    claim_starts_at: datetime,
    claim_ends_at: datetime,
    actor: Actor,
    now: datetime,
) -> CouponBatch:
    """Print `stock` copies, together worth at most `budget_fen`, to be taken in `[claim_starts_at, claim_ends_at)`.

    `how`: claim (members take), issue (marketers give), birthday (the automation gives). Raises NotFound, InvalidInput,
    NameTaken.
    """
    template = coupon_templates.get_by_public_id(template_public_id)
    _check_new(template, budget_fen=budget_fen, starts_at=claim_starts_at, ends_at=claim_ends_at, now=now)
    batch = CouponBatch(
        template_id=template.id,
        name=name,
        how=how,
        stock=stock,
        budget_fen=budget_fen,
        per_member_limit=per_member_limit,
        min_tier_rank=min_tier_rank,
        claim_starts_at=claim_starts_at,
        claim_ends_at=claim_ends_at,
        created_by_id=actor.id if actor.kind == "staff" else None,
        created_at=now,
    )
    try:
        with db.session.begin_nested():
            db.session.add(batch)
    except IntegrityError as error:
        if constraint_name(error) == "uq_coupon_batch_name":
            raise NameTaken(name=name) from error
        raise
    details = {"name": name, "how": how, "stock": stock, "budget_fen": budget_fen, "limit": per_member_limit}
    _audit("create", batch, actor=actor, details=details, now=now)
    return batch


def change(
    public_id: uuid.UUID,
    *,
    actor: Actor,
    now: datetime,
    status: str | None = None,
    stock: int | None = None,
    budget_fen: int | None = None,
) -> CouponBatch:
    """Pause, resume or close a batch; raise or lower stock and budget, never below what is already out.

    Raises NotFound, BatchClosed (closing is for ever), StockBelowIssued, BudgetBelowCommitted.
    """
    batch = db.session.scalar(
        select(CouponBatch)
        .where(CouponBatch.public_id == public_id)
        # A claim may have counted since this session last looked.
        .execution_options(populate_existing=True)
        .with_for_update(key_share=True)
    )
    if batch is None:
        raise NotFound(kind="coupon_batch")
    if batch.status == "closed":
        raise BatchClosed()
    if stock is not None and stock < batch.issued:
        raise StockBelowIssued(issued=batch.issued, stock=stock)
    if budget_fen is not None and budget_fen < batch.committed_fen:
        raise BudgetBelowCommitted(committed_fen=batch.committed_fen, budget_fen=budget_fen)
    wanted: dict[str, Any] = {"status": status, "stock": stock, "budget_fen": budget_fen}
    after = {key: value for key, value in wanted.items() if value is not None and value != getattr(batch, key)}
    if not after:
        return batch
    before = {key: getattr(batch, key) for key in after}
    for key, value in after.items():
        setattr(batch, key, value)
    db.session.flush()  # a CHECK must refuse here, and a claim of the same transaction must see it
    _audit("update", batch, actor=actor, details={"before": before, "after": after}, now=now)
    return batch


def get_by_public_id(public_id: uuid.UUID) -> CouponBatch:
    """Raises NotFound."""
    batch = db.session.scalar(select(CouponBatch).where(CouponBatch.public_id == public_id))
    if batch is None:
        raise NotFound(kind="coupon_batch")
    return batch


def template_of(batch: CouponBatch) -> CouponTemplate:
    """The terms a batch was printed with."""
    return db.session.get_one(CouponTemplate, batch.template_id)


def list_batches(*, after: tuple[int] | None, limit: int, status: str | None = None) -> Page[CouponBatch]:
    """Newest first; `after` is the id of the last row seen."""
    query = select(CouponBatch).order_by(CouponBatch.id.desc()).limit(limit + 1)
    if after is not None:
        query = query.where(CouponBatch.id < after[0])
    if status is not None:
        query = query.where(CouponBatch.status == status)
    return cut(db.session.scalars(query).all(), limit, lambda batch: (batch.id,))


def count_by_status(batch: CouponBatch, *, now: datetime) -> dict[str, int]:
    """How many of a batch's coupons are active, redeemed, expired, revoked at `now`."""
    lapsed = and_(Coupon.status == "active", Coupon.expires_at <= now)
    row = db.session.execute(
        select(
            func.count().filter(Coupon.status == "active", Coupon.expires_at > now).label("active"),
            func.count().filter(Coupon.status == "redeemed").label("redeemed"),
            func.count().filter(or_(Coupon.status == "expired", lapsed)).label("expired"),
            func.count().filter(Coupon.status == "revoked").label("revoked"),
        ).where(Coupon.batch_id == batch.id)
    ).one()
    return dict(row._mapping)


def list_offers(member_id: int, *, after: tuple[datetime, int] | None, limit: int, now: datetime) -> Page[Offer]:
    """What can be claimed now, ending soonest first, with what keeps this member from one (shown, not hidden)."""
    taken = (
        select(func.count(Coupon.slot))
        .where(Coupon.batch_id == CouponBatch.id, Coupon.member_id == member_id)
        .scalar_subquery()
    )
    query = (
        select(CouponBatch, CouponTemplate, taken.label("taken"))
        .join(CouponTemplate, CouponTemplate.id == CouponBatch.template_id)
        .where(
            CouponBatch.status == "active",
            CouponBatch.how == "claim",
            CouponBatch.claim_starts_at <= now,
            CouponBatch.claim_ends_at > now,
        )
        .order_by(CouponBatch.claim_ends_at, CouponBatch.id)
        .limit(limit + 1)
    )
    if after is not None:
        ends_at, last_id = after
        later = and_(CouponBatch.claim_ends_at == ends_at, CouponBatch.id > last_id)
        query = query.where(or_(CouponBatch.claim_ends_at > ends_at, later))
    rank = tiers.standing(member_id).tier.rank
    ladder = list(db.session.scalars(select(Tier).order_by(Tier.rank)))
    offers = [
        _offer(batch, template, rank=rank, ladder=ladder, taken=taken)
        for batch, template, taken in db.session.execute(query)
    ]
    return cut(offers, limit, lambda offer: (offer.batch.claim_ends_at, offer.batch.id))


def stock_left(batch: CouponBatch, template: CouponTemplate) -> int:
    """Copies that stock and budget still allow."""
    return min(batch.stock - batch.issued, (batch.budget_fen - batch.committed_fen) // template.value_fen)


def _offer(batch: CouponBatch, template: CouponTemplate, *, rank: int, ladder: list[Tier], taken: int) -> Offer:
    left = stock_left(batch, template)
    remaining = max(0, batch.per_member_limit - taken)
    states = (
        ("limit_reached", remaining == 0),
        ("tier_too_low", rank < batch.min_tier_rank),
        ("exhausted", left == 0),
    )
    needed = next((tier for tier in ladder if tier.rank >= batch.min_tier_rank), None)
    return Offer(
        batch=batch,
        template=template,
        tier=needed if batch.min_tier_rank > 0 else None,
        state=next((name for name, holds in states if holds), "claimable"),
        stock_left=left,
        remaining_claims=remaining,
    )


def _check_new(
    template: CouponTemplate, *, budget_fen: int, starts_at: datetime, ends_at: datetime, now: datetime
) -> None:
    if ends_at <= starts_at:
        raise InvalidInput(fields={"json.claim_ends_at": ["must be after claim_starts_at"]})
    if ends_at <= now:
        raise InvalidInput(fields={"json.claim_ends_at": ["must be in the future"]})
    if budget_fen < template.value_fen:
        raise InvalidInput(fields={"json.budget_fen": ["must pay for at least one coupon"]})


def _audit(verb: str, batch: CouponBatch, *, actor: Actor, details: dict[str, Any], now: datetime) -> None:
    audit.record(
        f"coupon_batch.{verb}", actor=actor, object_kind="coupon_batch", object_id=batch.id, details=details, now=now
    )
