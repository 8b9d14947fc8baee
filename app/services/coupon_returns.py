"""What a refund gives back of a bill settled at the counter: coupons as their terms say, points when all the money goes back.

Callers hold the member's account.
"""

import uuid
from datetime import datetime

from app.errors import Conflict
from app.extensions import db
from app.models import Purchase
from app.services import points
from app.statements import redeem as statements

# Terms' `on_refund`: what comes back with any refund, and what only with a full one. "keep" never does.
WITH_ANY = ("return",)
WITH_FULL = ("return", "return_when_full")


def on_refund(purchase: Purchase, *, now: datetime) -> int:
    """Give back what the refunds of a purchase so far demand; returns how many uses of coupons. A repeat gives nothing more.

    Points paid with come back, with their own expiry, once the bill is refunded in full: until then money goes back first.
    """
    is_full = purchase.status == "refunded"
    bill = db.session.execute(
        statements.RETURN_USES,
        {
            "purchase_id": purchase.id,
            "policies": list(WITH_FULL if is_full else WITH_ANY),
            "returned_by": "refund",
            "now": now,
        },
    ).one_or_none()
    if bill is None:
        return 0
    if bill.returned != bill.restored:
        raise Conflict(kind="coupon")
    if is_full and purchase.member_id is not None:
        give_points_back(purchase.member_id, checkout_public_id=bill.public_id, points_spent=bill.points_spent, now=now)
    return int(bill.returned)


def give_points_back(member_id: int, *, checkout_public_id: uuid.UUID, points_spent: int, now: datetime) -> None:
    """Undo the spending of a checkout once, whether a refund or an undo asks first."""
    if points_spent:
        source = source_of(checkout_public_id)
        points.reverse(member_id, source=source, reversal_source=f"{source}:back", now=now)


def source_of(checkout_public_id: uuid.UUID) -> str:
    """What points paid at a checkout are booked under."""
    return f"checkout:{checkout_public_id}"
