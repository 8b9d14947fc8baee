"""What we do with points: earn, spend, adjust, look; and, from their own rooms, hold, take back, move, expire and tell.

Callers hold a transaction; every writer locks the member's account first. Reasons: docs/domain/points.md.
"""

from datetime import datetime
from typing import Final

from app.errors import InvalidInput
from app.rules import lots as lot_rules
from app.services import points_holds
from app.services.points_expiry import expire_due, life
from app.services.points_holds import Hold, capture, hold, release, release_due
from app.services.points_ledger import (
    Booking,
    Receipt,
    book_lot,
    book_takes,
    check_amount,
    find_receipt,
    kept,
    lock_account,
    lock_kept,
    open_lots,
    settle,
)
from app.services.points_moves import end, move_all
from app.services.points_reversals import reverse, take_back
from app.services.points_statement import StatementLine, iter_statement, list_entries
from app.services.points_summary import PointsSummary, spendable, spendable_look, summary

# Ten years: nobody waits longer for what is theirs.
MAX_PENDING_DAYS: Final = 3_650

__all__ = [
    "Hold",
    "PointsSummary",
    "Receipt",
    "StatementLine",
    "adjust",
    "capture",
    "earn",
    "end",
    "expire_due",
    "hold",
    "iter_statement",
    "kept",
    "list_entries",
    "lock_account",
    "lock_kept",
    "move_all",
    "release",
    "release_due",
    "reverse",
    "spend",
    "spendable",
    "spendable_look",
    "summary",
    "take_back",
]


def earn(
    member_id: int,
    *,
    amount: int,
    source: str,
    now: datetime,
    occurred_at: datetime | None = None,
    rule_version_id: int | None = None,
    expiry: str | None = None,
    pending_days: int = 0,
    kind: str = "earn",
) -> Receipt:
    """Credit `amount` whole points; a debt is settled from them at once, pending or not.

    `expiry` are terms (rules/expiry_terms.py), the programme's when None, counted from the business date of `occurred_at`
    (`now` when None). Points cannot be spent before the business day `pending_days` later. A repeat of `source` changes
    nothing and returns the first receipt. Raises InvalidInput, ExpiryTermsInvalid, ClockBehind, NotFound.
    """
    check_amount(amount)
    if not 0 <= pending_days <= MAX_PENDING_DAYS:
        raise InvalidInput(field="pending_days", reason="out_of_range")
    points_holds.lock_account(member_id, now=now)
    earned_at = occurred_at or now
    lot = life(expiry, earned_at=earned_at, pending_days=pending_days, now=now)
    receipt = book_lot(
        Booking(
            member_id=member_id,
            kind=kind,
            from_account="adjust" if kind == "adjust" else "issue",
            to_account="member",
            amount=amount,
            source=source,
            now=now,
            occurred_at=earned_at,
            rule_version_id=rule_version_id,
        ),
        available_at=lot.available_at,
        expires_at=lot.expires_at,
    )
    if receipt.owed_after:
        settle(member_id, owed=receipt.owed_after, because=str(receipt.entry_id), now=now)
    return receipt


def spend(member_id: int, *, amount: int, source: str, now: datetime) -> Receipt:
    """Take `amount` points, soonest-expiring first, never pending or held ones.

    A repeat of `source` returns the first receipt. Raises InsufficientPoints: never a part of it. Also InvalidInput,
    ClockBehind, NotFound.
    """
    return _take(member_id, kind="spend", amount=amount, source=source, now=now)


def adjust(member_id: int, *, amount: int, source: str, now: datetime) -> Receipt:
    """Correct by hand: give points under the programme's expiry, or take them when `amount` is negative.

    Raises as `earn` and `spend` do: what is not there cannot be taken.
    """
    if amount < 0:
        return _take(member_id, kind="adjust", amount=-amount, source=source, now=now)
    return earn(member_id, amount=amount, source=source, now=now, kind="adjust")


def _take(member_id: int, *, kind: str, amount: int, source: str, now: datetime) -> Receipt:
    check_amount(amount)
    points_holds.lock_account(member_id, now=now)
    booked = find_receipt(member_id, source)
    if booked is not None:
        return booked
    takes = lot_rules.take(open_lots(member_id, now=now), amount=amount)
    return book_takes(
        Booking(
            member_id=member_id,
            kind=kind,
            from_account="member",
            to_account=kind,
            amount=amount,
            source=source,
            now=now,
        ),
        takes,
    )
