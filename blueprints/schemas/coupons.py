"""A member's coupons and what they can claim, as the mini-program and the counter page see them."""

from typing import Literal
from uuid import UUID

from flask_babel import get_locale

from app.rules import coupon_words
from app.services.coupon_offers import Offer
from app.services.coupon_templates import Names
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
    status: Literal["active", "redeemed", "expired", "revoked", "given"]
    kind: str
    # In plain words, in the language asked for.
    terms: str
    # Of one use: what it takes off, or the most it may be worth.
    value_fen: int
    min_spend_fen: int
    # Names of the stores it is limited to; empty: every store.
    stores: list[str]
    uses: int
    uses_left: int
    can_be_given: bool
    issued_at: Instant
    usable_from: Instant
    expires_at: Instant
    redeemed_at: Instant | None
    redeemed_store: str | None

    @classmethod
    def of(cls, coupon: HeldCoupon, *, english: bool | None = None) -> "CouponOut":
        """`english`: as asked for, where there is no request of Flask's to tell."""
        terms, english = coupon.terms, in_english() if english is None else english
        return cls(
            id=coupon.public_id,
            name=coupon.name,
            batch_name=coupon.batch_name,
            status=coupon.status,
            kind=terms.kind,
            terms=coupon_words.describe(terms, names=coupon.names, last_day=coupon.last_day, english=english),
            value_fen=coupon.value_fen,
            min_spend_fen=terms.min_spend_fen or 0,
            stores=_store_names(coupon.names, terms.stores),
            uses=coupon.uses,
            uses_left=coupon.uses - coupon.used,
            can_be_given=terms.transferable and coupon.used == 0 and coupon.status == "active",
            issued_at=coupon.issued_at,
            usable_from=coupon.usable_from,
            expires_at=coupon.expires_at,
            redeemed_at=coupon.redeemed_at,
            redeemed_store=coupon.redeemed_store,
        )


class CouponDetail(CouponOut):
    """One coupon with everything its terms say, a sentence each."""

    conditions: list[str]

    @classmethod
    def of(cls, coupon: HeldCoupon, *, english: bool | None = None) -> "CouponDetail":
        words = coupon_words.sentences(coupon.terms, coupon.names, last_day=coupon.last_day)
        english = in_english() if english is None else english
        return cls(
            **CouponOut.of(coupon, english=english).model_dump(),
            conditions=[one.en if english else one.zh for one in words],
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
    kind: str
    terms: str
    value_fen: int
    min_spend_fen: int
    stores: list[str]
    # In the exchange shop.
    points_price: int | None
    stock_left: int
    per_member_limit: int
    # 0: as many a day as the batch allows.
    per_day_limit: int
    remaining_claims: int
    # The lowest tier it is for; null: every member.
    tier: str | None
    claim_starts_at: Instant
    claim_ends_at: Instant

    @classmethod
    def of(cls, offer: Offer) -> "OfferOut":
        batch, terms, english = offer.printed.batch, offer.terms, in_english()
        return cls(
            id=batch.public_id,
            name=offer.printed.template.name,
            batch_name=batch.name,
            state=offer.state,
            kind=terms.kind,
            terms=coupon_words.describe(terms, names=offer.names, english=english),
            value_fen=terms.value_fen,
            min_spend_fen=terms.min_spend_fen or 0,
            stores=_store_names(offer.names, terms.stores),
            points_price=batch.points_price,
            stock_left=max(0, offer.printed.stock_left),
            per_member_limit=batch.per_member_limit,
            per_day_limit=batch.per_day_limit,
            remaining_claims=offer.remaining_claims,
            tier=None if offer.tier is None else offer.tier.name_en if english else offer.tier.name,
            claim_starts_at=batch.claim_starts_at,
            claim_ends_at=batch.claim_ends_at,
        )


class OfferPage(Out):
    data: list[OfferOut]
    has_more: bool
    next_cursor: str | None


def _store_names(names: Names, codes: tuple[str, ...]) -> list[str]:
    return [names.stores[code].zh if code in names.stores else code for code in codes]
