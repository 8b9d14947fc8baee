"""A member at the counter: the scan, and a bill without a coupon."""

from typing import Annotated
from uuid import UUID

from pydantic import StringConstraints

from app.models import Purchase
from app.services.tiers import Standing
from blueprints.schemas.base import Closed, Code, Fen, Instant, Out, PublicId
from blueprints.schemas.coupons import CouponOut
from blueprints.schemas.members import MemberCardOut
from blueprints.schemas.points import StandingOut


class VisitIn(Closed):
    """What the scan gun typed: twenty digits, blanks allowed."""

    member_code: Annotated[str, StringConstraints(min_length=1, max_length=64)]


class VisitOut(Out):
    """Good for one redemption or purchase by the same clerk until `expires_at`."""

    visit_id: UUID
    expires_at: Instant
    member: MemberCardOut
    coupons: list[CouponOut]


class PurchaseIn(Closed):
    """A bill without a coupon; the same `order_no` of a store counts once."""

    visit_id: PublicId
    bill_fen: Fen
    order_no: Code | None = None


class PurchaseOut(Out):
    """What was paid and where the member stands after it."""

    id: UUID
    order_no: str
    bill_fen: int
    paid_fen: int
    points_earned: int
    points_balance: int
    standing: StandingOut
    occurred_at: Instant

    @classmethod
    def of(cls, purchase: Purchase, *, points_earned: int, points_balance: int, standing: Standing) -> "PurchaseOut":
        return cls(
            id=purchase.public_id,
            order_no=purchase.order_no,
            bill_fen=purchase.bill_fen,
            paid_fen=purchase.bill_fen - purchase.discount_fen,
            points_earned=points_earned,
            points_balance=points_balance,
            standing=StandingOut.of(standing),
            occurred_at=purchase.occurred_at,
        )
