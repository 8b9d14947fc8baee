"""The ledger's building blocks: lock, look up, book (with a new lot, or taking from lots), open lots, settle a debt.

Only the points services use these. Callers hold a transaction and the member's account lock.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, NoReturn

from sqlalchemy import TextClause, func, select

from app.errors import ClockBehind, InvalidInput, NotFound
from app.extensions import db
from app.models import Member, MemberAccount, PointsEntry
from app.rules import lots as lot_rules
from app.rules.lots import LotTake, OpenLot
from app.services import programmes
from app.statements import points as statements

# No business event is worth more; a thousand thousand such still fit the column.
MAX_AMOUNT: Final = 10**12
CLOCK_TOLERANCE: Final = timedelta(minutes=5)
RETRY_AFTER_SECONDS: Final = 60


@dataclass(frozen=True)
class Receipt:
    """One booked entry; `is_new` is False when the same source had booked it before."""

    entry_id: int
    amount: int
    balance_after: int
    is_new: bool
    # The debt after a new entry; a repeat changes none and tells 0.
    owed_after: int = 0


@dataclass(frozen=True, kw_only=True)
class Booking:
    """An entry to be: whole points from one account to another. `occurred_at` is `now` unless told."""

    member_id: int
    kind: str
    from_account: str
    to_account: str
    amount: int
    source: str
    now: datetime
    occurred_at: datetime | None = None
    rule_version_id: int | None = None
    reverses_id: int | None = None

    def values(self) -> dict[str, Any]:
        """What the statements bind."""
        return {
            **vars(self),
            "occurred_at": self.occurred_at or self.now,
            "delta": self._change("member"),
            # `owed` is a debt: points leaving it make it larger.
            "owed_delta": -self._change("owed"),
            "business_date": programmes.business_date(self.now),
        }

    def _change(self, account: str) -> int:
        return self.amount * ((self.to_account == account) - (self.from_account == account))


def check_amount(amount: int, *, field: str = "amount") -> None:
    """Raises InvalidInput for what is not 1 to MAX_AMOUNT whole points."""
    if not 0 < amount <= MAX_AMOUNT:
        raise InvalidInput(field=field, reason="out_of_range")


def check_clock(account: MemberAccount, *, now: datetime) -> None:
    """Raises ClockBehind when this machine lies before the member's last booking."""
    if account.booked_at is not None and account.booked_at > now + CLOCK_TOLERANCE:
        refuse_clock()


def refuse_clock() -> NoReturn:
    """A statement's own look at the clock found it behind. Raises ClockBehind."""
    raise ClockBehind(retry_after_seconds=RETRY_AFTER_SECONDS)


def lock_account(member_id: int) -> MemberAccount:
    """Lock the member's account row for this transaction and read it afresh. Raises NotFound."""
    account = db.session.get(MemberAccount, member_id, with_for_update=True, populate_existing=True)
    if account is None:
        raise NotFound(kind="member")
    return account


def kept(member_id: int) -> int:
    """The member who stays for this one: itself, or whom it was merged into."""
    kept_id = db.session.scalar(select(func.coalesce(Member.merged_into_id, Member.id)).where(Member.id == member_id))
    return member_id if kept_id is None else kept_id


def lock_kept(member_id: int) -> int:
    """Lock the account of the member and of whoever stays for it, merges that come in while we wait included; returns whose.

    Out of order, so two may meet head on: the database tells one to come again.
    """
    while True:
        lock_account(member_id)
        kept_id = kept(member_id)
        if kept_id == member_id:
            return member_id
        member_id = kept_id


def find_receipt(member_id: int, source: str) -> Receipt | None:
    """The entry a source booked, as the receipt of a repeat."""
    row = db.session.execute(
        select(PointsEntry.id, PointsEntry.amount, PointsEntry.balance_after).where(
            PointsEntry.member_id == member_id, PointsEntry.source == source
        )
    ).first()
    return None if row is None else Receipt(row.id, row.amount, row.balance_after, is_new=False)


def book(booking: Booking) -> Receipt:
    """Append one entry and move the running totals with it; a repeat of its source changes nothing.

    The caller moves the lots. Raises ClockBehind.
    """
    return _receipt(statements.BOOK, booking.values())


def book_lot(booking: Booking, *, available_at: datetime | None, expires_at: datetime | None) -> Receipt:
    """As `book`, and open one lot for the points it brings."""
    return _receipt(statements.BOOK_LOT, {**booking.values(), "available_at": available_at, "expires_at": expires_at})


def book_takes(booking: Booking, takes: Sequence[LotTake]) -> Receipt:
    """As `book`, and take its points from lots, remembering which."""
    chosen = {"lot_ids": [take.lot_id for take in takes], "amounts": [take.amount for take in takes]}
    return _receipt(statements.BOOK_TAKES, {**booking.values(), **chosen})


def _receipt(statement: TextClause, values: dict[str, Any]) -> Receipt:
    row = db.session.execute(statement, values).one_or_none()
    if row is None:
        refuse_clock()
    return Receipt(row.id, row.amount, row.balance_after, row.is_new, row.owed_after)


def open_lots(member_id: int, *, now: datetime) -> list[OpenLot]:
    """Lots with points to spend at `now`: neither expired nor held nor pending."""
    rows = db.session.execute(statements.OPEN_LOTS, {"member_id": member_id, "now": now})
    return [OpenLot(row.id, row.free, row.expires_at) for row in rows]


def free_lots(member_id: int) -> list[OpenLot]:
    """Lots with points nobody holds, pending and past ones too: what a debt or an undo may take.

    The caller has caught up with expiry: past ones are those that came back just now.
    """
    rows = db.session.execute(statements.FREE_LOTS, {"member_id": member_id})
    return [OpenLot(row.id, row.free, row.expires_at) for row in rows]


def settle(member_id: int, *, owed: int, because: str, now: datetime, first: frozenset[int] = frozenset()) -> None:
    """Pay as much of a debt as the lots allow, pending and past ones too, those named in `first` before all others.

    `because` names what brought the points: an entry's id, "hold:<id>", or a merge. What came back past its expiry is set
    off against the debt before it is lost: nobody loses points and owes them as well.
    """
    takes, missing = lot_rules.take_up_to(free_lots(member_id), amount=owed, first=first)
    if takes:
        book_takes(
            Booking(
                member_id=member_id,
                kind="settle",
                from_account="member",
                to_account="owed",
                amount=owed - missing,
                source=f"settle:{because}",
                now=now,
            ),
            takes,
        )
