"""What a refund would do, told before it is done: money, points, growth value, coupons. Nothing is written.

The same rules as the refund itself: `purchases_refunds.amount_of`, `earnings.take_back`, `coupon_returns`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from app.extensions import db
from app.models import Member, Purchase
from app.services import bills, coupon_returns, earnings, purchases_refunds
from app.services.bills import Bill
from app.services.purchases_bills import source_of
from app.statements import refund_previews as statements


@dataclass(frozen=True, kw_only=True)
class UsedCoupon:
    """A coupon of the bill. `fate`: `comes_back`, `comes_back_expired` (its time passed meanwhile), `stays_used`, `is_back`."""

    name: str
    discount_fen: int
    fate: str


@dataclass(frozen=True, kw_only=True)
class RefundPreview:
    """`amount_fen` of the `left_fen` that can be given back. Points and growth at most: what expired is not asked for."""

    bill: Bill
    amount_fen: int
    left_fen: int
    points_taken_back: int
    growth_taken_back: int
    points_given_back: int
    coupons: Sequence[UsedCoupon]


def tell(purchase: Purchase, *, amount_fen: int | None, now: datetime) -> RefundPreview:
    """Of a bill, as it stands. Raises RefundAbovePaid, PurchaseNotRefundable."""
    asked = purchases_refunds.amount_of(purchase, amount_fen=amount_fen)
    paid_fen = purchase.bill_fen - purchase.discount_fen
    left_fen = paid_fen - purchase.refunded_fen
    is_whole = asked == left_fen
    gone = {"points": 0, "growth": 0}
    if purchase.member_id is not None:
        gone = earnings.would_take_back(
            purchase.member_id,
            source=source_of(purchase.id),
            paid_fen=paid_fen,
            refunded_fen=purchase.refunded_fen + asked,
        )
    rows = db.session.execute(statements.CONSEQUENCES, {"purchase_id": purchase.id}).all()
    return RefundPreview(
        bill=_bill(purchase),
        amount_fen=asked,
        left_fen=left_fen,
        points_taken_back=gone["points"],
        growth_taken_back=gone["growth"],
        points_given_back=rows[0].points_spent if rows and is_whole else 0,
        coupons=[_coupon(row, is_whole=is_whole, now=now) for row in rows if row.name is not None],
    )


def _bill(purchase: Purchase) -> Bill:
    bill = bills.tell(purchase)
    member = db.session.get(Member, purchase.member_id) if purchase.member_id is not None else None
    if member is None:
        return bill
    return replace(bill, member_nickname=member.nickname, phone_masked=member.phone_masked)


def _coupon(row: Any, *, is_whole: bool, now: datetime) -> UsedCoupon:
    fate = "stays_used"
    if row.returned_by is not None:
        fate = "is_back"
    elif row.policy in (coupon_returns.WITH_FULL if is_whole else coupon_returns.WITH_ANY):
        fate = "comes_back" if now < row.expires_at else "comes_back_expired"
    return UsedCoupon(name=row.name, discount_fen=row.discount_fen, fate=fate)
