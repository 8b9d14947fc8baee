"""What tills and e-commerce systems send and are told. No answer holds anything about the person who bought."""

from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import Field, StringConstraints, model_validator

from app.rules.earning import Verdict
from app.services.bills import Bill
from app.services.partner_holds import HoldView
from blueprints.schemas.base import Closed, ClosedQuery, Code, Fen, Instant, Out, Points, Text
from blueprints.schemas.purchases import DiscountFen, Lines, Priced

# Minutes of a person at a till; a web shop's payment page may take longer.
DEFAULT_HOLD_SECONDS = 900
MAX_HOLD_SECONDS = 86_400

MemberCode = Annotated[str, StringConstraints(min_length=1, max_length=64)]


class BuyerIn(Closed):
    """Who bought, by anything the channel knows. A member code names the member it was drawn by when the bill was made."""

    member_code: MemberCode | None = None
    # In any way people write it; without a country code it is mainland China's.
    phone: Text | None = None
    # The channel's own number for the customer.
    external_id: Text | None = None

    @model_validator(mode="after")
    def _somebody(self) -> Self:
        if self.member_code is None and self.phone is None and self.external_id is None:
            raise ValueError("name the buyer by member_code, phone or external_id")
        return self


class PartnerPurchaseIn(Priced):
    """An order paid: `lines` sum to `bill_fen` − `discount_fen`. The same `order_no` of a channel counts once."""

    order_no: Code
    # When it was paid: the rules of that instant apply. A repeat sends the same.
    occurred_at: Instant
    # Which store sold it, for a key that is not bound to one.
    store_code: Code | None = None
    bill_fen: Fen
    discount_fen: DiscountFen = 0
    lines: Lines = Field(default_factory=list)
    buyer: BuyerIn


class DryRunIn(Priced):
    """A bill nobody has paid; without a buyer, for somebody of no tier on a first purchase."""

    occurred_at: Instant | None = None
    store_code: Code | None = None
    bill_fen: Fen
    discount_fen: DiscountFen = 0
    lines: Lines = Field(default_factory=list)
    buyer: BuyerIn | None = None


class DryRunOut(Out):
    """Whole points and growth value the bill would earn now."""

    matched: bool
    points: int
    growth: int

    @classmethod
    def of(cls, verdict: Verdict, *, matched: bool) -> "DryRunOut":
        sums = {"points": 0, "growth": 0}
        for payment in verdict.payments:
            sums[payment.rule.ledger] += payment.amount
        return cls(matched=matched, points=sums["points"], growth=sums["growth"])


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


class PartnerRefundIn(Closed):
    """Money given back on an order; all that is left when no amount is told. The same `refund_no` of an order counts once."""

    order_no: Code
    refund_no: Code
    amount_fen: Fen | None = None
    occurred_at: Instant | None = None


class PartnerRefundOut(Out):
    """The refund, and its order as it stands now."""

    refund_no: str
    amount_fen: int
    occurred_at: Instant
    purchase: PartnerPurchaseOut


class HoldIn(Closed):
    """Points a customer wants to pay with, shown by a fresh member code, which is used up."""

    member_code: MemberCode
    points: Points
    hold_seconds: Annotated[int, Field(ge=30, le=MAX_HOLD_SECONDS)] = DEFAULT_HOLD_SECONDS


class CaptureIn(Closed):
    """How many of the points held are spent; all of them when not told. The rest is given back."""

    points: Points | None = None


class HoldOut(Out):
    """Until `expires_at` the points are promised; afterwards they are given back."""

    hold_id: UUID
    points: int
    status: Literal["held", "captured", "released", "expired"]
    points_captured: int | None
    expires_at: Instant

    @classmethod
    def of(cls, hold: HoldView) -> "HoldOut":
        return cls(
            hold_id=hold.public_id,
            points=hold.points,
            status=hold.state,
            points_captured=hold.points_captured,
            expires_at=hold.expires_at,
        )
