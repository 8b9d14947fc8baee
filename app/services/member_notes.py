"""Service notes: what colleagues should know when they serve a member again. docs/domain/members.md"""

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, select

from app.actor import Actor
from app.errors import NotAllowed
from app.extensions import db
from app.models import MemberNote, Staff, Store
from app.paging import Page, cut
from app.services import audit, members


@dataclass(frozen=True, slots=True)
class Written:
    """A note, who wrote it, and at which store; None at the console."""

    note: MemberNote
    author: str
    store: str | None


def add(member_id: int, note: str, *, actor: Actor, now: datetime) -> Written:
    """Write a note on an active member. Raises NotFound, NotAllowed for anybody but staff.

    The audit says that there is one and how long it is: an erasure must be able to take the words away.
    """
    if actor.kind != "staff" or actor.id is None:
        raise NotAllowed
    member = members.get(member_id)
    row = MemberNote(member_id=member.id, note=note, store_id=actor.store_id, written_by_id=actor.id, written_at=now)
    db.session.add(row)
    db.session.flush()  # the audit names it
    audit.record(
        "member.note",
        actor=actor,
        object_kind="member",
        object_id=member.id,
        details={"note": str(row.public_id), "length": len(note)},
        now=now,
    )
    return get(row.public_id)


def get(public_id: uuid.UUID) -> Written:
    """A note that exists."""
    return Written(*db.session.execute(_written().where(MemberNote.public_id == public_id)).one())


def list_notes(member_id: int, *, after: tuple[int] | None, limit: int) -> Page[Written]:
    """A member's notes, newest first; `after` is the key of the last row seen."""
    query = _written().where(MemberNote.member_id == member_id).order_by(MemberNote.id.desc()).limit(limit + 1)
    if after is not None:
        query = query.where(MemberNote.id < after[0])
    rows = [Written(*row) for row in db.session.execute(query)]
    return cut(rows, limit, lambda row: (row.note.id,))


def _written() -> Select[MemberNote, str, str | None]:
    return (
        select(MemberNote, Staff.display_name, Store.name)
        .join(Staff, Staff.id == MemberNote.written_by_id)
        .outerjoin(Store, Store.id == MemberNote.store_id)
    )
