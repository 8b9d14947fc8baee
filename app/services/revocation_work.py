"""Working off revocations and their undoing: a chunk of members in one transaction. docs/domain/issue-runs.md

A chunk is found by what is still to be done, not by a count, so a repeat after a crash does the rest and no more.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from app.actor import Actor
from app.extensions import db
from app.models import Revocation
from app.services import audit
from app.statements import revocations as statements


@dataclass(frozen=True)
class Chunk:
    """Copies revoked and given back; `has_more`: call again."""

    revoked: int = 0
    restored: int = 0
    has_more: bool = False


def list_live() -> list[int]:
    """Revocations with work to do, or that wait for holds to end."""
    live = select(Revocation.id).where(Revocation.state.in_(("working", "undoing"))).order_by(Revocation.id)
    return list(db.session.scalars(live))


def advance(revocation_id: int, *, now: datetime, limit: int) -> Chunk:
    """Take back (or give back) the copies of the next `limit` members; marks the revocation done when none is left.

    Lock order: the members' accounts ascending, the revocation, the coupons.
    """
    seen = db.session.get(Revocation, revocation_id, populate_existing=True)
    if seen is None or seen.state not in ("working", "undoing"):
        return Chunk()
    state, after_id = seen.state, seen.after_id
    members, is_new = _next(seen, now=now, limit=limit)
    db.session.execute(statements.LOCK, {"member_ids": members})
    row = db.session.get_one(Revocation, revocation_id, with_for_update=True, populate_existing=True)
    if row.state != state or row.after_id != after_id:
        # Another worker or an undo was here meanwhile: look afresh.
        return Chunk(has_more=row.state in ("working", "undoing"))
    if not members:
        return _end(row, now=now)
    values = {**_keys(row), "member_ids": members, "now": now}
    if state == "undoing":
        restored = db.session.scalars(statements.GIVE_BACK, values).all().count("revoked")
        row.restored += restored
        return Chunk(restored=restored, has_more=True)
    statement = statements.TAKE[row.scope] if is_new else statements.TAKE_WAITING
    revoked = db.session.scalars(statement, values).all().count("revoked")
    row.revoked += revoked
    if is_new:
        row.after_id = members[-1]
    return Chunk(revoked=revoked, has_more=True)


def _keys(row: Revocation) -> dict[str, int | None]:
    return {"id": row.id, "batch_id": row.batch_id, "issue_run_id": row.issue_run_id}


def _next(row: Revocation, *, now: datetime, limit: int) -> tuple[list[int], bool]:
    """Whose turn it is, and whether their copies are met for the first time."""
    values = {**_keys(row), "now": now, "limit": limit}
    if row.state == "undoing":
        return list(db.session.scalars(statements.NEXT_TAKEN, values)), False
    found = list(db.session.scalars(statements.NEXT[row.scope], {**values, "after_id": row.after_id}))
    if found:
        return found, True
    found = list(db.session.scalars(statements.NEXT_WAITING, values))
    if found or db.session.scalar(statements.IS_WAITING, values):
        return found, False
    # Before the end, once more from the start: a merge or a friend's gift may have taken a copy behind the cursor.
    return list(db.session.scalars(statements.NEXT[row.scope], {**values, "after_id": 0})), True


def _end(row: Revocation, *, now: datetime) -> Chunk:
    """Nothing left to do now: over, unless copies are still promised to visits."""
    if row.state == "working" and db.session.scalar(statements.IS_WAITING, {"id": row.id, "now": now}):
        return Chunk()
    if row.state == "working":
        row.state, row.finished_at = "done", now
    else:
        row.state = "undone"
    details = {"state": row.state, "revoked": row.revoked, "restored": row.restored}
    audit.record(
        "revocation.finish",
        actor=Actor.system(),
        object_kind="revocation",
        object_id=row.id,
        details=details,
        now=now,
    )
    return Chunk()
