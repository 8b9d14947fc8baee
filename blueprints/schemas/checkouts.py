"""Bills at the counter with everything taken off them: quoted, settled, undone."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from app.errors import LoyaltyError
from app.messages import text_for
from app.services.checkout_bills import RungUp
from app.services.checkout_lists import ToldCheckout, UsedCoupon
from app.services.checkout_quotes import Choice, Explained, Quote
from blueprints.schemas.base import (
    MAX_FEN,
    MAX_POINTS,
    Closed,
    Code,
    Instant,
    Out,
    PublicId,
)
from blueprints.schemas.coupons import CouponOut
from blueprints.schemas.purchases import Lines, lines_of

# More than any programme allows on one bill; how many it does allow is told by name.
MAX_NAMED = 20

BillFen = Annotated[int, Field(ge=0, le=MAX_FEN)]
PayPoints = Annotated[int, Field(ge=0, le=MAX_POINTS)]
CouponIds = Annotated[list[PublicId], Field(max_length=MAX_NAMED)]


class RungUpIn(Closed):
    """The bill as rung up: `lines`, when told, sum to `bill_fen`. Nothing rung up: gifts alone are handed over."""

    visit_id: PublicId
    bill_fen: BillFen
    lines: Lines = Field(default_factory=list)

    def rung_up(self, *, order_no: str | None = None) -> RungUp:
        """As the services take it."""
        return RungUp(bill_fen=self.bill_fen, lines=lines_of(self.lines), order_no=order_no)


class QuoteIn(RungUpIn):
    """Without `coupon_ids` coupons are only explained; with them, exactly these are priced and held for the visit."""

    coupon_ids: CouponIds | None = None
    points: PayPoints = 0


class CheckoutIn(RungUpIn):
    """Settle with exactly these coupons and points. The same `order_no` of a store counts once."""

    coupon_ids: CouponIds = Field(default_factory=list)
    points: PayPoints = 0
    order_no: Code | None = None


class RefusalOut(Out):
    """Why not, as an error would say it; `data` as in the error."""

    code: str
    message: str
    data: dict[str, Any]

    @classmethod
    def of(cls, error: LoyaltyError, *, english: bool | None = None) -> "RefusalOut":
        return cls(code=error.code, message=text_for(error.code, error.data, english=english), data=error.data)


class ExplainedOut(Out):
    """A coupon alone on the bill. `saves_fen` is below zero when it costs more of the tier's discount than it takes off."""

    coupon: CouponOut
    applies: bool
    refusal: RefusalOut | None
    saves_fen: int

    @classmethod
    def of(cls, one: Explained, *, english: bool | None = None) -> "ExplainedOut":
        return cls(
            coupon=CouponOut.of(one.coupon, english=english),
            applies=one.refusal is None,
            refusal=None if one.refusal is None else RefusalOut.of(one.refusal, english=english),
            saves_fen=one.saves_fen,
        )


class AppliedOut(Out):
    """One coupon's part, in the order of application. What is handed over takes nothing off."""

    coupon_id: UUID
    discount_fen: int


class ChoiceOut(Out):
    """A set of coupons on the bill. `most_points` could pay `most_points_fen` of it."""

    coupons: list[AppliedOut]
    coupon_fen: int
    tier_fen: int
    points: int
    points_fen: int
    payable_fen: int
    most_points: int
    most_points_fen: int

    @classmethod
    def of(cls, choice: Choice) -> "ChoiceOut":
        priced = choice.priced
        parts = zip(choice.coupons, priced.plan.applied, strict=True)
        return cls(
            coupons=[AppliedOut(coupon_id=name, discount_fen=applied.discount_fen) for name, applied in parts],
            coupon_fen=priced.coupon_fen,
            tier_fen=priced.tier_fen,
            points=priced.points.points,
            points_fen=priced.points.fen,
            payable_fen=priced.payable_fen,
            most_points=choice.most_points.points,
            most_points_fen=choice.most_points.fen,
        )


class QuoteOut(Out):
    """What the bill would come to. The chosen coupons are held for the visit until `held_until`."""

    visit_id: UUID
    points_spendable: int
    coupons: list[ExplainedOut]
    best: ChoiceOut
    chosen: ChoiceOut | None
    held_until: Instant | None

    @classmethod
    def of(cls, quote: Quote, *, english: bool | None = None) -> "QuoteOut":
        """`english`: as asked for, where there is no request of Flask's to tell."""
        return cls(
            visit_id=quote.visit.public_id,
            points_spendable=quote.spendable,
            coupons=[ExplainedOut.of(one, english=english) for one in quote.explained],
            best=ChoiceOut.of(quote.best),
            chosen=None if quote.chosen is None else ChoiceOut.of(quote.chosen),
            held_until=quote.held_until,
        )


class UsedCouponOut(Out):
    """One use of a coupon. `returned_by`: how it came back, if it did."""

    redemption_id: UUID
    coupon_id: UUID
    coupon_name: str
    coupon_status: Literal["active", "redeemed", "expired", "revoked", "given"]
    use_no: int
    uses: int
    discount_fen: int
    returned_by: Literal["undo", "refund"] | None

    @classmethod
    def of(cls, used: UsedCoupon) -> "UsedCouponOut":
        redemption: Any = used.redemption
        return cls(
            redemption_id=redemption.public_id,
            coupon_id=used.coupon_public_id,
            coupon_name=used.coupon_name,
            coupon_status=used.coupon_status,
            use_no=redemption.use_no,
            uses=used.uses,
            discount_fen=redemption.discount_fen,
            returned_by=redemption.returned_by,
        )


class CheckoutOut(Out):
    """A settled bill: `bill_fen` less coupons, the tier's discount and points is `payable_fen`."""

    id: UUID
    bill_fen: int
    coupon_fen: int
    tier_fen: int
    points_fen: int
    points_spent: int
    payable_fen: int
    coupons: list[UsedCouponOut]
    order_no: str | None
    store: str
    clerk: str
    clerk_id: UUID
    member: str
    phone_masked: str | None
    settled_at: Instant
    # Until then the same clerk may undo it; a manager later, too.
    undo_until: Instant
    reversed_at: Instant | None
    reversal_reason: str | None

    @classmethod
    def of(cls, told: ToldCheckout) -> "CheckoutOut":
        checkout = told.checkout
        return cls(
            id=checkout.public_id,
            bill_fen=checkout.bill_fen,
            coupon_fen=checkout.coupon_fen,
            tier_fen=checkout.tier_fen,
            points_fen=checkout.points_fen,
            points_spent=checkout.points_spent,
            payable_fen=checkout.bill_fen - checkout.coupon_fen - checkout.tier_fen - checkout.points_fen,
            coupons=[UsedCouponOut.of(one) for one in told.coupons],
            order_no=told.order_no,
            store=told.store_name,
            clerk=told.staff_name,
            clerk_id=told.staff_public_id,
            member=told.member_nickname,
            phone_masked=told.phone_masked,
            settled_at=checkout.settled_at,
            undo_until=checkout.undo_until,
            reversed_at=checkout.reversed_at,
            reversal_reason=checkout.reversal_reason,
        )


class CheckoutPage(Out):
    data: list[CheckoutOut]
    has_more: bool
    next_cursor: str | None
