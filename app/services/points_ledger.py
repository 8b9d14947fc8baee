"""The ledger's building blocks: lock, look up, book, open lots, take from lots, settle a debt.

Only the points services use these. Callers hold a transaction and the member's account lock.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from app.errors import NotFound
from app.extensions import db
from app.models import MemberAccount, PointsEntry
from app.rules import lots as lot_rules
from app.rules.lots import LotTake, OpenLot
from app.services import programmes
from app.statements import points as statements


@dataclass(frozen=True)
class Receipt:
    """One booked entry; `is_new` is False when the same source had booked it before."""

    entry_id: int
    amount: int
    balance_after: int
    is_new: bool


def lock_account(member_id: int) -> MemberAccount:
    """Lock the member's account row for this transaction and read it afresh. Raises NotFound."""
    account = db.session.get(MemberAccount, member_id, with_for_update=True, populate_existing=True)
    if account is None:
        raise NotFound(kind="member")
    return account


def find_receipt(member_id: int, source: str) -> Receipt | None:
    """The entry a source booked, as the receipt of a repeat."""
    row = db.session.execute(
        select(PointsEntry.id, PointsEntry.amount, PointsEntry.balance_after).where(
            PointsEntry.member_id == member_id, PointsEntry.source == source
        )
    ).first()
    return None if row is None else Receipt(row.id, row.amount, row.balance_after, is_new=False)


def book(
    member_id: int,
    *,
    kind: str,
    from_account: str,
    to_account: str,
    amount: int,
    source: str,
    now: datetime,
    reverses_id: int | None = None,
) -> Receipt:
    """Append one entry and move the running totals with it. The caller holds the account lock and moves the lots."""
    accounts = (from_account, to_account)
    row = db.session.execute(
        statements.BOOK,
        {
            "member_id": member_id,
            "delta": _change("member", accounts, amount),
            # `owed` is a debt: points leaving it make it larger.
            "owed_delta": -_change("owed", accounts, amount),
            "kind": kind,
            "from_account": from_account,
            "to_account": to_account,
            "amount": amount,
            "source": source,
            "reverses_id": reverses_id,
            "business_date": programmes.business_date(now),
            "now": now,
        },
    ).one()
    return Receipt(row[0], amount, row[1], is_new=True)


def _change(account: str, accounts: tuple[str, str], amount: int) -> int:
    return amount * ((accounts[1] == account) - (accounts[0] == account))


def add_lot(member_id: int, *, entry_id: int, amount: int, earned_at: datetime, expires_at: datetime | None) -> None:
    """Open a lot for points an entry brought."""
    values = {"member_id": member_id, "entry_id": entry_id, "amount": amount}
    db.session.execute(statements.ADD_LOT, {**values, "earned_at": earned_at, "expires_at": expires_at})


def open_lots(member_id: int, *, now: datetime) -> list[OpenLot]:
    """Lots with points left that have not expired at `now`."""
    rows = db.session.execute(statements.OPEN_LOTS, {"member_id": member_id, "now": now})
    return [OpenLot(row.id, row.remaining, row.expires_at) for row in rows]


def take_lots(member_id: int, *, entry_id: int, takes: list[LotTake]) -> None:
    """Take from lots on behalf of an entry, remembering which."""
    db.session.execute(
        statements.TAKE,
        {
            "member_id": member_id,
            "entry_id": entry_id,
            "lot_ids": [take.lot_id for take in takes],
            "amounts": [take.amount for take in takes],
        },
    )


def settle(member_id: int, *, owed: int, because: int, now: datetime) -> None:
    """Pay as much of a debt as the open lots allow; `because` is the entry that brought new points."""
    takes, missing = lot_rules.take_up_to(open_lots(member_id, now=now), amount=owed)
    paid = owed - missing
    if paid == 0:
        return
    receipt = book(
        member_id,
        kind="settle",
        from_account="member",
        to_account="owed",
        amount=paid,
        source=f"settle:{because}",
        now=now,
    )
    take_lots(member_id, entry_id=receipt.entry_id, takes=takes)
