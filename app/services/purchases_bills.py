"""A bill as it is written down: its lines, its buyer, and what the rules make of it.

Only the purchases services use this. Callers hold a transaction and, where a member is known, the account lock.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select

from app.errors import LinesDoNotAddUp
from app.extensions import db
from app.models import Purchase, PurchaseLine, Store
from app.models.types import new_public_id
from app.rules.coupon_automation import Happening
from app.rules.earning import Line
from app.services import badges, coupon_owing, earnings
from app.services.calendars import Calendar
from app.services.coupon_owing import Occurrence
from app.services.earnings import Facts, Paid
from app.statements import purchases as statements

# What a bill can bring a badge for.
BADGE_FACTS = frozenset({"purchases", "spent_fen", "categories"})


@dataclass(frozen=True, kw_only=True, slots=True)
class BillLine:
    """What was bought, after the line's own discounts, in fen for the whole line."""

    amount_fen: int
    quantity: int = 1
    sku: str = ""
    category: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Buyer:
    """Whom a channel sold to, when it has no member code: a phone's blind index, its own customer number, or both."""

    phone_index: bytes | None = field(default=None, repr=False)
    external_id: str | None = None


def number_lines(lines: Sequence[BillLine], *, paid_fen: int) -> list[Line]:
    """Lines 1, 2, …; a bill told without lines is one line. Raises LinesDoNotAddUp."""
    if not lines:
        return [Line(line_no=1, amount_fen=paid_fen)]
    total = sum(line.amount_fen for line in lines)
    if total != paid_fen:
        raise LinesDoNotAddUp(lines_fen=total, paid_fen=paid_fen)
    return [
        Line(line_no=n, amount_fen=one.amount_fen, quantity=one.quantity, sku=one.sku, category=one.category)
        for n, one in enumerate(lines, start=1)
    ]


def values_of(
    member_id: int | None,
    *,
    store_id: int | None,
    channel: str,
    order_no: str | None,
    bill_fen: int,
    discount_fen: int,
    at: datetime,
) -> dict[str, Any]:
    """A new bill's columns. Without an order number its own id stands in."""
    public_id = new_public_id()
    return {
        "public_id": public_id,
        "member_id": member_id,
        "store_id": store_id,
        "channel": channel,
        "order_no": order_no or str(public_id),
        "bill_fen": bill_fen,
        "discount_fen": discount_fen,
        "occurred_at": at,
    }


def write_lines(purchase_id: int, lines: Sequence[Line]) -> None:
    """Keep the lines of a new bill."""
    db.session.execute(
        statements.ADD_LINES,
        {
            "purchase_id": purchase_id,
            "numbers": [line.line_no for line in lines],
            "skus": [line.sku for line in lines],
            "categories": [line.category for line in lines],
            "quantities": [line.quantity for line in lines],
            "amounts": [line.amount_fen for line in lines],
        },
    )


def lines_of(purchase_id: int) -> list[Line]:
    """The lines of a bill, in order."""
    rows = db.session.scalars(
        select(PurchaseLine).where(PurchaseLine.purchase_id == purchase_id).order_by(PurchaseLine.line_no)
    )
    return [
        Line(line_no=row.line_no, amount_fen=row.amount_fen, quantity=row.quantity, sku=row.sku, category=row.category)
        for row in rows
    ]


def source_of(purchase_id: int) -> str:
    """What a purchase's earnings are booked under, before the rule's code."""
    return f"purchase:{purchase_id}"


def pay(purchase: Purchase, lines: Sequence[Line], *, member_id: int, now: datetime) -> list[Paid]:
    """Pay what the rules in force at the purchase's own instant give for it, and owe the coupons it brings."""
    store_code = None
    if purchase.store_id is not None:
        store_code = db.session.scalar(select(Store.code).where(Store.id == purchase.store_id))
    paid = earnings.pay(
        member_id,
        event="purchase",
        source=source_of(purchase.id),
        facts=Facts(
            lines=tuple(lines),
            store_code=store_code,
            channel=purchase.channel,
            nth=lambda: nth(member_id, purchase_id=purchase.id),
        ),
        now=now,
        occurred_at=purchase.occurred_at,
    )
    follow(purchase, lines, member_id=member_id, now=now)
    return paid


def follow(
    purchase: Purchase,
    lines: Sequence[Line],
    *,
    member_id: int,
    now: datetime,
    is_automated: bool = True,
    badges_ahead: bool = True,
    calendar: Calendar | None = None,
) -> None:
    """What a paid bill brings besides points and growth: coupons owed, badges. `is_automated`, `badges_ahead` False: it is known
    that no automation waits for bills, that no badge is left to reach."""
    if is_automated:
        bought = Happening(
            channel=purchase.channel, lines=tuple(lines), nth=lambda: nth(member_id, purchase_id=purchase.id)
        )
        occurrence = Occurrence(member_id=member_id, name=source_of(purchase.id), happening=bought)
        coupon_owing.owe("purchase", [occurrence], now=now, occurred_at=purchase.occurred_at)
    if badges_ahead:
        badges.award(member_id, facts=BADGE_FACTS, now=now, calendar=calendar)


def nth(member_id: int, *, purchase_id: int = 0) -> int:
    """Which purchase of the member's this one is; 0 asks for the next."""
    counted = db.session.scalar(statements.NTH, {"member_id": member_id, "purchase_id": purchase_id})
    return int(counted or 0) + 1
