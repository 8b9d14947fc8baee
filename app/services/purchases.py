"""Bills paid by members: each order counts once, and a refund takes back exactly what it earned."""

from datetime import datetime

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert

from app.errors import NotFound, OrderNumberReused
from app.extensions import db
from app.models import Purchase
from app.models.types import new_public_id
from app.rules import earning
from app.services import points, tiers


def record(
    member_id: int,
    *,
    store_id: int | None,
    channel: str,
    order_no: str | None,
    bill_fen: int,
    discount_fen: int,
    now: datetime,
) -> Purchase:
    """Record a bill and credit points and growth on what was paid (bill − discount).

    Without an order number the purchase's own id stands in. The same order again returns the first purchase;
    with another amount or member it raises OrderNumberReused.
    """
    points.lock_account(member_id)
    public_id = new_public_id()
    values = {
        "public_id": public_id,
        "member_id": member_id,
        "store_id": store_id,
        "channel": channel,
        "order_no": order_no or str(public_id),
        "bill_fen": bill_fen,
        "discount_fen": discount_fen,
        "status": "paid",
        "occurred_at": now,
    }
    new_id = db.session.scalar(
        insert(Purchase)
        .values(values)
        .on_conflict_do_nothing(index_elements=["channel", "order_no"], index_where=text("status <> 'voided'"))
        .returning(Purchase.id)
    )
    if new_id is None:
        return _known(values)
    paid_fen = bill_fen - discount_fen
    amount = earning.per_yuan(paid_fen, rate=1)
    if amount:
        points.earn(member_id, amount=amount, source=f"purchase:{new_id}", now=now)
    growth = earning.per_yuan(paid_fen, rate=1)
    tiers.add_growth(member_id, amount=growth, source=f"purchase:{new_id}", now=now)
    return db.session.execute(select(Purchase).where(Purchase.id == new_id)).scalar_one()


def refund(purchase_id: int, *, now: datetime) -> Purchase:
    """Refund a purchase in full: its points and growth are reversed once. A repeat changes nothing."""
    return _take_back(purchase_id, status="refunded", now=now)


def void(purchase_id: int, *, now: datetime) -> Purchase:
    """Undo a bill typed at the counter: as `refund`, and its order number may be used for the corrected bill."""
    return _take_back(purchase_id, status="voided", now=now)


def _take_back(purchase_id: int, *, status: str, now: datetime) -> Purchase:
    member_id = db.session.scalar(select(Purchase.member_id).where(Purchase.id == purchase_id))
    if member_id is None:
        raise NotFound(kind="purchase")
    points.lock_account(member_id)
    purchase = db.session.get_one(Purchase, purchase_id, with_for_update=True, populate_existing=True)
    if purchase.status != "paid":
        return purchase
    purchase.status, purchase.refunded_fen = status, purchase.bill_fen - purchase.discount_fen
    source, reversal = f"purchase:{purchase_id}", f"refund:{purchase_id}"
    points.reverse_if_booked(member_id, source=source, reversal_source=reversal, now=now)
    tiers.reverse_growth(member_id, source=source, reversal_source=reversal, now=now)
    return purchase


def _known(values: dict[str, object]) -> Purchase:
    known = db.session.execute(
        select(Purchase).where(
            Purchase.channel == values["channel"], Purchase.order_no == values["order_no"], Purchase.status != "voided"
        )
    ).scalar_one()
    same = ("member_id", "store_id", "bill_fen", "discount_fen")
    if any(getattr(known, key) != values[key] for key in same):
        raise OrderNumberReused(order_no=values["order_no"])
    return known
