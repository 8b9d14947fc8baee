"""Coupon batches: what was printed, for whom, with which stock and budget; the kill switch acts on the next claim."""

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select

from app.actor import Actor
from app.errors import (
    BatchBeingRevoked,
    BatchClosed,
    BudgetBelowCommitted,
    InvalidInput,
    NotFound,
    StockBelowCodes,
    StockBelowIssued,
    TemplateInUse,
)
from app.extensions import db
from app.models import CouponBatch, CouponTemplate, MemberList, Revocation
from app.rules import coupon_buckets
from app.rules.coupon_buckets import Taken
from app.services import audit, coupon_stock, coupon_templates, named_rows, payers, segment_lists

# What a batch may be told besides its bounds; each has a default that asks nothing of anybody.
OPTIONS: Final = (
    "per_day_limit",
    "min_tier_rank",
    "points_price",
    "clerk_can_issue",
    "alarm_per_minute",
    "alarm_pauses",
)


def create(
    *,
    template_public_id: uuid.UUID,
    name: str,
    how: str,
    stock: int,
    budget_fen: int,
    per_member_limit: int,
    claim_starts_at: datetime,
    claim_ends_at: datetime,
    actor: Actor,
    now: datetime,
    member_list_public_id: uuid.UUID | None = None,
    segment_public_id: uuid.UUID | None = None,
    payer_public_id: uuid.UUID | None = None,
    payer_share_bp: int | None = None,
    **options: Any,
) -> CouponBatch:
    """Print `stock` copies, together worth at most `budget_fen`, to be taken in `[claim_starts_at, claim_ends_at)`.

    For a segment, a list follows it in the version in force now (services/segment_lists.py).
    `how`: claim, issue, birthday, code, exchange (needs `points_price`). A payer and its share (basis points of the cost) are
    agreed here for good. `options`: OPTIONS. Raises NotFound, InvalidInput, PayerClosed, SegmentArchived,
    NameTaken.
    """
    template = coupon_templates.get_by_public_id(template_public_id)
    _check_window(claim_starts_at, claim_ends_at, now=now)
    _check_worth(template, budget_fen=budget_fen, how=how, **options)
    list_id = _list_id(member_list_public_id)
    if segment_public_id is not None:
        if list_id is not None:
            raise InvalidInput(fields={"json.segment_id": ["a batch is for a list or for a segment, not for both"]})
        list_id = segment_lists.follow(segment_public_id, purpose=name, until_at=claim_ends_at, actor=actor, now=now).id
    agreed = payers.agreed(payer_public_id, share_bp=payer_share_bp)
    batch = CouponBatch(
        template_id=template.id,
        family_id=template.family_id,
        life_limit=template.life_limit,
        name=name,
        how=how,
        stock=stock,
        budget_fen=budget_fen,
        per_member_limit=per_member_limit,
        member_list_id=list_id,
        buckets=coupon_buckets.how_many(stock),
        claim_starts_at=claim_starts_at,
        claim_ends_at=claim_ends_at,
        status="active",
        created_by_id=actor.id if actor.kind == "staff" else None,
        created_at=now,
        **agreed,
        **options,
    )
    named_rows.add(batch, unique="uq_coupon_batch_name")
    coupon_stock.add_buckets(batch, worth_fen=template.worth_fen)
    details = {"name": name, "how": how, "stock": stock, "budget_fen": budget_fen, "limit": per_member_limit}
    _audit("create", batch, actor=actor, details=details | agreed | options, now=now)
    return batch


def change(
    public_id: uuid.UUID,
    *,
    actor: Actor,
    now: datetime,
    status: str | None = None,
    stock: int | None = None,
    budget_fen: int | None = None,
    template_public_id: uuid.UUID | None = None,
    alarm_per_minute: int | None = None,
    alarm_pauses: bool | None = None,
    clerk_can_issue: bool | None = None,
) -> CouponBatch:
    """Pause, resume or close a batch; raise or lower stock and budget, never below what is already out; move it to another
    version of its terms while nothing is out.

    Raises NotFound, BatchClosed (closing is for ever), BatchBeingRevoked, StockBelowIssued,
    StockBelowCodes, BudgetBelowCommitted, TemplateInUse, InvalidInput.
    """
    batch = _lock(public_id)
    if batch.status == "closed":
        raise BatchClosed()
    if status == "active" and _is_being_revoked(batch):
        raise BatchBeingRevoked()
    if clerk_can_issue:
        _check_clerks(batch.how)
    given = coupon_stock.lock(batch)
    _check_bounds(given, stock=stock, budget_fen=budget_fen)
    if stock is not None and stock < batch.codes:
        raise StockBelowCodes(codes=batch.codes, stock=stock)
    wanted: dict[str, Any] = {
        "status": status,
        "stock": stock,
        "budget_fen": budget_fen,
        "alarm_per_minute": alarm_per_minute,
        "alarm_pauses": alarm_pauses,
        "clerk_can_issue": clerk_can_issue,
        **_version(batch, template_public_id, is_out=any(one.issued for one in given)),
    }
    after = {key: value for key, value in wanted.items() if value is not None and value != getattr(batch, key)}
    if not after:
        return batch
    before = {key: getattr(batch, key) for key in after}
    for key, value in after.items():
        setattr(batch, key, value)
    db.session.flush()  # a constraint must refuse here, and a claim of the same transaction must see it
    coupon_stock.spread_again(batch, given, worth_fen=template_of(batch).worth_fen)
    details = {"before": before, "after": after}
    _audit("update", batch, actor=actor, details=details, now=now)
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


def _lock(public_id: uuid.UUID) -> CouponBatch:
    batch = db.session.scalar(
        select(CouponBatch)
        .where(CouponBatch.public_id == public_id)
        .execution_options(populate_existing=True)
        .with_for_update(key_share=True)
    )
    if batch is None:
        raise NotFound(kind="coupon_batch")
    return batch


def _is_being_revoked(batch: CouponBatch) -> bool:
    working = select(Revocation.id).where(
        Revocation.batch_id == batch.id, Revocation.scope == "batch", Revocation.state == "working"
    )
    return db.session.scalar(working.limit(1)) is not None


def _check_bounds(given: Sequence[Taken], *, stock: int | None, budget_fen: int | None) -> None:
    issued, committed_fen = sum(one.issued for one in given), sum(one.committed_fen for one in given)
    if stock is not None and stock < issued:
        raise StockBelowIssued(issued=issued, stock=stock)
    if budget_fen is not None and budget_fen < committed_fen:
        raise BudgetBelowCommitted(committed_fen=committed_fen, budget_fen=budget_fen)


def _version(batch: CouponBatch, public_id: uuid.UUID | None, *, is_out: bool) -> dict[str, Any]:
    """What moving to another version of the terms changes."""
    if public_id is None:
        return {}
    template = coupon_templates.get_by_public_id(public_id)
    if template.family_id != batch.family_id:
        raise InvalidInput(fields={"json.template_id": ["must be a version of the same template"]})
    if is_out and template.id != batch.template_id:
        raise TemplateInUse()
    return {"template_id": template.id, "life_limit": template.life_limit}


def _list_id(public_id: uuid.UUID | None) -> int | None:
    if public_id is None:
        return None
    list_id = db.session.scalar(select(MemberList.id).where(MemberList.public_id == public_id))
    if list_id is None:
        raise NotFound(kind="member_list")
    return list_id


def _check_window(starts_at: datetime, ends_at: datetime, *, now: datetime) -> None:
    if ends_at <= starts_at:
        raise InvalidInput(fields={"json.claim_ends_at": ["must be after claim_starts_at"]})
    if ends_at <= now:
        raise InvalidInput(fields={"json.claim_ends_at": ["must be in the future"]})


def _check_worth(template: CouponTemplate, *, budget_fen: int, how: str, **options: Any) -> None:
    if budget_fen < template.worth_fen:
        raise InvalidInput(fields={"json.budget_fen": ["must pay for at least one coupon"]})
    if (how == "exchange") != (options.get("points_price") is not None):
        raise InvalidInput(fields={"json.points_price": ["is needed for an exchange, and for nothing else"]})
    if options.get("clerk_can_issue"):
        _check_clerks(how)


def _check_clerks(how: str) -> None:
    if how != "issue":
        raise InvalidInput(fields={"json.clerk_can_issue": ["is for batches made for issuing"]})


def _audit(verb: str, batch: CouponBatch, *, actor: Actor, details: dict[str, Any], now: datetime) -> None:
    audit.record(
        f"coupon_batch.{verb}", actor=actor, object_kind="coupon_batch", object_id=batch.id, details=details, now=now
    )
