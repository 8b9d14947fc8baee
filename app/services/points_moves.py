"""When two members become one: every open lot comes over as it is, and a debt with it (I15)."""

from datetime import datetime

from app.extensions import db
from app.rules.lots import LotTake
from app.services import points_holds
from app.services import points_ledger as ledger
from app.services.points_expiry import expire_of
from app.services.points_ledger import Booking
from app.statements import points as statements


def move_all(from_member_id: int, to_member_id: int, *, source: str, now: datetime) -> int:
    """Move balance, lots and debt; returns the points moved. `source` names the merge and makes a repeat harmless.

    Holds of the member who leaves are given back first: what was promised to a bill of theirs is asked for anew. What is
    over or past for either ends before they are one: a tick that is late changes nothing (I14).
    """
    catch_up(from_member_id, to_member_id, now=now)
    return carry_over(from_member_id, to_member_id, source=source, now=now)


def catch_up(*member_ids: int, now: datetime) -> None:
    """Lock the accounts, end the holds whose time is over and book what expired. Raises ClockBehind, NotFound."""
    for member_id in sorted(set(member_ids)):
        account = points_holds.lock_account(member_id, now=now)
        ledger.check_clock(account, now=now)
        expire_of(member_id, now=now)


def carry_over(
    from_member_id: int, to_member_id: int, *, source: str, now: datetime, first: frozenset[int] = frozenset()
) -> int:
    """As `move_all`, for two who were caught up with; a debt takes the lots named in `first` before all others."""
    accounts = {member_id: ledger.lock_account(member_id) for member_id in sorted((from_member_id, to_member_id))}
    leaving, debt = accounts[from_member_id], accounts[from_member_id].points_owed
    if leaving.points_held:
        points_holds.release_all(from_member_id, now=now)
    moved = _move_lots(from_member_id, to_member_id, amount=leaving.points_balance, source=source, now=now)
    if debt:
        _move_debt(from_member_id, to_member_id, debt, source=source, now=now)
    owed = ledger.lock_account(to_member_id).points_owed
    if owed and (moved or debt):
        ledger.settle(to_member_id, owed=owed, because=source, now=now, first=first)
    return moved


def end(member_id: int, *, source: str, now: datetime) -> int:
    """Let all points run out when a membership ends for good, held and pending ones too; returns how many.

    They leave as expired, before their time: the member gave them up. Raises ClockBehind.
    """
    catch_up(member_id, now=now)
    if ledger.lock_account(member_id).points_held:
        points_holds.release_all(member_id, now=now)
    amount = ledger.lock_account(member_id).points_balance
    if amount:
        rows = db.session.execute(statements.REMAINING_LOTS, {"member_id": member_id})
        ledger.book_takes(
            Booking(
                member_id=member_id,
                kind="expire",
                from_account="member",
                to_account="expire",
                amount=amount,
                source=source,
                now=now,
            ),
            [LotTake(row.id, row.remaining) for row in rows],
        )
    return amount


def _move_lots(from_member_id: int, to_member_id: int, *, amount: int, source: str, now: datetime) -> int:
    if amount == 0:
        return 0
    # Past ones too: they may have come back just now, and what is owed over there takes them before they expire.
    rows = db.session.execute(statements.REMAINING_LOTS, {"member_id": from_member_id})
    out = ledger.book_takes(
        Booking(
            member_id=from_member_id,
            kind="merge",
            from_account="member",
            to_account="merge",
            amount=amount,
            source=f"{source}:out",
            now=now,
        ),
        [LotTake(row.id, row.remaining) for row in rows],
    )
    if not out.is_new:
        return 0
    into = ledger.book(
        Booking(
            member_id=to_member_id,
            kind="merge",
            from_account="merge",
            to_account="member",
            amount=amount,
            source=f"{source}:in",
            now=now,
        )
    )
    db.session.execute(
        statements.MOVE_LOTS,
        {
            "from_member_id": from_member_id,
            "out_entry_id": out.entry_id,
            "to_member_id": to_member_id,
            "entry_id": into.entry_id,
        },
    )
    return amount


def _move_debt(from_member_id: int, to_member_id: int, debt: int, *, source: str, now: datetime) -> None:
    legs = ((from_member_id, "merge", "owed", "debt_out"), (to_member_id, "owed", "merge", "debt_in"))
    for member_id, from_account, to_account, leg in legs:
        ledger.book(
            Booking(
                member_id=member_id,
                kind="merge",
                from_account=from_account,
                to_account=to_account,
                amount=debt,
                source=f"{source}:{leg}",
                now=now,
            )
        )
