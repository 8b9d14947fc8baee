"""Growth value: earned, taken back with a refund, moved in a merge. Never spent, never owed (I4, I12, I13).

Callers hold a transaction; every writer locks the member's account first, books, and settles the tier at once.
Reasons: docs/domain/tiers.md.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, select

from app.errors import ClockBehind, InsufficientPoints, ReversalAboveOriginal
from app.extensions import db
from app.models import GrowthEntry
from app.services import points, programmes, tiers
from app.statements import growth as statements

# A clock that went back by less is forgiven; by more, it has to catch up first.
CLOCK_RETRY_SECONDS = 60


def add(
    member_id: int,
    *,
    amount: int,
    source: str,
    now: datetime,
    occurred_at: datetime | None = None,
    rule_version_id: int | None = None,
) -> None:
    """Credit growth and move up at once when a rung is reached. A repeat of `source`, or nothing to add, changes nothing.

    It counts for the business date of `occurred_at` (default: now), never for a day to come.
    """
    if amount <= 0:
        return
    points.lock_account(member_id)
    if _is_booked(member_id, source):
        return
    at = min(occurred_at or now, now)
    _book(
        member_id,
        kind="earn",
        delta=amount,
        source=source,
        counts_on=programmes.business_date(at),
        now=now,
        occurred_at=occurred_at,
        rule_version_id=rule_version_id,
    )
    tiers.settle(member_id, reason="growth", now=now)


def adjust(member_id: int, *, amount: int, source: str, now: datetime, is_told: bool = True) -> None:
    """Correct growth by hand, up or down, counting for today. A repeat of `source` changes nothing.

    `is_told` False: a tier that follows is neither announced nor rewarded.
    Raises InsufficientPoints when more is to be taken than there is.
    """
    account = points.lock_account(member_id)
    if amount == 0 or _is_booked(member_id, source):
        return
    if account.growth_value + amount < 0:
        raise InsufficientPoints(available=account.growth_value, requested=-amount)
    today = programmes.business_date(now)
    _book(member_id, kind="adjust", delta=amount, source=source, counts_on=today, now=now)
    lost = None if amount > 0 else (today, -amount)
    tiers.settle(member_id, reason="adjust", now=now, lost=lost, is_told=is_told)


def take_back(
    member_id: int, *, source: str, reversal_source: str, upto: int, now: datetime, is_told: bool = True
) -> int:
    """Take back what `source` credited until `upto` of it is gone in all; returns how much left now.

    Nothing was credited, as much is gone already, or `reversal_source` is a repeat: 0. Growth is never owed: what a
    correction took before is not there to be taken. Raises ReversalAboveOriginal.
    """
    original = _original(member_id, source)
    if original is None:
        return 0
    for locked in sorted({original.member_id, member_id}):
        points.lock_account(locked)
    if _is_booked(original.member_id, reversal_source):
        return 0
    # Read again under the lock: another refund may have been first.
    original = _original(member_id, source)
    assert original is not None  # noqa: S101 (entries do not go away)
    if upto > original.delta:
        raise ReversalAboveOriginal(original=original.delta, reversed=original.taken_back, requested=upto)
    amount: int = min(upto - original.taken_back, points.lock_account(member_id).growth_value)
    if amount <= 0:
        return 0
    _reverse(original, member_id, amount=amount, source=reversal_source, now=now)
    tiers.settle(member_id, reason="reversal", now=now, lost=(original.counts_on, amount), is_told=is_told)
    return amount


def move_all(from_member_id: int, to_member_id: int, *, source: str, now: datetime) -> int:
    """Move all growth when two members become one, each date's as its own; returns how much. A repeat finds nothing.

    The kept member holds the better tier of the two, or what both together qualify for.
    """
    for member_id in sorted((from_member_id, to_member_id)):
        points.lock_account(member_id)
    db.session.flush()  # the statement goes past the session
    amount = db.session.scalar(
        statements.MOVE_ALL,
        {
            "giver": from_member_id,
            "taker": to_member_id,
            "source": source,
            "business_date": programmes.business_date(now),
            "now": now,
        },
    )
    tiers.unite(from_member_id, to_member_id, now=now)
    return int(amount or 0)


def end(member_id: int, *, source: str, now: datetime) -> int:
    """Take all growth, and the tier with it, when a membership ends for good; returns how much. A repeat finds nothing."""
    amount = points.lock_account(member_id).growth_value
    if amount and not _is_booked(member_id, source):
        today = programmes.business_date(now)
        _book(member_id, kind="adjust", delta=-amount, source=source, counts_on=today, now=now)
    tiers.end(member_id, now=now)
    return int(amount)


def _reverse(original: Row[Any], holder_id: int, *, amount: int, source: str, now: datetime) -> None:
    """Book the reversal where the original stands; growth of a merged member is brought back from the kept one first."""
    day = {"counts_on": original.counts_on, "now": now}
    if original.member_id != holder_id:
        _book(holder_id, kind="merge", delta=-amount, source=f"{source}:out", **day)
        _book(original.member_id, kind="merge", delta=amount, source=f"{source}:in", **day)
    _book(
        original.member_id,
        kind="reverse",
        delta=-amount,
        source=source,
        reverses_id=original.id,
        rule_version_id=original.rule_version_id,
        **day,
    )


def _original(member_id: int, source: str) -> Row[Any] | None:
    return db.session.execute(statements.ORIGINAL, {"member_id": member_id, "source": source}).first()


def _is_booked(member_id: int, source: str) -> bool:
    found = select(GrowthEntry.id).where(GrowthEntry.member_id == member_id, GrowthEntry.source == source)
    return db.session.scalar(found) is not None


def _book(
    member_id: int,
    *,
    kind: str,
    delta: int,
    source: str,
    counts_on: date,
    now: datetime,
    occurred_at: datetime | None = None,
    rule_version_id: int | None = None,
    reverses_id: int | None = None,
) -> None:
    booked = db.session.execute(
        statements.BOOK,
        {
            "member_id": member_id,
            "kind": kind,
            "delta": delta,
            "source": source,
            "rule_version_id": rule_version_id,
            "reverses_id": reverses_id,
            "business_date": programmes.business_date(now),
            "counts_on": counts_on,
            "occurred_at": occurred_at or now,
            "now": now,
        },
    ).first()
    if booked is None:
        raise ClockBehind(retry_after_seconds=CLOCK_RETRY_SECONDS)
