"""Money given back at a store by its manager, looked at first, with a reason: never on the manager's own membership."""

import uuid
from datetime import datetime

from app.actor import Actor
from app.errors import NotAllowed, SelfService
from app.models import Purchase
from app.services import audit, bills, purchases, refund_previews, staff
from app.services.purchases import RefundReceipt
from app.services.refund_previews import RefundPreview


def give_back(
    purchase_public_id: uuid.UUID,
    *,
    amount_fen: int | None,
    refund_no: str,
    reason: str,
    actor: Actor,
    now: datetime,
) -> RefundReceipt:
    """Refund a bill of the actor's store (fen), all that is left when no amount is told; audited once per refund number.

    Raises NotFound, alike for another store's bill, SelfService, RefundAbovePaid, RefundNumberReused, PurchaseNotRefundable.
    """
    purchase = _bill_of(purchase_public_id, actor=actor)
    receipt = purchases.refund(purchase.id, amount_fen=amount_fen, refund_no=refund_no, now=now)
    if receipt.is_new:
        audit.record(
            "purchase.refund",
            actor=actor,
            object_kind="purchase",
            object_id=purchase.id,
            details={
                "order_no": purchase.order_no,
                "refund_no": refund_no,
                "amount_fen": receipt.refund.amount_fen,
                "reason": reason,
                "points_taken_back": receipt.points_taken_back,
                "growth_taken_back": receipt.growth_taken_back,
            },
            now=now,
        )
    return receipt


def look(purchase_public_id: uuid.UUID, *, amount_fen: int | None, actor: Actor, now: datetime) -> RefundPreview:
    """What `give_back` would do; nothing is written. Raises what it would raise."""
    purchase = _bill_of(purchase_public_id, actor=actor)
    return refund_previews.tell(purchase, amount_fen=amount_fen, now=now)


def _bill_of(public_id: uuid.UUID, *, actor: Actor) -> Purchase:
    """A bill of the actor's store and of somebody else. Raises NotAllowed, NotFound, SelfService."""
    if actor.id is None or actor.store_id is None:
        raise NotAllowed(reason="no_store")
    purchase = bills.get_of_store(public_id, store_id=actor.store_id)
    if purchase.member_id is not None and staff.is_own_membership(actor.id, purchase.member_id):
        raise SelfService
    return purchase
