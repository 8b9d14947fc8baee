"""Undoing an import: whom it made and nobody has touched since is no member any more; the others stay, with the reason.

What was booked is booked back through the ledgers; rows of history stay under a number that names nobody.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, update

from app.extensions import db
from app.models import Member, MemberImport, MemberImportLine
from app.services import growth, points
from app.services.member_import_making import source_of
from app.statements import member_imports as statements


def undo_next(row: MemberImport, *, limit: int, now: datetime) -> tuple[int, int]:
    """Undo the next lines of a locked import: how many are undone, how many kept; 0, 0 at the end.

    The members' accounts are locked, ascending, before anybody asks what happened since.
    """
    lines = db.session.execute(
        select(MemberImportLine.line, MemberImportLine.member_id, MemberImportLine.points, MemberImportLine.growth)
        .where(MemberImportLine.import_id == row.id, MemberImportLine.state == "made")
        .order_by(MemberImportLine.line)
        .limit(limit)
    ).all()
    if not lines:
        return 0, 0
    ids = [line.member_id for line in lines]
    db.session.execute(statements.LOCK, {"member_ids": ids})
    found = db.session.execute(statements.TOUCHED, {"import_id": row.id, "member_ids": ids}).all()
    reasons = {one.member_id: one.reason for one in found}
    gone = [line for line in lines if reasons[line.member_id] is None]
    for line in gone:
        _book_back(row.id, line.line, member_id=line.member_id, has=(line.points, line.growth), now=now)
    _forget([line.member_id for line in gone])
    db.session.execute(
        statements.SETTLE,
        {
            "import_id": row.id,
            "expected": "made",
            "lines": [line.line for line in lines],
            "states": ["kept" if reasons[line.member_id] else "undone" for line in lines],
            "reasons": [reasons[line.member_id] for line in lines],
            "member_ids": ids,
        },
    )
    return len(gone), len(lines) - len(gone)


def _book_back(import_id: int, line: int, *, member_id: int, has: tuple[int, int], now: datetime) -> None:
    source, (of_points, of_growth) = source_of(import_id, line), has
    undo = f"undo:{source}"
    if of_points:
        points.reverse(member_id, source=source, reversal_source=undo, now=now)
    if of_growth:
        growth.take_back(member_id, source=source, reversal_source=undo, upto=of_growth, now=now, is_told=False)


def _forget(member_ids: Sequence[int]) -> None:
    """No member any more: the phone is free again, and nothing says who it was."""
    if not member_ids:
        return
    nothing = dict.fromkeys(
        ("phone_index", "phone_cipher", "phone_masked", "birth_month", "birth_day", "zone", "joined_store_id")
    )
    db.session.execute(
        update(Member)
        .where(Member.id.in_(member_ids))
        .values(status="erased", nickname="", code_secret_cipher=b"", **nothing)
        .execution_options(synchronize_session=False)
    )
    for statement in statements.LEFT:
        db.session.execute(statement, {"member_ids": list(member_ids)})
    for row in db.session.identity_map.values():
        if isinstance(row, Member) and row.id in set(member_ids):
            db.session.expire(row)
