"""What we do with points: earn, spend, look; and, from their own rooms, reverse, move and expire.

Callers hold a transaction; every writer locks the member's account first. Reasons: docs/domain/points.md.
"""

from datetime import datetime

from sqlalchemy import select

from app import clock
from app.extensions import db
from app.models import PointsEntry
from app.paging import Page, cut
from app.rules import lots as lot_rules
from app.services import programmes
from app.services.points_expiry import expire_due
from app.services.points_ledger import (
    Receipt,
    add_lot,
    book,
    find_receipt,
    lock_account,
    open_lots,
    settle,
    take_lots,
)
from app.services.points_moves import move_all
from app.services.points_reversals import reverse, reverse_if_booked
from app.statements import points as statements

__all__ = [
    "Receipt",
    "earn",
    "expire_due",
    "list_entries",
    "lock_account",
    "move_all",
    "reverse",
    "reverse_if_booked",
    "spend",
    "spendable",
]


def earn(member_id: int, *, amount: int, source: str, now: datetime) -> Receipt:
    """Credit `amount` whole points with the programme's expiry; a debt is settled from them at once.

    A repeat of `source` changes nothing and returns the first receipt.
    """
    account = lock_account(member_id)
    booked = find_receipt(member_id, source)
    if booked is not None:
        return booked
    programme = programmes.get()
    on = programmes.business_date(now)
    last_date = lot_rules.last_valid_date(on, months=12)
    expires_at = clock.business_day_bounds(last_date, zone=programme.zone, cut_over_hour=programme.cut_over_hour)[1]
    receipt = book(
        member_id, kind="earn", from_account="issue", to_account="member", amount=amount, source=source, now=now
    )
    add_lot(member_id, entry_id=receipt.entry_id, amount=amount, earned_at=now, expires_at=expires_at)
    if account.points_owed:
        settle(member_id, owed=account.points_owed, because=receipt.entry_id, now=now)
    return receipt


def spend(member_id: int, *, amount: int, source: str, now: datetime) -> Receipt:
    """Take `amount` points, soonest-expiring first. Raises InsufficientPoints: never a part of it."""
    lock_account(member_id)
    booked = find_receipt(member_id, source)
    if booked is not None:
        return booked
    takes = lot_rules.take(open_lots(member_id, now=now), amount=amount)
    receipt = book(
        member_id, kind="spend", from_account="member", to_account="spend", amount=amount, source=source, now=now
    )
    take_lots(member_id, entry_id=receipt.entry_id, takes=takes)
    return receipt


def spendable(member_id: int, *, now: datetime) -> int:
    """Points the member can spend now: lots past their expiry are gone, whether or not the tick has booked it."""
    return int(db.session.scalar(statements.SPENDABLE, {"member_id": member_id, "now": now}) or 0)


def list_entries(member_id: int, *, after: tuple[int] | None, limit: int) -> Page[PointsEntry]:
    """The statement, newest first; `after` is the seq of the last entry seen."""
    query = (
        select(PointsEntry).where(PointsEntry.member_id == member_id).order_by(PointsEntry.seq.desc()).limit(limit + 1)
    )
    if after is not None:
        query = query.where(PointsEntry.seq < after[0])
    return cut(db.session.scalars(query).all(), limit, lambda entry: (entry.seq,))
