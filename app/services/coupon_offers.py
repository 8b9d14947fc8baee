"""The coupon centre: what a member can claim now, and what keeps them from it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, exists, func, or_, select

from app.extensions import db
from app.models import Coupon, CouponBatch, CouponTemplate, MemberListEntry, Tier
from app.paging import Page, cut
from app.rules.coupon_terms import Terms
from app.services import coupon_stock, coupon_templates, programmes, tiers
from app.services.coupon_batch_figures import Printed
from app.services.coupon_templates import Names


@dataclass(frozen=True, kw_only=True)
class Offer:
    """A batch as one member sees it. `state`: claimable, limit_reached, tier_too_low or exhausted."""

    printed: Printed
    terms: Terms
    names: Names
    tier: Tier | None
    state: str
    remaining_claims: int


def list_offers(
    member_id: int, *, after: tuple[datetime, int] | None, limit: int, now: datetime, how: str = "claim"
) -> Page[Offer]:
    """What can be had now in this way (claim, exchange), ending soonest first, with what keeps this member from one: shown,
    not hidden. Batches for members named one by one are shown to these alone."""
    taken = [
        select(func.count(Coupon.slot)).where(Coupon.batch_id == CouponBatch.id, Coupon.member_id == member_id),
        select(func.count(Coupon.day_slot)).where(
            Coupon.batch_id == CouponBatch.id,
            Coupon.member_id == member_id,
            Coupon.issued_on == programmes.business_date(now),
        ),
        select(func.count(Coupon.life_slot)).where(
            Coupon.family_id == CouponBatch.family_id, Coupon.member_id == member_id
        ),
    ]
    listed = exists().where(
        MemberListEntry.list_id == CouponBatch.member_list_id, MemberListEntry.member_id == member_id
    )
    query = (
        select(CouponBatch, CouponTemplate, *(one.scalar_subquery() for one in taken))
        .join(CouponTemplate, CouponTemplate.id == CouponBatch.template_id)
        .where(
            CouponBatch.status == "active",
            CouponBatch.how == how,
            CouponBatch.claim_starts_at <= now,
            CouponBatch.claim_ends_at > now,
            or_(CouponBatch.member_list_id.is_(None), listed),
        )
        .order_by(CouponBatch.claim_ends_at, CouponBatch.id)
        .limit(limit + 1)
    )
    if after is not None:
        ends_at, last_id = after
        later = and_(CouponBatch.claim_ends_at == ends_at, CouponBatch.id > last_id)
        query = query.where(or_(CouponBatch.claim_ends_at > ends_at, later))
    page = cut(db.session.execute(query).all(), limit, lambda row: (row[0].claim_ends_at, row[0].id))
    given = coupon_stock.given_by([row[0].id for row in page.items])
    terms = {row[1].id: coupon_templates.terms_of(row[1]) for row in page.items}
    names = coupon_templates.names_of(list(terms.values()))
    rank, ladder = tiers.standing(member_id).tier.rank, tiers.ladder()

    def offer(row: Sequence[object]) -> Offer:
        batch, template, *counts = row
        assert isinstance(batch, CouponBatch) and isinstance(template, CouponTemplate)  # noqa: S101 for the types
        figures = given[batch.id]
        printed = Printed(batch=batch, template=template, issued=figures.issued, committed_fen=figures.committed_fen)
        return _offer(
            printed, terms[template.id], names, counts=[int(str(n)) for n in counts], rank=rank, ladder=ladder
        )

    return page.map(offer)


def _offer(
    printed: Printed, terms: Terms, names: Names, *, counts: Sequence[int], rank: int, ladder: Sequence[Tier]
) -> Offer:
    batch = printed.batch
    limits = (batch.per_member_limit, batch.per_day_limit, batch.life_limit)
    remaining = min(max(0, limit - taken) for limit, taken in zip(limits, counts, strict=True) if limit)
    states = (
        ("limit_reached", remaining == 0),
        ("tier_too_low", rank < batch.min_tier_rank),
        ("exhausted", printed.stock_left <= 0),
    )
    needed = next((tier for tier in ladder if tier.rank >= batch.min_tier_rank), None)
    return Offer(
        printed=printed,
        terms=terms,
        names=names,
        tier=needed if batch.min_tier_rank > 0 else None,
        state=next((name for name, holds in states if holds), "claimable"),
        remaining_claims=remaining,
    )
