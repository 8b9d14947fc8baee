"""Lists of members named one by one, by public id or by phone: the audience of a batch or of an issue run.

A phone arrives here as its blind index only. docs/domain/issue-runs.md
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, or_, select
from sqlalchemy.dialects.postgresql import insert

from app.actor import Actor
from app.errors import MemberListFollows, MemberListInUse, NotFound
from app.extensions import db
from app.models import IssueRun, Member, MemberList, MemberListEntry, Segment, SegmentList
from app.paging import Page, cut
from app.services import audit, named_rows

# By which a line names a member: a public id, or the blind index of a phone.
Named = uuid.UUID | bytes


@dataclass(frozen=True)
class Counted:
    """A list, how many members are on it, and the segment it follows, if it does."""

    members: MemberList
    entries: int
    segment_public_id: uuid.UUID | None = None


@dataclass(frozen=True)
class Changed:
    """`changed`: entries added or removed; `unchanged`: lines that were so already; `unknown`: lines that name nobody."""

    changed: int
    unchanged: int
    unknown: list[int]


def create(name: str, *, actor: Actor, now: datetime) -> MemberList:
    """An empty list. Raises NameTaken."""
    row = MemberList(name=name, created_by_id=actor.id if actor.kind == "staff" else None, created_at=now)
    named_rows.add(row, unique="uq_member_list_name")
    _audit("create", row, actor=actor, details={"name": name}, now=now)
    return row


def get_by_public_id(public_id: uuid.UUID) -> MemberList:
    """Raises NotFound."""
    row = db.session.scalar(select(MemberList).where(MemberList.public_id == public_id))
    if row is None:
        raise NotFound(kind="member_list")
    return row


def lock(public_id: uuid.UUID) -> MemberList:
    """The list, not changed by anybody else until this transaction ends. Raises NotFound."""
    query = select(MemberList).where(MemberList.public_id == public_id).with_for_update(key_share=True)
    row = db.session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    if row is None:
        raise NotFound(kind="member_list")
    return row


def add(public_id: uuid.UUID, lines: Mapping[int, Named], *, actor: Actor, now: datetime) -> Changed:
    """Put the members that numbered lines name on the list; a repeat adds nobody.

    Who was merged away stands for the member who stays. Raises NotFound, MemberListInUse, MemberListFollows.
    """
    row = _lock_free(public_id)
    found, unknown = members_of(lines)
    wanted = sorted(set(found.values()))
    added = _insert(row, wanted) if wanted else 0
    _audit("add", row, actor=actor, details={"added": added, "lines": len(lines)}, now=now)
    return Changed(added, len(found) - added, unknown)


def remove(public_id: uuid.UUID, lines: Mapping[int, Named], *, actor: Actor, now: datetime) -> Changed:
    """Take the members that numbered lines name off the list; a repeat removes nobody.

    Raises NotFound, MemberListInUse, MemberListFollows.
    """
    row = _lock_free(public_id)
    found, unknown = members_of(lines)
    result = db.session.execute(
        delete(MemberListEntry).where(
            MemberListEntry.list_id == row.id, MemberListEntry.member_id.in_(sorted(set(found.values())))
        )
    )
    removed = int(result.rowcount)  # type: ignore[attr-defined]
    _audit("remove", row, actor=actor, details={"removed": removed, "lines": len(lines)}, now=now)
    return Changed(removed, len(found) - removed, unknown)


def tell(row: MemberList) -> Counted:
    """A list with its size."""
    return _counted([row])[0]


def list_lists(*, after: tuple[int] | None, limit: int) -> Page[Counted]:
    """Newest first; `after` is the key of the last row seen."""
    query = select(MemberList).order_by(MemberList.id.desc()).limit(limit + 1)
    if after is not None:
        query = query.where(MemberList.id < after[0])
    return cut(_counted(db.session.scalars(query).all()), limit, lambda counted: (counted.members.id,))


def list_entries(row: MemberList, *, after: tuple[int] | None, limit: int) -> Page[Member]:
    """The members on a list, longest a member first."""
    query = (
        select(Member)
        .join(MemberListEntry, MemberListEntry.member_id == Member.id)
        .where(MemberListEntry.list_id == row.id)
        .order_by(MemberListEntry.member_id)
        .limit(limit + 1)
    )
    if after is not None:
        query = query.where(MemberListEntry.member_id > after[0])
    return cut(db.session.scalars(query).all(), limit, lambda member: (member.id,))


def members_of(lines: Mapping[int, Named]) -> tuple[dict[int, int], list[int]]:
    """The member each line names, and the lines that name nobody."""
    ids = [one for one in lines.values() if isinstance(one, uuid.UUID)]
    indexes = [one for one in lines.values() if isinstance(one, bytes)]
    stays = func.coalesce(Member.merged_into_id, Member.id)
    rows = db.session.execute(
        select(Member.public_id, Member.phone_index, stays).where(
            or_(Member.public_id.in_(ids), Member.phone_index.in_(indexes)), Member.status != "erased"
        )
    ).all()
    known: dict[Named, int] = {}
    for public_id, phone_index, member_id in rows:
        known[public_id] = member_id
        if phone_index is not None:
            known[phone_index] = member_id
    found = {number: known[one] for number, one in lines.items() if one in known}
    return found, sorted(set(lines) - set(found))


def still_active(member_ids: Sequence[int]) -> Sequence[int]:
    """Those who are members still, and stay so until this transaction ends.

    A merge moves the rows it finds: whoever was merged away between a look-up and here must be given no new ones.
    """
    return db.session.scalars(
        select(Member.id)
        .where(Member.id.in_(member_ids), Member.status == "active")
        .order_by(Member.id)
        .with_for_update(read=True)
    ).all()


def _counted(rows: Sequence[MemberList]) -> list[Counted]:
    query = (
        select(MemberListEntry.list_id, func.count())
        .where(MemberListEntry.list_id.in_([row.id for row in rows]))
        .group_by(MemberListEntry.list_id)
    )
    counts: dict[int, int] = dict(db.session.execute(query).all())
    followed: dict[int, uuid.UUID] = dict(
        db.session.execute(
            select(SegmentList.list_id, Segment.public_id)
            .join(Segment, Segment.id == SegmentList.segment_id)
            .where(SegmentList.list_id.in_([row.id for row in rows]))
        ).all()
    )
    return [Counted(row, counts.get(row.id, 0), followed.get(row.id)) for row in rows]


def _lock_free(public_id: uuid.UUID) -> MemberList:
    """A run's cursor has passed some of the entries: nobody may come or go behind it. Who is on a list that follows a
    segment is for the segment to say."""
    row = lock(public_id)
    if db.session.get(SegmentList, row.id) is not None:
        raise MemberListFollows
    used = select(IssueRun.id).where(
        IssueRun.member_list_id == row.id, IssueRun.state.in_(("planned", "running", "paused"))
    )
    if db.session.scalar(used.limit(1)) is not None:
        raise MemberListInUse
    return row


def _insert(row: MemberList, member_ids: Sequence[int]) -> int:
    active = still_active(member_ids)
    if not active:
        return 0
    added = db.session.scalars(
        insert(MemberListEntry)
        .values([{"list_id": row.id, "member_id": member_id} for member_id in active])
        .on_conflict_do_nothing()
        .returning(MemberListEntry.member_id)
    )
    return len(added.all())


def _audit(verb: str, row: MemberList, *, actor: Actor, details: dict[str, Any], now: datetime) -> None:
    audit.record(
        f"member_list.{verb}", actor=actor, object_kind="member_list", object_id=row.id, details=details, now=now
    )
