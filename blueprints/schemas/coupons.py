"""A member's coupons and what they can claim, as the mini-program and the counter page see them."""

from typing import Literal
from uuid import UUID

from flask_babel import get_locale

from app.services.coupon_batches import Offer
from app.services.coupon_templates import terms_of
from app.services.wallet import HeldCoupon
from blueprints.schemas.base import Instant, Out, PageQuery


def in_english() -> bool:
    """Whether this request reads English; zh-CN otherwise."""
    locale = get_locale()
    return locale is not None and locale.language == "en"


class CouponQuery(PageQuery):
    """Which tab of the wallet; revoked coupons stand with the expired ones."""

    status: Literal["active", "redeemed", "expired"] = "active"


class CouponOut(Out):
    """One coupon. `status` is as of now: an expired one is expired even if no job has marked it."""

    id: UUID
    name: str
    batch_name: str
    status: Literal["active", "redeemed", "expired", "revoked"]
    # In plain words, in the language asked for.
    terms: str
    value_fen: int
    min_spend_fen: int
    # Names of the stores it is limited to; empty: every store.
    stores: list[str]
    issued_at: Instant
    usable_from: Instant
    expires_at: Instant
    redeemed_at: Instant | None
    redeemed_store: str | None

    @classmethod
    def of(cls, coupon: HeldCoupon) -> "CouponOut":
        return cls(
            id=coupon.public_id,
            name=coupon.name,
            batch_name=coupon.batch_name,
            status=coupon.status,
            terms=coupon.terms.describe(english=in_english()),
            value_fen=coupon.value_fen,
            min_spend_fen=coupon.min_spend_fen,
            stores=list(coupon.terms.store_names),
            issued_at=coupon.issued_at,
            usable_from=coupon.usable_from,
            expires_at=coupon.expires_at,
            redeemed_at=coupon.redeemed_at,
            redeemed_store=coupon.redeemed_store,
        )


class TabCounts(Out):
    """How many coupons each tab holds."""

    active: int = 0
    redeemed: int = 0
    expired: int = 0


class CouponPage(Out):
    data: list[CouponOut]
    has_more: bool
    next_cursor: str | None
    counts: TabCounts = TabCounts()


class OfferOut(Out):
    """A batch that is open now. `state` says whether this member can take a copy, and if not, why."""

    id: UUID
    name: str
    batch_name: str
    state: Literal["claimable", "limit_reached", "tier_too_low", "exhausted"]
    terms: str
    value_fen: int
    min_spend_fen: int
    valid_days: int
    stores: list[str]
    stock_left: int
    per_member_limit: int
    remaining_claims: int
    # The lowest tier it is for; null: every member.
    tier: str | None
    claim_starts_at: Instant
    claim_ends_at: Instant

    @classmethod
    def of(cls, offer: Offer) -> "OfferOut":
        batch, template = offer.batch, offer.template
        english = in_english()
        terms = terms_of(template)
        tier = None if offer.tier is None else offer.tier.name_en if english else offer.tier.name
        return cls(
            id=batch.public_id,
            name=template.name,
            batch_name=batch.name,
            state=offer.state,
            terms=terms.describe(english=english),
            value_fen=template.value_fen,
            min_spend_fen=template.min_spend_fen,
            valid_days=template.valid_days,
            stores=list(terms.store_names),
            stock_left=offer.stock_left,
            per_member_limit=batch.per_member_limit,
            remaining_claims=offer.remaining_claims,
            tier=tier,
            claim_starts_at=batch.claim_starts_at,
            claim_ends_at=batch.claim_ends_at,
        )


class OfferPage(Out):
    data: list[OfferOut]
    has_more: bool
    next_cursor: str | None
