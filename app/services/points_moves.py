"""When two members become one: every open lot comes over with its own expiry, and a debt with it (I15)."""

from datetime import datetime

from sqlalchemy import insert, select

from app.extensions import db
from app.models import PointsLot
from app.rules.lots import LotTake
from app.services import points_ledger as ledger


def move_all(from_member_id: int, to_member_id: int, *, source: str, now: datetime) -> int:
    """Move balance, lots and debt; returns the points moved. `source` names the merge and makes a repeat harmless."""
    accounts = {member_id: ledger.lock_account(member_id) for member_id in sorted((from_member_id, to_member_id))}
    moved = _move_lots(from_member_id, to_member_id, source=source, now=now)
    debt = accounts[from_member_id].points_owed
    if debt:
        _move_debt(from_member_id, to_member_id, debt, source=source, now=now)
    owed = ledger.lock_account(to_member_id).points_owed
    if owed:
        brought = ledger.find_receipt(to_member_id, f"{source}:in") or ledger.find_receipt(
            to_member_id, f"{source}:debt_in"
        )
        if brought is not None:
            ledger.settle(to_member_id, owed=owed, because=brought.entry_id, now=now)
    return moved


def _move_lots(from_member_id: int, to_member_id: int, *, source: str, now: datetime) -> int:
    lots = db.session.execute(
        select(PointsLot.id, PointsLot.remaining, PointsLot.earned_at, PointsLot.expires_at)
        .where(PointsLot.member_id == from_member_id, PointsLot.remaining > 0)
        .order_by(PointsLot.id)
    ).all()
    amount: int = sum(lot.remaining for lot in lots)
    if amount == 0 or ledger.find_receipt(to_member_id, f"{source}:in"):
        return 0
    out = ledger.book(
        from_member_id,
        kind="merge",
        from_account="member",
        to_account="merge",
        amount=amount,
        source=f"{source}:out",
        now=now,
    )
    ledger.take_lots(from_member_id, entry_id=out.entry_id, takes=[LotTake(lot.id, lot.remaining) for lot in lots])
    into = ledger.book(
        to_member_id,
        kind="merge",
        from_account="merge",
        to_account="member",
        amount=amount,
        source=f"{source}:in",
        now=now,
    )
    db.session.execute(
        insert(PointsLot),
        [
            {
                "member_id": to_member_id,
                "entry_id": into.entry_id,
                "granted": lot.remaining,
                "remaining": lot.remaining,
                "earned_at": lot.earned_at,
                "expires_at": lot.expires_at,
            }
            for lot in lots
        ],
    )
    return amount


def _move_debt(from_member_id: int, to_member_id: int, debt: int, *, source: str, now: datetime) -> None:
    legs = ((from_member_id, "merge", "owed", "debt_out"), (to_member_id, "owed", "merge", "debt_in"))
    for member_id, from_account, to_account, leg in legs:
        ledger.book(
            member_id,
            kind="merge",
            from_account=from_account,
            to_account=to_account,
            amount=debt,
            source=f"{source}:{leg}",
            now=now,
        )
