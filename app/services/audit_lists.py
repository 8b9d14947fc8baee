"""The audit as it is read: newest first, by who acted, what was done, to what, when and at which stores; sealed or not (I17).

What a page costs follows the rows it passes, never the age of the audit.
"""

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import and_, or_, select

from app.extensions import db
from app.models import AuditEntry, AuditSealEntry, Staff, Store
from app.paging import MAX_LIMIT, Page, cut, walk
from app.services import audit_objects, audit_seals
from app.services.audit_seals import OVERLAP_IDS, Head
from app.statements import audit_lists as statements

# More kinds of change than the programme knows.
MOST_ACTIONS: Final = 300
MOST_WAITING: Final = 10_000


@dataclass(frozen=True, kw_only=True)
class Sight:
    """What somebody may see who does not oversee everything: what happened at these stores, and what they did themselves."""

    staff_id: int
    store_ids: Sequence[int]


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Which rows: what is None is not asked for. `[starts_at, ends_at)`; `store_id` is an internal key."""

    action: str | None = None
    actor_kind: str | None = None
    actor_id: uuid.UUID | None = None
    object_kind: str | None = None
    object_id: uuid.UUID | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    store_id: int | None = None
    sight: Sight | None = None


@dataclass(frozen=True, kw_only=True)
class AuditRow:
    """One entry; the person of the staff who acted (None for members and the system), its thing, its store and its block."""

    entry: AuditEntry
    actor: Staff | None
    store: Store | None
    object_id: uuid.UUID | None
    block_no: int | None


@dataclass(frozen=True)
class Seal:
    """The newest block (None before the first), and the rows that wait for the next one (counted up to MOST_WAITING)."""

    head: Head | None
    waiting: int


def list_entries(wanted: Wanted, *, after: tuple[int] | None, limit: int) -> Page[AuditRow]:
    """A page; `after` is the id of the last row seen. Raises NotFound for a person or thing nobody knows."""
    query = _selection().where(*_conditions(wanted)).order_by(AuditEntry.id.desc()).limit(limit + 1)
    if after is not None:
        query = query.where(AuditEntry.id < after[0])
    page = cut(db.session.execute(query).all(), limit, lambda row: (row[0].id,))
    ids = audit_objects.public_ids((row[0].object_kind, row[0].object_id) for row in page.items)
    return page.map(lambda row: _row(row, ids))


def iter_entries(wanted: Wanted) -> Iterator[AuditRow]:
    """All of them, read page by page."""
    return walk(lambda after: list_entries(wanted, after=after, limit=MAX_LIMIT))


def actions() -> list[str]:
    """Every action that was ever recorded, by name."""
    return list(db.session.scalars(statements.ACTIONS, {"limit": MOST_ACTIONS}))


def seal() -> Seal:
    """How far the chain is."""
    return Seal(audit_seals.find_head(), int(db.session.scalar(statements.WAITING, {"limit": MOST_WAITING}) or 0))


def _selection() -> Any:
    by_staff = and_(AuditEntry.actor_kind == "staff", Staff.id == AuditEntry.actor_id)
    return (
        select(AuditEntry, Staff, Store, AuditSealEntry.block_no)
        .outerjoin(Staff, by_staff)
        .outerjoin(Store, Store.id == AuditEntry.store_id)
        .outerjoin(AuditSealEntry, AuditSealEntry.entry_id == AuditEntry.id)
    )


def _conditions(wanted: Wanted) -> list[Any]:
    found: list[Any] = [*_in_period(wanted)]
    if wanted.action is not None:
        found.append(AuditEntry.action == wanted.action)
    if wanted.actor_kind is not None:
        found.append(AuditEntry.actor_kind == wanted.actor_kind)
    if wanted.actor_id is not None:
        acted = audit_objects.get("staff", wanted.actor_id)
        found += [AuditEntry.actor_kind == "staff", AuditEntry.actor_id == acted]
    if wanted.object_kind is not None:
        found.append(AuditEntry.object_kind == wanted.object_kind)
        if wanted.object_id is not None:
            found.append(AuditEntry.object_id == audit_objects.get(wanted.object_kind, wanted.object_id))
    if wanted.store_id is not None:
        found.append(AuditEntry.store_id == wanted.store_id)
    if wanted.sight is not None:
        found.append(_in_sight(wanted.sight))
    return found


def _in_sight(sight: Sight) -> Any:
    own = and_(AuditEntry.actor_kind == "staff", AuditEntry.actor_id == sight.staff_id)
    return or_(AuditEntry.store_id.in_(sight.store_ids), own)


def _in_period(wanted: Wanted) -> Iterator[Any]:
    """By the instant, and by where it lies among the keys: the primary key carries the list."""
    if wanted.starts_at is not None:
        yield AuditEntry.recorded_at >= wanted.starts_at
        yield AuditEntry.id >= _key_at(wanted.starts_at) - OVERLAP_IDS
    if wanted.ends_at is not None:
        yield AuditEntry.recorded_at < wanted.ends_at
        yield AuditEntry.id < _key_at(wanted.ends_at) + OVERLAP_IDS


def _key_at(at: datetime) -> int:
    return int(db.session.scalar(statements.SINCE, {"at": at}) or 0)


def _row(row: Any, ids: dict[tuple[str, int], uuid.UUID]) -> AuditRow:
    entry, person, store, block_no = row
    return AuditRow(
        entry=entry,
        actor=person,
        store=store,
        object_id=ids.get((entry.object_kind, entry.object_id)),
        block_no=block_no,
    )
