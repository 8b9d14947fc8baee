"""What tills and e-commerce systems send and are told. No answer holds anything about the person who bought."""

from typing import Literal
from uuid import UUID

from app.services.bills import Bill
from blueprints.schemas.base import ClosedQuery, Code, Instant, Out


class OrderQuery(ClosedQuery):
    """One order of the key's own channel."""

    order_no: Code


class PartnerPurchaseOut(Out):
    """`waiting`: nobody is known yet by what the order says of its buyer; it is credited when that person turns up."""

    purchase_id: UUID
    order_no: str
    status: Literal["waiting", "paid", "refunded"]
    matched: bool
    paid_fen: int
    refunded_fen: int
    points_earned: int
    growth_earned: int
    points_taken_back: int
    growth_taken_back: int
    occurred_at: Instant

    @classmethod
    def of(cls, bill: Bill) -> "PartnerPurchaseOut":
        purchase, earned = bill.purchase, bill.earned
        return cls(
            purchase_id=purchase.public_id,
            order_no=purchase.order_no,
            status=purchase.status,
            matched=purchase.member_id is not None,
            paid_fen=purchase.bill_fen - purchase.discount_fen,
            refunded_fen=purchase.refunded_fen,
            points_earned=earned.points,
            growth_earned=earned.growth,
            points_taken_back=earned.points_taken_back,
            growth_taken_back=earned.growth_taken_back,
            occurred_at=purchase.occurred_at,
        )
