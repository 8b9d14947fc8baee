"""Bills paid, in any channel: an order counts once, earns by the rules of its instant, and gives back what is refunded."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select

from app.errors import InvalidInput, NotFound, OrderNumberReused, PurchaseInFuture
from app.extensions import db
from app.models import Purchase
from app.rules.earning import Line
from app.services import earnings, points, purchase_at_once, purchases_bills, purchases_waiting
from app.services.earnings import Paid
from app.services.purchases_bills import BillLine, Buyer, lines_of, nth
from app.services.purchases_refunds import RefundReceipt, refund, void
from app.services.purchases_refunds import list_of as list_refunds
from app.services.purchases_waiting import claim, find_buyer, list_claimants
from app.statements import purchases as statements

__all__ = [
    "BillLine",
    "Buyer",
    "RefundReceipt",
    "claim",
    "find_buyer",
    "find_by_order",
    "get_by_public_id",
    "lines_of",
    "list_claimants",
    "list_paid",
    "list_refunds",
    "nth",
    "record",
    "refund",
    "void",
]

# Clocks of tills differ; more than this is a mistake.
FUTURE_ALLOWED = timedelta(minutes=5)


def record(
    member_id: int | None,
    *,
    store_id: int | None,
    channel: str,
    order_no: str | None,
    bill_fen: int,
    now: datetime,
    discount_fen: int = 0,
    occurred_at: datetime | None = None,
    lines: Sequence[BillLine] = (),
    buyer: Buyer | None = None,
) -> Purchase:
    """Record a bill (fen) and pay its member what it earns on what was paid (bill − discount).

    Without a member the `buyer` is looked for; a bill nobody can claim yet waits. Without an order number the purchase's own
    id stands in. The same order again returns the first purchase. Raises OrderNumberReused (another amount, lines, store or
    member), LinesDoNotAddUp, PurchaseInFuture, InvalidInput (nobody named).
    """
    buyer = buyer or Buyer()
    # As it comes back from the database, whatever zone the till wrote it in.
    at = (occurred_at or now).astimezone(UTC)
    if at > now + FUTURE_ALLOWED:
        raise PurchaseInFuture(occurred_at=at.isoformat())
    numbered = purchases_bills.number_lines(lines, paid_fen=bill_fen - discount_fen)
    owner_id = member_id or find_buyer(buyer, channel=channel)
    if owner_id is None and buyer == Buyer():
        raise InvalidInput(fields={"buyer": "required"})
    sums = {"bill_fen": bill_fen, "discount_fen": discount_fen}
    values = {
        **purchases_bills.values_of(owner_id, store_id=store_id, channel=channel, order_no=order_no, at=at, **sums),
        "status": "waiting" if owner_id is None else "paid",
        "phone_index": buyer.phone_index if owner_id is None else None,
        "external_id": buyer.external_id if owner_id is None else None,
    }
    purchase = None if owner_id is None else purchase_at_once.attempt(values, numbered, now=now)
    purchase = purchase or _step_by_step(values, numbered, buyer=buyer, now=now)
    if owner_id is not None and purchases_waiting.link(owner_id, buyer, channel=channel, now=now):
        # Other bills under this number may have waited.
        claim(owner_id, now=now)
    return purchase


def _step_by_step(values: Mapping[str, Any], numbered: Sequence[Line], *, buyer: Buyer, now: datetime) -> Purchase:
    """Record a bill whatever the case: of nobody yet, told before, with debts, rungs and rules of every kind."""
    owner_id: int | None = values["member_id"]
    if owner_id is not None:
        points.lock_account(owner_id)
    new_id = db.session.scalar(statements.RECORD, values)
    purchase = _known(values, numbered, buyer=buyer) if new_id is None else _write(new_id, numbered)
    if owner_id is not None:
        if purchase.status == "waiting":
            purchases_waiting.give(purchase, member_id=owner_id, now=now)
        elif new_id is not None:
            purchases_bills.pay(purchase, numbered, member_id=owner_id, now=now)
    return purchase


def list_paid(purchase: Purchase) -> list[Paid]:
    """What the rules paid for a purchase, and how much of it refunds took back; nothing while it waits."""
    if purchase.member_id is None:
        return []
    return earnings.list_paid(purchase.member_id, source=purchases_bills.source_of(purchase.id))


def get_by_public_id(public_id: uuid.UUID) -> Purchase:
    """Raises NotFound(kind="purchase")."""
    purchase = db.session.scalar(select(Purchase).where(Purchase.public_id == public_id))
    if purchase is None:
        raise NotFound(kind="purchase")
    return purchase


def find_by_order(channel: str, order_no: str) -> Purchase | None:
    """The bill of an order, leaving voided ones aside."""
    return db.session.scalar(
        select(Purchase).where(Purchase.channel == channel, Purchase.order_no == order_no, Purchase.status != "voided")
    )


def _write(purchase_id: int, lines: Sequence[Line]) -> Purchase:
    purchases_bills.write_lines(purchase_id, lines)
    return db.session.get_one(Purchase, purchase_id)


def _known(values: Mapping[str, object], lines: Sequence[Line], *, buyer: Buyer) -> Purchase:
    """The bill an order number already names, locked. Raises OrderNumberReused unless it is the same."""
    known = db.session.execute(
        select(Purchase)
        .where(
            Purchase.channel == values["channel"], Purchase.order_no == values["order_no"], Purchase.status != "voided"
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    ).scalar_one()
    same = all(getattr(known, key) == values[key] for key in ("store_id", "bill_fen", "discount_fen"))
    if not same or not _same_buyer(known, values["member_id"], buyer) or lines_of(known.id) != list(lines):
        raise OrderNumberReused(order_no=values["order_no"])
    return known


def _same_buyer(known: Purchase, owner_id: object, buyer: Buyer) -> bool:
    """Whoever is named now must not contradict whom the bill was for; naming less than before is no contradiction."""
    if known.member_id is not None:
        return owner_id is None or owner_id == known.member_id
    pairs = ((known.buyer_phone_index, buyer.phone_index), (known.buyer_external_id, buyer.external_id))
    return all(before is None or told is None or before == told for before, told in pairs)
