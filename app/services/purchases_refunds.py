"""Money given back: once per refund number, never more than was paid, and with it the share it had earned (I13)."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from app.errors import Conflict, NotFound, PurchaseNotRefundable, RefundAbovePaid, RefundNumberReused
from app.extensions import db
from app.models import Purchase, PurchaseRefund
from app.models.types import new_public_id
from app.services import coupon_owing, coupon_returns, earnings, points
from app.services.purchases_bills import source_of
from app.statements import purchases as statements

# The number of a refund nobody numbered: the whole bill can be given back once.
FULL = "full"
# Each try loses only to a merge or claim of this very bill that committed meanwhile.
LOCK_TRIES = 5


@dataclass(frozen=True, kw_only=True)
class RefundReceipt:
    """`is_new` is False when the refund number was known. Points and growth are those this refund took back."""

    purchase: Purchase
    refund: PurchaseRefund
    points_taken_back: int
    growth_taken_back: int
    is_new: bool


def refund(
    purchase_id: int,
    *,
    now: datetime,
    amount_fen: int | None = None,
    refund_no: str = FULL,
    occurred_at: datetime | None = None,
) -> RefundReceipt:
    """Give money back on a purchase, all that is left when no amount is told; takes back the share it had earned.

    A repeat of the number with the same amount returns the first receipt. Raises NotFound(kind="purchase"),
    RefundNumberReused, RefundAbovePaid, PurchaseNotRefundable (refunded in full or voided).
    """
    purchase = _lock(purchase_id)
    known = _find(purchase_id, refund_no)
    if known is not None:
        if amount_fen is not None and known.amount_fen != amount_fen:
            raise RefundNumberReused(refund_no=refund_no)
        return RefundReceipt(purchase=purchase, refund=known, points_taken_back=0, growth_taken_back=0, is_new=False)
    asked = amount_of(purchase, amount_fen=amount_fen)
    booked = _book(purchase, amount_fen=asked, refund_no=refund_no, occurred_at=occurred_at or now, now=now)
    coupon_returns.on_refund(purchase, now=now)
    gone = take_back(purchase, reversal_source=f"refund:{booked.id}", now=now)
    return RefundReceipt(
        purchase=purchase,
        refund=booked,
        points_taken_back=gone["points"],
        growth_taken_back=gone["growth"],
        is_new=True,
    )


def amount_of(purchase: Purchase, *, amount_fen: int | None) -> int:
    """What a refund comes to: the amount asked for (fen), or all that is left of what was paid.

    Raises RefundAbovePaid, PurchaseNotRefundable (refunded in full or voided).
    """
    if purchase.status not in ("paid", "waiting"):
        raise PurchaseNotRefundable(status=purchase.status)
    paid_fen = purchase.bill_fen - purchase.discount_fen
    left = paid_fen - purchase.refunded_fen
    asked = left if amount_fen is None else amount_fen
    if asked > left or asked <= 0:
        raise RefundAbovePaid(paid_fen=paid_fen, refunded_fen=purchase.refunded_fen, requested_fen=asked)
    return asked


def void(purchase_id: int, *, now: datetime) -> Purchase:
    """Undo a bill typed at the counter: all it earned goes back, and its order number may be used for the corrected bill.

    A repeat changes nothing; neither does voiding what was refunded in full, which keeps its number. Raises
    NotFound(kind="purchase").
    """
    purchase = _lock(purchase_id)
    if purchase.status in ("voided", "refunded"):
        return purchase
    left = purchase.bill_fen - purchase.discount_fen - purchase.refunded_fen
    if left:
        _book(purchase, amount_fen=left, refund_no=f"void:{purchase.public_id}", occurred_at=now, now=now)
    purchase.status = "voided"
    _forget_buyer(purchase)
    take_back(purchase, reversal_source=f"void:{purchase_id}", now=now)
    db.session.flush()  # the order number is free for the caller's next statement
    return purchase


def list_of(purchase_id: int) -> list[PurchaseRefund]:
    """The refunds of a purchase, oldest first."""
    rows = db.session.scalars(
        select(PurchaseRefund).where(PurchaseRefund.purchase_id == purchase_id).order_by(PurchaseRefund.id)
    )
    return list(rows)


def take_back(purchase: Purchase, *, reversal_source: str, now: datetime) -> dict[str, int]:
    """Bring what the purchase earned down to what its refunds so far leave; the coupons it brought go with the whole of it."""
    if purchase.member_id is None:
        return {"points": 0, "growth": 0}
    if purchase.status in ("refunded", "voided"):
        coupon_owing.withdraw(purchase.member_id, occurrence=source_of(purchase.id), now=now)
    paid_fen = purchase.bill_fen - purchase.discount_fen
    return earnings.take_back(
        purchase.member_id,
        source=source_of(purchase.id),
        reversal_source=reversal_source,
        paid_fen=paid_fen,
        # A voided bill counts as given back whole, also when a coupon had paid all of it.
        refunded_fen=paid_fen if purchase.status == "voided" else purchase.refunded_fen,
        now=now,
    )


def _lock(purchase_id: int) -> Purchase:
    """Hold the owner's account, then the bill; a bill that changes hands in between is looked at again."""
    for _ in range(LOCK_TRIES):
        row = db.session.execute(select(Purchase.member_id).where(Purchase.id == purchase_id)).one_or_none()
        if row is None:
            raise NotFound(kind="purchase")
        if row.member_id is not None:
            points.lock_account(row.member_id)
        if db.session.scalar(statements.LOCK, {"id": purchase_id, "member_id": row.member_id}) is not None:
            return db.session.get_one(Purchase, purchase_id, populate_existing=True)
    raise Conflict(kind="purchase")


def _find(purchase_id: int, refund_no: str) -> PurchaseRefund | None:
    return db.session.scalar(
        select(PurchaseRefund).where(PurchaseRefund.purchase_id == purchase_id, PurchaseRefund.refund_no == refund_no)
    )


def _book(
    purchase: Purchase, *, amount_fen: int, refund_no: str, occurred_at: datetime, now: datetime
) -> PurchaseRefund:
    values = {
        "id": purchase.id,
        "public_id": new_public_id(),
        "refund_no": refund_no,
        "amount_fen": amount_fen,
        "occurred_at": occurred_at,
        "now": now,
    }
    refund_id = db.session.execute(statements.REFUND, values).scalar_one()
    db.session.refresh(purchase)
    if purchase.status == "refunded":
        _forget_buyer(purchase)
    return db.session.get_one(PurchaseRefund, refund_id)


def _forget_buyer(purchase: Purchase) -> None:
    """Nobody can claim the bill any more: whom the channel sold to is not kept."""
    purchase.buyer_phone_index = purchase.buyer_external_id = None
