"""Working off imports, a chunk in a transaction: checking, making, undoing, forgetting. docs/domain/member-imports.md

A chunk is found by what is still to be done, so killed anywhere it goes on with exactly the rest; of two workers at one import
the second finds it locked and does nothing.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import or_, select

from app.actor import Actor
from app.extensions import db
from app.models import MemberImport
from app.services import (
    audit,
    member_import_checks,
    member_import_making,
    member_import_undoing,
    member_imports,
)
from app.services.member_imports import Vault
from app.statements import member_imports as statements

# Nobody waits longer with somebody's list of customers: what is neither begun nor stopped by then is stopped.
KEPT_FOR: Final = timedelta(days=14)
WORKING: Final = ("checking", "running", "undoing")
OVER: Final = ("done", "stopped", "undone")
# Lines forgotten in one statement.
FORGET_AT_ONCE: Final = 5_000


@dataclass
class Chunk:
    """What was done, by name; `has_more`: call again."""

    counts: Counter[str] = field(default_factory=Counter)
    has_more: bool = False


def list_live() -> list[int]:
    """Imports with work to do, or with something to forget."""
    over = MemberImport.state.in_(OVER) & MemberImport.erased_at.is_(None)
    query = select(MemberImport.id).where(or_(MemberImport.state.in_(WORKING), over)).order_by(MemberImport.id)
    return list(db.session.scalars(query))


def stop_forgotten(*, now: datetime) -> int:
    """Stop imports that nobody began or ended in time; returns how many."""
    rows = db.session.scalars(
        select(MemberImport)
        .where(MemberImport.state.in_(("checked", "paused")), MemberImport.created_at < now - KEPT_FOR)
        .with_for_update(skip_locked=True)
    ).all()
    for row in rows:
        member_imports.end(row, actor=Actor.system(), now=now)
    return len(rows)


def advance(import_id: int, *, limit: int, vault: Vault, now: datetime) -> Chunk:
    """The next lines of an import. Lock order: the import, then the accounts of members it made, ascending."""
    row = db.session.scalars(
        select(MemberImport)
        .where(MemberImport.id == import_id)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if row is None:
        return Chunk()
    if row.state == "checking":
        return _check(row, limit=limit, vault=vault, now=now)
    if row.state == "running":
        return _make(row, limit=limit, vault=vault, now=now)
    if row.state == "undoing":
        return _undo(row, limit=limit, now=now)
    if row.state in OVER and row.erased_at is None:
        return _forget(row, now=now)
    return Chunk()


def _check(row: MemberImport, *, limit: int, vault: Vault, now: datetime) -> Chunk:
    checked = member_import_checks.check_next(row, limit=limit, vault=vault, now=now)
    if checked == 0:
        row.state = "checked"
    return Chunk(Counter(checked=checked), has_more=checked > 0)


def _make(row: MemberImport, *, limit: int, vault: Vault, now: datetime) -> Chunk:
    made, skipped = member_import_making.make_next(row, limit=limit, vault=vault, now=now)
    if made + skipped:
        return Chunk(Counter(made=made, skipped=skipped), has_more=True)
    if member_imports.counts_of([row])[row.id].get("ready"):
        # Every one of them drew a number that is taken: the next draw will not.
        return Chunk(has_more=True)
    row.state, row.finished_at = "done", now
    _note(row, "finish", now=now)
    return Chunk(has_more=True)


def _undo(row: MemberImport, *, limit: int, now: datetime) -> Chunk:
    undone, kept = member_import_undoing.undo_next(row, limit=limit, now=now)
    if undone + kept:
        return Chunk(Counter(undone=undone, kept=kept), has_more=True)
    row.state = "undone"
    _note(row, "finish_undo", now=now)
    return Chunk()


def _forget(row: MemberImport, *, now: datetime) -> Chunk:
    result = db.session.execute(statements.FORGET, {"import_id": row.id, "limit": FORGET_AT_ONCE})
    forgotten = int(result.rowcount)  # type: ignore[attr-defined]
    if forgotten == 0:
        row.erased_at = now
    return Chunk(Counter(forgotten=forgotten), has_more=forgotten > 0)


def _note(row: MemberImport, verb: str, *, now: datetime) -> None:
    audit.record(
        f"member_import.{verb}",
        actor=Actor.system(),
        object_kind="member_import",
        object_id=row.id,
        details=member_imports.counts_of([row])[row.id],
        now=now,
    )
