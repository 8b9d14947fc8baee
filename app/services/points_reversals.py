"""Undoing what was booked, in parts or whole, never above the original, with the original expiry restored (I13)."""

from datetime import datetime

from sqlalchemy import ColumnElement, func, select

from app.errors import AlreadyReversed, Conflict, NotFound, ReversalAboveOriginal, RuleBroken
from app.extensions import db
from app.models import Member, PointsEntry
from app.rules import lots as lot_rules
from app.services import points_ledger as ledger
from app.services.points_ledger import Booking
from app.services.points_moves import carry_over, catch_up
from app.statements import points as statements

# What can be undone; the ledger's own moves cannot, and an undo is final.
REVERSIBLE = ("earn", "spend", "adjust")


def take_back(member_id: int, *, source: str, reversal_source: str, upto: int, now: datetime) -> int:
    """Take back points of the earning booked under `source`, so that `upto` of them are gone in all; returns how many now.

    What expiry already took counts as gone: it is not asked for again. Their own lots pay first, pending ones too, then the
    soonest-expiring; held ones never. What is missing becomes an explicit debt. A repeat of `reversal_source` changes nothing
    and returns the first number. Raises NotFound, ReversalAboveOriginal, InvalidInput, RuleBroken (not an earning), ClockBehind.
    """
    ledger.check_amount(upto, field="upto")
    original, kept_id = _lock(member_id, source)
    if original.kind not in REVERSIBLE or original.to_account != "member":
        raise RuleBroken(reason="not_an_earning")
    if upto > original.amount:
        raise ReversalAboveOriginal(original=original.amount, reversed=_reversed(original), requested=upto)
    known = _booked(original, reversal_source)
    return known or _take_back(original, kept_id, reversal_source=reversal_source, upto=upto, now=now)


def reverse(member_id: int, *, source: str, reversal_source: str, now: datetime) -> None:
    """Undo the entry booked under `source`, whole.

    An earning is taken back as by `take_back`; a spending goes back to the very lots it came from. Repeating
    `reversal_source` changes nothing. Raises NotFound, AlreadyReversed when other reversals left nothing to undo,
    RuleBroken when the entry is itself a reversal or a move of the ledger's own, ClockBehind.
    """
    original, kept_id = _lock(member_id, source)
    if original.kind not in REVERSIBLE:
        raise RuleBroken(reason="not_reversible")
    if _booked(original, reversal_source):
        return
    undone = _reversed(original)
    if original.to_account == "member":
        taken = _take_back(original, kept_id, reversal_source=reversal_source, upto=original.amount, now=now)
        if undone and not taken:
            raise AlreadyReversed(kind="points")
        return
    if undone:
        raise AlreadyReversed(kind="points")
    catch_up(original.member_id, kept_id, now=now)
    _give_back(original, reversal_source, now)
    if original.member_id != kept_id:
        # The entry lives in the ledger of a member merged into this one: what the undo left there comes over.
        carry_over(original.member_id, kept_id, source=reversal_source, now=now)


def _lock(member_id: int, source: str) -> tuple[PointsEntry, int]:
    """The entry, and the member who stays; the accounts of both are locked. Raises NotFound."""
    original = _find(member_id, source)
    if original is None:
        raise NotFound(kind="points_entry")
    kept_id = ledger.kept(member_id)
    for locked in sorted({original.member_id, kept_id}):
        ledger.lock_account(locked)
    return original, ledger.lock_kept(kept_id)


def _find(member_id: int, source: str) -> PointsEntry | None:
    # One look: a merge between two would move the family away from under the second.
    kept_id = select(func.coalesce(Member.merged_into_id, Member.id)).where(Member.id == member_id).scalar_subquery()
    family = select(Member.id).where((Member.id == kept_id) | (Member.merged_into_id == kept_id))
    return db.session.scalars(
        select(PointsEntry).where(PointsEntry.source == source, PointsEntry.member_id.in_(family)).limit(1)
    ).first()


def _booked(original: PointsEntry, reversal_source: str) -> int:
    """Points already taken under a reversal source, debt included."""
    return _reversed(original, PointsEntry.source.in_((reversal_source, f"{reversal_source}:debt")))


def _reversed(original: PointsEntry, *under: ColumnElement[bool]) -> int:
    query = select(func.sum(PointsEntry.amount)).where(
        PointsEntry.member_id == original.member_id, PointsEntry.reverses_id == original.id, *under
    )
    return int(db.session.scalar(query) or 0)


def _take_back(original: PointsEntry, kept_id: int, *, reversal_source: str, upto: int, now: datetime) -> int:
    owner_id = original.member_id
    # A tick that is late must not cost the member: what is due ends or expires first (I14).
    catch_up(owner_id, kept_id, now=now)
    own = db.session.execute(statements.ROOT_LOTS, {"member_id": owner_id, "entry_id": original.id}).all()
    # What expiry already took was lost to the member; asking for it again would take it twice.
    amount = upto - sum(int(row.expired) for row in own) - _reversed(original)
    if amount <= 0:
        return 0
    missing = _take(original, {row.id for row in own}, amount=amount, source=reversal_source, now=now)
    if missing:
        _book(original, from_account="owed", amount=missing, source=f"{reversal_source}:debt", now=now)
    if owner_id != kept_id:
        # The entry lives in the ledger of a member merged into this one: its points, and so the debt, are over there.
        own_there = frozenset(row.id for row in own if row.member_id == kept_id)
        carry_over(owner_id, kept_id, source=reversal_source, now=now, first=own_there)
    return amount


def _take(original: PointsEntry, own: set[int], *, amount: int, source: str, now: datetime) -> int:
    """Take what the lots of the entry's own ledger have; returns what is missing."""
    lots = ledger.free_lots(original.member_id)
    takes, missing = lot_rules.take_up_to(lots, amount=amount, first=frozenset(own))
    if takes:
        booking = _reversal(original, from_account="member", amount=amount - missing, source=source, now=now)
        _refuse_reused(ledger.book_takes(booking, takes))
    return missing


def _give_back(original: PointsEntry, source: str, now: datetime) -> None:
    member_id = original.member_id
    receipt = _book(original, from_account=original.to_account, amount=original.amount, source=source, now=now)
    db.session.execute(statements.GIVE_BACK, {"member_id": member_id, "entry_id": original.id})
    if receipt.owed_after:
        ledger.settle(member_id, owed=receipt.owed_after, because=str(receipt.entry_id), now=now)


def _book(original: PointsEntry, *, from_account: str, amount: int, source: str, now: datetime) -> ledger.Receipt:
    receipt = ledger.book(_reversal(original, from_account=from_account, amount=amount, source=source, now=now))
    _refuse_reused(receipt)
    return receipt


def _refuse_reused(receipt: ledger.Receipt) -> None:
    """The source has booked something else already: nothing was undone under it."""
    if not receipt.is_new:
        raise Conflict(constraint="uq_points_entry_member_id_source")


def _reversal(original: PointsEntry, *, from_account: str, amount: int, source: str, now: datetime) -> Booking:
    gives_back = original.to_account != "member"
    return Booking(
        member_id=original.member_id,
        kind="reverse",
        from_account=from_account,
        to_account="member" if gives_back else original.from_account,
        amount=amount,
        source=source,
        now=now,
        reverses_id=original.id,
        rule_version_id=original.rule_version_id,
    )
