"""Using a coupon at the counter and undoing it."""

from typing import Literal
from uuid import UUID

from app.services.redemptions import Told
from blueprints.schemas.base import BusinessDate, Closed, Code, Fen, Instant, Out, PageQuery, PublicId, Text


class RedemptionIn(Closed):
    """`bill_fen` is the whole bill before the discount."""

    visit_id: PublicId
    coupon_id: PublicId
    bill_fen: Fen
    # The till's number, if it has one: the same order counts once.
    order_no: Code | None = None


class ReversalIn(Closed):
    reason: Text


class RedemptionQuery(PageQuery):
    """A business date of the shop; today when left out."""

    on: BusinessDate | None = None


class RedemptionOut(Out):
    """`coupon_status` after an undo is active again, or expired when its time passed meanwhile."""

    id: UUID
    coupon_id: UUID
    coupon_name: str
    coupon_status: Literal["active", "redeemed", "expired", "revoked", "given"]
    bill_fen: int
    discount_fen: int
    # What the customer pays.
    payable_fen: int
    order_no: str | None
    store: str
    clerk: str
    member: str
    phone_masked: str | None
    redeemed_at: Instant
    # Until then the same clerk may undo it; a manager later, too.
    undo_until: Instant
    reversed_at: Instant | None
    reversal_reason: str | None

    @classmethod
    def of(cls, told: Told) -> "RedemptionOut":
        redemption, checkout = told.redemption, told.checkout
        return cls(
            id=redemption.public_id,
            coupon_id=told.coupon_public_id,
            coupon_name=told.coupon_name,
            coupon_status=told.coupon_status,
            bill_fen=checkout.bill_fen,
            discount_fen=redemption.discount_fen,
            payable_fen=checkout.bill_fen - checkout.coupon_fen - checkout.tier_fen - checkout.points_fen,
            order_no=told.order_no,
            store=told.store_name,
            clerk=told.staff_name,
            member=told.member_nickname,
            phone_masked=told.phone_masked,
            redeemed_at=redemption.redeemed_at,
            undo_until=checkout.undo_until,
            reversed_at=redemption.reversed_at,
            reversal_reason=checkout.reversal_reason,
        )


class RedemptionPage(Out):
    data: list[RedemptionOut]
    has_more: bool
    next_cursor: str | None
