"""Undoing what was booked: once, equal and opposite, with the original expiry restored (I13)."""

from datetime import datetime

from sqlalchemy import select

from app.errors import AlreadyReversed, NotFound
from app.extensions import db
from app.models import Member, PointsEntry
from app.rules import lots as lot_rules
from app.services import points_ledger as ledger
from app.services.points_expiry import expire_of
from app.services.points_moves import move_all
from app.statements import points as statements


def reverse(member_id: int, *, source: str, reversal_source: str, now: datetime) -> None:
    """Undo the entry booked under `source`.

    An earning is taken back from its own lot first, then from the soonest-expiring; what is missing becomes an explicit debt.
    A spending goes back to the very lots it came from. Repeating `reversal_source` changes nothing.
    Raises NotFound, or AlreadyReversed when another reversal was first.
    """
    if not reverse_if_booked(member_id, source=source, reversal_source=reversal_source, now=now):
        raise NotFound(kind="points_entry")


def reverse_if_booked(member_id: int, *, source: str, reversal_source: str, now: datetime) -> bool:
    """As `reverse`, but False when nothing was ever booked under `source` (a bill too small to earn)."""
    owner = _owner_of(member_id, source)
    if owner is None:
        return False
    for locked in sorted({owner, member_id}):
        ledger.lock_account(locked)
    original = _entry(owner, source)
    if ledger.find_receipt(owner, reversal_source) or ledger.find_receipt(owner, f"{reversal_source}:debt"):
        return True
    undone = select(PointsEntry.id).where(
        PointsEntry.member_id == original.member_id, PointsEntry.reverses_id == original.id
    )
    if db.session.scalar(undone.limit(1)):
        raise AlreadyReversed(kind="points")
    if original.to_account == "member":
        _take_back(original, reversal_source, now)
    else:
        _give_back(original, reversal_source, now)
    if owner != member_id:
        # The entry lives in the ledger of a member merged into this one: what the undo left there comes over.
        move_all(owner, member_id, source=reversal_source, now=now)
    return True


def _owner_of(member_id: int, source: str) -> int | None:
    merged = select(Member.id).where((Member.id == member_id) | (Member.merged_into_id == member_id))
    return db.session.scalar(
        select(PointsEntry.member_id).where(PointsEntry.source == source, PointsEntry.member_id.in_(merged)).limit(1)
    )


def _entry(member_id: int, source: str) -> PointsEntry:
    return db.session.execute(
        select(PointsEntry).where(PointsEntry.member_id == member_id, PointsEntry.source == source)
    ).scalar_one()


def _take_back(original: PointsEntry, source: str, now: datetime) -> None:
    member_id = original.member_id
    # A tick that is late must not cost the member: what is due expires first (I14).
    expire_of(member_id, now=now)
    own = db.session.execute(statements.ORIGINAL_LOTS, {"member_id": member_id, "entry_id": original.id}).all()
    # What expiry already took was lost to the member; asking for it again would take it twice.
    amount = original.amount - sum(int(row.expired) for row in own)
    takes, missing = lot_rules.take_up_to(
        ledger.open_lots(member_id, now=now), amount=amount, first=frozenset(row.id for row in own)
    )
    if amount > missing:
        receipt = ledger.book(
            member_id,
            kind="reverse",
            from_account="member",
            to_account=original.from_account,
            amount=amount - missing,
            source=source,
            reverses_id=original.id,
            now=now,
        )
        ledger.take_lots(member_id, entry_id=receipt.entry_id, takes=takes)
    if missing:
        ledger.book(
            member_id,
            kind="reverse",
            from_account="owed",
            to_account=original.from_account,
            amount=missing,
            source=f"{source}:debt",
            reverses_id=original.id,
            now=now,
        )


def _give_back(original: PointsEntry, source: str, now: datetime) -> None:
    member_id = original.member_id
    receipt = ledger.book(
        member_id,
        kind="reverse",
        from_account=original.to_account,
        to_account="member",
        amount=original.amount,
        source=source,
        reverses_id=original.id,
        now=now,
    )
    db.session.execute(statements.GIVE_BACK, {"member_id": member_id, "entry_id": original.id})
    owed = ledger.lock_account(member_id).points_owed
    if owed:
        ledger.settle(member_id, owed=owed, because=receipt.entry_id, now=now)
