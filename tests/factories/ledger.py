"""The points ledger as tests look at it: running totals, lots, entries, and every check of `flask verify` about it."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, text

from app.extensions import db
from app.models import MemberAccount, PointsEntry, PointsLot
from app.services import points
from app.statements.verify import points as checks


def totals(member_id: int) -> tuple[int, int, int]:
    """(balance, owed, held) as the account has them."""
    account = db.session.get_one(MemberAccount, member_id, populate_existing=True)
    return account.points_balance, account.points_owed, account.points_held


def lots(member_id: int) -> Sequence[PointsLot]:
    """Every lot, oldest first."""
    query = select(PointsLot).where(PointsLot.member_id == member_id).order_by(PointsLot.id)
    return db.session.scalars(query.execution_options(populate_existing=True)).all()


def entries(member_id: int) -> list[tuple[str, str, str, int]]:
    """(kind, from, to, amount) in booking order."""
    query = select(PointsEntry).where(PointsEntry.member_id == member_id).order_by(PointsEntry.seq)
    return [(row.kind, row.from_account, row.to_account, row.amount) for row in db.session.scalars(query)]


def everything() -> tuple[object, ...]:
    """All that a refused command must leave as it was."""
    tables = ("points_entry", "points_lot", "points_lot_use", "points_hold", "points_hold_lot", "member_account")
    return tuple(
        tuple(db.session.execute(text(f"SELECT * FROM {table} ORDER BY 1, 2")).all())  # noqa: S608
        for table in tables
    )


def earn(member_id: int, amount: int, *, now: datetime, source: str = "start", expiry: str | None = None) -> int:
    """Earn and return the entry's id."""
    return points.earn(member_id, amount=amount, source=source, now=now, expiry=expiry).entry_id


def assert_clean() -> None:
    """The ledger keeps every invariant, now and at commit."""
    db.session.flush()
    db.session.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
    db.session.execute(text("SET CONSTRAINTS ALL DEFERRED"))
    broken = {
        name: rows for name, (_, query) in checks.CHECKS.items() if (rows := db.session.execute(text(query)).all())
    }
    assert broken == {}
