"""A bill as it is rung up, and all that coupons, a tier and points are measured by on it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from app import clock
from app.errors import NotFound
from app.plain_statements import Plain
from app.rules.coupon_conditions import Bill
from app.rules.points_payment import Price
from app.rules.stacking import Policy
from app.services import programmes, purchases_bills
from app.services.purchases_bills import BillLine
from app.statements import checkouts as statements


@dataclass(frozen=True, kw_only=True, slots=True)
class RungUp:
    """What the till tells: fen before anything is taken off, the lines if it knows them, its order number if it has one."""

    bill_fen: int
    lines: Sequence[BillLine] = ()
    order_no: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Judged:
    """A bill with what the programme and the member's standing say about it."""

    bill: Bill
    policy: Policy
    points_price: Price
    # The channel has a live bill of this order number.
    order_is_known: bool


def channel_of(store_id: int) -> str:
    """A counter as a channel."""
    return f"store:{store_id}"


def looks(rung_up: RungUp, *, member_id: int, store_id: int) -> tuple[Plain, Plain]:
    """The statements that ask for everything that decides about a bill of this member at this store; `judge` reads their rows."""
    values = {
        "member_id": member_id,
        "store_id": store_id,
        "channel": channel_of(store_id),
        "order_no": rung_up.order_no,
    }
    return (statements.FACTS, values), programmes.look()


def judge(rung_up: RungUp, found: Sequence[Any], programme: Any, *, store_id: int, now: datetime) -> Judged:
    """What was found about the bill, by the programme's settings (its row). Raises LinesDoNotAddUp, NotFound."""
    lines = purchases_bills.number_lines(rung_up.lines, paid_fen=rung_up.bill_fen)
    if not found:
        raise NotFound(kind="member")
    facts = found[0]
    return Judged(
        bill=Bill(
            on=clock.business_date(now, zone=programme.zone, cut_over_hour=programme.cut_over_hour),
            hour=now.astimezone(ZoneInfo(programme.zone)).hour,
            store_code=facts.store_code,
            channel=channel_of(store_id),
            tier_code=facts.tier_code,
            is_first_purchase=facts.is_first,
            # Nothing rung up, nothing to take from: a gift alone.
            lines=tuple(lines) if rung_up.bill_fen else (),
        ),
        policy=Policy(
            max_coupons=programme.coupons_per_bill,
            per_category=programme.coupons_per_category,
            tier_discount_bp=facts.discount_bp,
        ),
        points_price=Price(fen_per_100=programme.fen_per_100_points, max_bp=programme.points_pay_max_bp),
        order_is_known=facts.order_is_known,
    )
