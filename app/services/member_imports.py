"""Members from a file: kept sealed, looked at line by line before anything is made, begun by a person, worked off by a tick.

Every step is taken on the import's locked row, so two people cannot both take it. docs/domain/member-imports.md
"""

import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any, Final, Protocol

from sqlalchemy import select

from app.actor import Actor
from app.errors import ImportEmpty, ImportHasFaults, ImportStateConflict, NotFound, SecondPersonNeeded
from app.extensions import db
from app.models import Member, MemberImport, MemberImportLine, Staff
from app.models.member_import import LINE_STATES
from app.paging import Page, cut
from app.rules import import_file
from app.services import alone_limits, audit, programmes
from app.statements import member_imports as statements

ROWS_AT_ONCE: Final = 1_000
ENDED: Final = ("done", "stopped")


class Vault(Protocol):
    """The part of the vault that sealed lines need."""

    def encrypt(self, plaintext: str, *, context: str) -> bytes: ...

    def decrypt(self, blob: bytes, *, context: str) -> str: ...

    def blind_index(self, value: str, *, purpose: str) -> bytes: ...


@dataclass(frozen=True)
class Told:
    """An import, its lines by what became of them, and who uploaded and began it."""

    row: MemberImport
    counts: dict[str, int]
    created_by: str
    started_by: str | None


@dataclass(frozen=True)
class LineTold:
    """A line and the member it made, by public id."""

    line: MemberImportLine
    member_public_id: uuid.UUID | None


def context(import_id: int, line: int) -> str:
    """Ties a sealed line to its place."""
    return f"member_import:{import_id}:{line}"


def upload(
    content: bytes,
    *,
    file_name: str,
    consent_source: str,
    consent_version: str,
    vault: Vault,
    actor: Actor,
    now: datetime,
) -> MemberImport:
    """Keep a file's lines, each sealed, to be checked by the tick; nobody is made yet. Raises ImportUnreadable."""
    sheet = import_file.read(content)
    row = MemberImport(
        file_name=file_name,
        encoding=sheet.encoding,
        columns=list(sheet.columns),
        ignored=list(sheet.ignored),
        consent_source=consent_source,
        consent_version=consent_version,
        lines=1,
        created_by_id=actor.id,
        created_at=now,
    )
    db.session.add(row)
    db.session.flush()  # the lines and the audit row name its key
    row.lines = _keep(row.id, sheet, vault=vault)
    details = {"lines": row.lines, "columns": row.columns, "consent_source": consent_source}
    _audit("create", row, actor=actor, details={**details, "consent_version": consent_version}, now=now)
    return row


def start(public_id: uuid.UUID, *, skip_faulty: bool, actor: Actor, now: datetime) -> MemberImport:
    """Begin to make the members of the good lines.

    Raises NotFound, ImportStateConflict, ImportHasFaults unless `skip_faulty`, ImportEmpty, and SecondPersonNeeded when its
    points and growth are above what whoever uploaded it may give alone.
    """
    row = lock(public_id)
    require(row, "checked")
    counts = counts_of([row])[row.id]
    if not counts.get("ready"):
        raise ImportEmpty(known=counts.get("known", 0), faulty=counts.get("faulty", 0))
    if counts.get("faulty") and not skip_faulty:
        raise ImportHasFaults(faulty=counts["faulty"])
    needs_second, today = _is_above_limit(row, actor=actor, now=now), programmes.business_date(now)
    if needs_second and row.created_by_id == actor.id:
        raise SecondPersonNeeded
    # Together: nothing may be asked in between, or half of it would be written.
    row.state, row.needs_second = "running", needs_second
    row.started_by_id, row.started_at, row.started_on = actor.id, now, today
    details = {**counts, "points": row.ready_points, "growth": row.ready_growth, "skip_faulty": skip_faulty}
    _audit("start", row, actor=actor, details=details, now=now)
    return row


def pause(public_id: uuid.UUID, *, actor: Actor, now: datetime) -> MemberImport:
    """Rest after the chunk under way. Raises NotFound, ImportStateConflict."""
    return _turn(public_id, "running", "paused", verb="pause", actor=actor, now=now)


def resume(public_id: uuid.UUID, *, actor: Actor, now: datetime) -> MemberImport:
    """Go on with exactly the rest. Raises NotFound, ImportStateConflict."""
    return _turn(public_id, "paused", "running", verb="resume", actor=actor, now=now)


def stop(public_id: uuid.UUID, *, actor: Actor, now: datetime) -> MemberImport:
    """End it for good, also before it began; whom it has made stays. Raises NotFound, ImportStateConflict."""
    row = lock(public_id)
    require(row, "checking", "checked", "running", "paused")
    end(row, actor=actor, now=now)
    return row


def end(row: MemberImport, *, actor: Actor, now: datetime) -> None:
    """Stop a locked import that has not ended."""
    row.state, row.finished_at = "stopped", now
    _audit("stop", row, actor=actor, details=counts_of([row])[row.id], now=now)


def undo(public_id: uuid.UUID, *, reason: str, actor: Actor, now: datetime) -> MemberImport:
    """Take back whom it made and nobody has touched since. Raises NotFound, ImportStateConflict also when it made nobody."""
    row = lock(public_id)
    require(row, *ENDED)
    if row.started_at is None:
        raise ImportStateConflict(state=row.state)
    row.state, row.undone_by_id, row.undone_at, row.undo_reason = "undoing", actor.id, now, reason
    _audit("undo", row, actor=actor, details={**counts_of([row])[row.id], "reason": reason}, now=now)
    return row


def lock(public_id: uuid.UUID) -> MemberImport:
    """An import, as it is now; a chunk under way is waited for. Raises NotFound."""
    query = select(MemberImport).where(MemberImport.public_id == public_id).with_for_update()
    row = db.session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    if row is None:
        raise NotFound(kind="member_import")
    return row


def require(row: MemberImport, *states: str) -> None:
    """Raises ImportStateConflict."""
    if row.state not in states:
        raise ImportStateConflict(state=row.state)


def get(public_id: uuid.UUID) -> MemberImport:
    """Raises NotFound."""
    query = select(MemberImport).where(MemberImport.public_id == public_id)
    row = db.session.scalar(query.execution_options(populate_existing=True))
    if row is None:
        raise NotFound(kind="member_import")
    return row


def tell(row: MemberImport) -> Told:
    """An import and how far it is."""
    return _told([row])[0]


def list_imports(*, after: tuple[int] | None, limit: int) -> Page[Told]:
    """Newest first; `after` is the key of the last row seen."""
    query = select(MemberImport).order_by(MemberImport.id.desc()).limit(limit + 1)
    if after is not None:
        query = query.where(MemberImport.id < after[0])
    page = cut(db.session.scalars(query).all(), limit, lambda row: (row.id,))
    return Page(_told(page.items), page.next_key)


def list_lines(row: MemberImport, *, states: Sequence[str], after: tuple[int] | None, limit: int) -> Page[LineTold]:
    """Lines in these states, in the file's order."""
    query = (
        select(MemberImportLine, Member.public_id)
        .outerjoin(Member, Member.id == MemberImportLine.member_id)
        .where(MemberImportLine.import_id == row.id, MemberImportLine.state.in_(states))
        .order_by(MemberImportLine.line)
        .limit(limit + 1)
    )
    if after is not None:
        query = query.where(MemberImportLine.line > after[0])
    found = [LineTold(*one) for one in db.session.execute(query.execution_options(populate_existing=True))]
    return cut(found, limit, lambda told: (told.line.line,))


def counts_of(rows: Sequence[MemberImport]) -> dict[int, dict[str, int]]:
    """By import: how many lines are in which state."""
    counts: dict[int, dict[str, int]] = {row.id: {} for row in rows}
    for found in db.session.execute(statements.COUNTS, {"import_ids": list(counts)}):
        counts[found.import_id][found.state] = found.n
    return counts


def _keep(import_id: int, sheet: import_file.Sheet, *, vault: Vault) -> int:
    total = 0
    while rows := list(islice(sheet.rows, ROWS_AT_ONCE)):
        values = {
            "import_id": import_id,
            "lines": [line for line, _ in rows],
            "ciphers": [
                vault.encrypt(json.dumps(cells, ensure_ascii=False), context=context(import_id, line))
                for line, cells in rows
            ],
        }
        db.session.execute(statements.KEEP, values)
        total += len(rows)
    if total == 0:
        raise import_file.empty()
    return total


def _is_above_limit(row: MemberImport, *, actor: Actor, now: datetime) -> bool:
    value = row.ready_points + row.ready_growth
    if value == 0 or actor.id is None:
        return False
    alone_limits.take_turn(actor.id)
    given = alone_limits.given_alone(actor.id, programmes.business_date(now))
    return given + value > programmes.get().adjustment_limit


def _turn(public_id: uuid.UUID, before: str, after: str, *, verb: str, actor: Actor, now: datetime) -> MemberImport:
    row = lock(public_id)
    require(row, before)
    row.state = after
    _audit(verb, row, actor=actor, details=counts_of([row])[row.id], now=now)
    return row


def _told(rows: Sequence[MemberImport]) -> list[Told]:
    counts = counts_of(rows)
    people = {row.created_by_id for row in rows} | {row.started_by_id for row in rows if row.started_by_id}
    names = dict(db.session.execute(select(Staff.id, Staff.display_name).where(Staff.id.in_(people))).all())
    return [
        Told(
            row=row,
            counts={state: counts[row.id].get(state, 0) for state in LINE_STATES},
            created_by=names[row.created_by_id],
            started_by=None if row.started_by_id is None else names[row.started_by_id],
        )
        for row in rows
    ]


def _audit(verb: str, row: MemberImport, *, actor: Actor, details: dict[str, Any], now: datetime) -> None:
    audit.record(
        f"member_import.{verb}",
        actor=actor,
        object_kind="member_import",
        object_id=row.id,
        details=details,
        now=now,
    )
