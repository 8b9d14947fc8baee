"""Points promised to one bill: held, then captured or released, once; given back when their time is over.

A hold books nothing. What it promised cannot be spent, taken back or run out meanwhile. Reasons: docs/domain/points.md.
"""

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from app.errors import HoldEnded, HoldTooLarge, InvalidInput, NotFound
from app.extensions import db
from app.models import MemberAccount, PointsHold
from app.models.types import new_public_id
from app.rules import lots as lot_rules
from app.rules.lots import OpenLot
from app.services import points_ledger as ledger
from app.services.points_ledger import Booking, Receipt
from app.statements import points_holds as statements


@dataclass(frozen=True)
class Hold:
    """A promise and how it stands: held, captured, released or expired. `is_new` is False for a repeat."""

    public_id: uuid.UUID
    member_id: int
    amount: int
    state: str
    expires_at: datetime
    is_new: bool


def hold(member_id: int, *, amount: int, source: str, expires_at: datetime, now: datetime) -> Hold:
    """Promise `amount` spendable points until `expires_at`, soonest-expiring first.

    A repeat of `source` returns the first hold as it stands. Raises InsufficientPoints (never a part of it), InvalidInput,
    ClockBehind.
    """
    ledger.check_amount(amount)
    lock_account(member_id, now=now)
    known = db.session.scalar(
        select(PointsHold)
        .where(PointsHold.member_id == member_id, PointsHold.source == source)
        .execution_options(populate_existing=True)
    )
    if known is not None:
        return _standing(known, now=now)
    if expires_at <= now:
        raise InvalidInput(field="expires_at", reason="in_the_past")
    takes = lot_rules.take(ledger.open_lots(member_id, now=now), amount=amount)
    public_id = new_public_id()
    made = db.session.execute(
        statements.HOLD,
        {
            "member_id": member_id,
            "public_id": public_id,
            "amount": amount,
            "source": source,
            "expires_at": expires_at,
            "now": now,
            "lot_ids": [take.lot_id for take in takes],
            "amounts": [take.amount for take in takes],
        },
    )
    if made.rowcount == 0:  # type: ignore[attr-defined]
        ledger.refuse_clock()
    return Hold(public_id, member_id, amount, "held", expires_at, is_new=True)


def capture(hold_public_id: uuid.UUID, *, source: str, now: datetime, amount: int | None = None) -> Receipt:
    """Spend what was held, or `amount` of it; the rest is given back. A repeat of `source` returns the first receipt.

    Raises NotFound, HoldEnded (released, run out, or captured by another source), HoldTooLarge, InvalidInput, ClockBehind.
    """
    held = _lock(hold_public_id)
    member_id = held.member_id
    if held.state == "captured":
        booked = ledger.find_receipt(member_id, source)
        if booked is not None and booked.entry_id == held.entry_id:
            return booked
    _refuse_ended(held, now=now)
    release_overdue(member_id, now=now)
    wanted = held.amount if amount is None else amount
    ledger.check_amount(wanted)
    if wanted > held.amount:
        raise HoldTooLarge(held=held.amount, requested=wanted)
    rows = db.session.execute(statements.LOTS, {"member_id": member_id, "hold_id": held.id})
    takes = lot_rules.take([OpenLot(row.id, row.free, row.expires_at) for row in rows], amount=wanted)
    owed = _free(member_id, [held.id], now=now)
    receipt = ledger.book_takes(
        Booking(
            member_id=member_id,
            kind="spend",
            from_account="member",
            to_account="spend",
            amount=wanted,
            source=source,
            now=now,
        ),
        takes,
    )
    if not receipt.is_new:
        # The source has paid for something else already: this hold is not what it meant.
        raise HoldEnded(state=held.state)
    _end(member_id, [held.id], entry_id=receipt.entry_id, now=now)
    if owed and wanted < held.amount:
        ledger.settle(member_id, owed=owed, because=f"hold:{held.id}", now=now)
    return receipt


def release(hold_public_id: uuid.UUID, *, now: datetime) -> Hold:
    """Give back what was held. One that was given back already stays as it was. Raises NotFound, HoldEnded if captured."""
    held = _lock(hold_public_id)
    if held.state == "captured":
        raise HoldEnded(state="captured")
    if held.state == "held":
        # Those whose time is over ended before it; it may be one of them.
        release_overdue(held.member_id, now=now)
        _give_back(held.member_id, held.id, now=now)
        db.session.refresh(held)
        return _standing(held, now=now, is_new=True)
    return _standing(held, now=now)


def release_due(*, now: datetime, limit: int) -> int:
    """Give back holds whose time is over, of the members owning the `limit` most overdue; returns how many.

    Call again in a new transaction until it returns 0. Members locked by somebody else wait for the next call.
    """
    members = db.session.scalars(statements.DUE_MEMBERS, {"now": now, "limit": limit}).all()
    return sum(release_overdue(member_id, now=now) for member_id in members)


def lock_account(member_id: int, *, now: datetime) -> MemberAccount:
    """Lock the account and give back what forgotten holds promised: what is booked next finds it as if the tick had run (I14).

    The totals of the account are those from before. Raises NotFound.
    """
    account = ledger.lock_account(member_id)
    if account.points_held:
        release_overdue(member_id, now=now)
    return account


def release_overdue(member_id: int, *, now: datetime) -> int:
    """Give back one member's holds whose time is over; returns how many. The caller holds the account lock.

    One after the other as they ended: noticed late or early, the same points pay a debt.
    """
    overdue = _open(member_id, until=now)
    for hold_id in overdue:
        _give_back(member_id, hold_id, now=now)
    return len(overdue)


def release_all(member_id: int, *, now: datetime) -> int:
    """Give back every hold of a member who is merged away; the debt goes with the merge. The caller holds the lock."""
    open_ids = _open(member_id)
    if open_ids:
        _free(member_id, open_ids, now=now)
        _end(member_id, open_ids, entry_id=None, now=now)
    return len(open_ids)


def _open(member_id: int, *, until: datetime | None = None) -> list[int]:
    query = select(PointsHold.id).where(PointsHold.member_id == member_id, PointsHold.state == "held")
    if until is not None:
        query = query.where(PointsHold.expires_at <= until)
    return list(db.session.scalars(query.order_by(PointsHold.expires_at, PointsHold.id)))


def _lock(public_id: uuid.UUID) -> PointsHold:
    member_id = db.session.scalar(select(PointsHold.member_id).where(PointsHold.public_id == public_id))
    if member_id is None:
        raise NotFound(kind="points_hold")
    ledger.lock_account(member_id)
    return db.session.execute(
        select(PointsHold)
        .where(PointsHold.member_id == member_id, PointsHold.public_id == public_id)
        .execution_options(populate_existing=True)
    ).scalar_one()


def _refuse_ended(held: PointsHold, *, now: datetime) -> None:
    state = _standing(held, now=now).state
    if state != "held":
        raise HoldEnded(state=state)


def _standing(held: PointsHold, *, now: datetime, is_new: bool = False) -> Hold:
    # A hold past its time is over for every reader, whether or not the tick ran.
    state = "expired" if held.state == "held" and held.expires_at <= now else held.state
    return Hold(held.public_id, held.member_id, held.amount, state, held.expires_at, is_new)


def _give_back(member_id: int, hold_id: int, *, now: datetime) -> None:
    owed = _free(member_id, [hold_id], now=now)
    _end(member_id, [hold_id], entry_id=None, now=now)
    if owed:
        ledger.settle(member_id, owed=owed, because=f"hold:{hold_id}", now=now)


def _free(member_id: int, hold_ids: list[int], *, now: datetime) -> int:
    values = {"member_id": member_id, "hold_ids": hold_ids, "now": now}
    return int(db.session.scalar(statements.FREE, values) or 0)


def _end(member_id: int, hold_ids: list[int], *, entry_id: int | None, now: datetime) -> None:
    db.session.execute(statements.END, {"member_id": member_id, "hold_ids": hold_ids, "entry_id": entry_id, "now": now})
