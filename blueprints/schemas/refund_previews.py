"""A refund looked at before it is made."""

from typing import Literal

from app.services.refund_previews import RefundPreview
from blueprints.schemas.base import ClosedQuery, Fen, Out
from blueprints.schemas.counter_bills import BillOut


class RefundPreviewQuery(ClosedQuery):
    """All that is left when no amount is told."""

    amount_fen: Fen | None = None


class RefundedCouponOut(Out):
    """A coupon used on the bill, and what the refund makes of it; `comes_back_expired` when its time has passed."""

    name: str
    discount_fen: int
    fate: Literal["comes_back", "comes_back_expired", "stays_used", "is_back"]


class RefundPreviewOut(Out):
    """`amount_fen` of `left_fen`. `points_given_back` were paid with; those taken back were earned: at most so many."""

    bill: BillOut
    amount_fen: int
    left_fen: int
    points_taken_back: int
    growth_taken_back: int
    points_given_back: int
    coupons: list[RefundedCouponOut]

    @classmethod
    def of(cls, preview: RefundPreview) -> "RefundPreviewOut":
        return cls(
            bill=BillOut.of(preview.bill),
            amount_fen=preview.amount_fen,
            left_fen=preview.left_fen,
            points_taken_back=preview.points_taken_back,
            growth_taken_back=preview.growth_taken_back,
            points_given_back=preview.points_given_back,
            coupons=[
                RefundedCouponOut(name=one.name, discount_fen=one.discount_fen, fate=one.fate)
                for one in preview.coupons
            ],
        )
