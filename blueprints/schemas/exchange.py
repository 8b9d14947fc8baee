"""Coupons for points: taking one, and what a manager sees and returns."""

from typing import Literal
from uuid import UUID

from app.services.coupon_exchanges import Receipt, Told
from blueprints.schemas.base import Closed, Instant, Out, PageQuery, Points, PublicId, Text
from blueprints.schemas.coupons import CouponOut


class ExchangeIn(Closed):
    """The price the member was shown: when it is another one by now, nothing is taken."""

    points_price: Points


class ExchangeOut(Out):
    """`spendable` is what is left to spend."""

    id: UUID
    points: int
    spendable: int
    coupon: CouponOut
    exchanged_at: Instant

    @classmethod
    def of(cls, receipt: Receipt) -> "ExchangeOut":
        made = receipt.exchange
        return cls(
            id=made.public_id,
            points=made.points,
            spendable=receipt.spendable,
            coupon=CouponOut.of(receipt.coupon),
            exchanged_at=made.exchanged_at,
        )


class ExchangeQuery(PageQuery):
    """Of one member, or of all."""

    member_id: PublicId | None = None


class ReturnIn(Closed):
    """Why goes to the audit trail."""

    reason: Text


class ConsoleExchangeOut(Out):
    """`coupon_status` as marked: one past its time may not be marked expired yet."""

    id: UUID
    member_id: UUID
    nickname: str
    phone_masked: str | None
    coupon_id: UUID
    coupon_name: str
    coupon_status: Literal["active", "redeemed", "expired", "revoked", "given"]
    points: int
    state: Literal["done", "returned"]
    exchanged_at: Instant
    returned_at: Instant | None
    return_reason: str | None

    @classmethod
    def of(cls, told: Told) -> "ConsoleExchangeOut":
        made = told.exchange
        return cls(
            id=made.public_id,
            member_id=told.member.public_id,
            nickname=told.member.nickname,
            phone_masked=told.member.phone_masked,
            coupon_id=told.coupon.public_id,
            coupon_name=told.coupon_name,
            coupon_status=told.coupon.status,
            points=made.points,
            state=made.state,
            exchanged_at=made.exchanged_at,
            returned_at=made.returned_at,
            return_reason=made.return_reason,
        )


class ExchangePage(Out):
    data: list[ConsoleExchangeOut]
    has_more: bool
    next_cursor: str | None
