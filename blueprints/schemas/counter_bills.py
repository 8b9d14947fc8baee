"""Bills at a counter: taken, listed, given back."""

from typing import Literal
from uuid import UUID

from pydantic import Field

from app.models import Purchase
from app.services.bills import Bill
from app.services.purchases import RefundReceipt
from app.services.tiers import Standing
from blueprints.schemas.base import BusinessDate, Closed, Code, Fen, Instant, Out, PageQuery, PublicId, Text
from blueprints.schemas.points import StandingOut
from blueprints.schemas.purchases import Lines


class PurchaseIn(Closed):
    """A bill without a coupon; the same `order_no` of a store counts once. `lines`, when told, sum to the bill."""

    visit_id: PublicId
    bill_fen: Fen
    order_no: Code | None = None
    lines: Lines = Field(default_factory=list)


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


class BillQuery(PageQuery):
    """A business date of the shop; today when left out."""

    on: BusinessDate | None = None


class BillOut(Out):
    """A bill of this store, at the counter or through a till's own system. One that waits has no member yet."""

    id: UUID
    order_no: str
    status: Literal["waiting", "paid", "refunded", "voided"]
    bill_fen: int
    paid_fen: int
    refunded_fen: int
    points_earned: int
    points_taken_back: int
    member_nickname: str | None
    phone_masked: str | None
    occurred_at: Instant

    @classmethod
    def of(cls, bill: Bill) -> "BillOut":
        purchase = bill.purchase
        return cls(
            id=purchase.public_id,
            order_no=purchase.order_no,
            status=purchase.status,
            bill_fen=purchase.bill_fen,
            paid_fen=purchase.bill_fen - purchase.discount_fen,
            refunded_fen=purchase.refunded_fen,
            points_earned=bill.earned.points,
            points_taken_back=bill.earned.points_taken_back,
            member_nickname=bill.member_nickname,
            phone_masked=bill.phone_masked,
            occurred_at=purchase.occurred_at,
        )


class BillPage(Out):
    data: list[BillOut]
    has_more: bool
    next_cursor: str | None


class RefundIn(Closed):
    """All that is left when no amount is told. `refund_no` is the till's number, if it has one: it counts once for a bill."""

    amount_fen: Fen | None = None
    refund_no: Code | None = None
    reason: Text


class RefundOut(Out):
    """What was given back now, what went with it, and the bill's sum so far."""

    refund_no: str
    amount_fen: int
    points_taken_back: int
    growth_taken_back: int
    refunded_fen: int
    status: Literal["waiting", "paid", "refunded"]
    occurred_at: Instant

    @classmethod
    def of(cls, receipt: RefundReceipt) -> "RefundOut":
        return cls(
            refund_no=receipt.refund.refund_no,
            amount_fen=receipt.refund.amount_fen,
            points_taken_back=receipt.points_taken_back,
            growth_taken_back=receipt.growth_taken_back,
            refunded_fen=receipt.purchase.refunded_fen,
            status=receipt.purchase.status,
            occurred_at=receipt.refund.occurred_at,
        )
