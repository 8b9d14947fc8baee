"""Tags on members: short words that segments ask for. docs/domain/segments.md"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert

from app.actor import Actor
from app.errors import NotFound
from app.extensions import db
from app.models import Member, MemberTag, Tag
from app.paging import Page, cut
from app.services import audit, member_lists, named_rows
from app.services.member_lists import Changed, Named


@dataclass(frozen=True)
class Counted:
    """A tag and how many members carry it."""

    tag: Tag
    members: int


def create(name: str, *, actor: Actor, now: datetime) -> Tag:
    """A tag nobody carries yet. Raises NameTaken."""
    row = Tag(name=name, created_by_id=_staff(actor), created_at=now)
    named_rows.add(row, unique="uq_tag_name")
    _audit("create", row, actor=actor, details={"name": name}, now=now)
    return row


def get(public_id: uuid.UUID) -> Tag:
    """Raises NotFound."""
    row = db.session.scalar(select(Tag).where(Tag.public_id == public_id))
    if row is None:
        raise NotFound(kind="tag")
    return row


def add(public_id: uuid.UUID, lines: Mapping[int, Named], *, actor: Actor, now: datetime) -> Changed:
    """Tag the members that numbered lines name, one or thousands; a repeat tags nobody again. Raises NotFound.

    Who was merged away stands for the member who stays.
    """
    row = get(public_id)
    found, unknown = member_lists.members_of(lines)
    members = member_lists.still_active(sorted(set(found.values()))) if found else []
    added = _insert(row, members, actor=actor, now=now) if members else 0
    _audit("add", row, actor=actor, details={"added": added, "lines": len(lines)}, now=now)
    return Changed(added, len(found) - added, unknown)


def remove(public_id: uuid.UUID, lines: Mapping[int, Named], *, actor: Actor, now: datetime) -> Changed:
    """Take the tag off the members that numbered lines name; a repeat takes it off nobody. Raises NotFound."""
    row = get(public_id)
    found, unknown = member_lists.members_of(lines)
    result = db.session.execute(
        delete(MemberTag).where(MemberTag.tag_id == row.id, MemberTag.member_id.in_(sorted(set(found.values()))))
    )
    removed = int(result.rowcount)  # type: ignore[attr-defined]
    _audit("remove", row, actor=actor, details={"removed": removed, "lines": len(lines)}, now=now)
    return Changed(removed, len(found) - removed, unknown)


def tell(row: Tag) -> Counted:
    """A tag with how many carry it."""
    return _counted([row])[0]


def list_tags(*, after: tuple[int] | None, limit: int) -> Page[Counted]:
    """Newest first; `after` is the key of the last row seen."""
    query = select(Tag).order_by(Tag.id.desc()).limit(limit + 1)
    if after is not None:
        query = query.where(Tag.id < after[0])
    return cut(_counted(db.session.scalars(query).all()), limit, lambda counted: (counted.tag.id,))


def list_members(row: Tag, *, after: tuple[int] | None, limit: int) -> Page[Member]:
    """Who carries a tag, longest a member first."""
    query = (
        select(Member)
        .join(MemberTag, MemberTag.member_id == Member.id)
        .where(MemberTag.tag_id == row.id)
        .order_by(MemberTag.member_id)
        .limit(limit + 1)
    )
    if after is not None:
        query = query.where(MemberTag.member_id > after[0])
    return cut(db.session.scalars(query).all(), limit, lambda member: (member.id,))


def of_member(member_public_id: uuid.UUID) -> Sequence[Tag]:
    """The tags a member carries, by name; never more than the shop has. Raises NotFound."""
    member_id = db.session.scalar(select(Member.id).where(Member.public_id == member_public_id))
    if member_id is None:
        raise NotFound(kind="member")
    query = (
        select(Tag)
        .join(MemberTag, MemberTag.tag_id == Tag.id)
        .where(MemberTag.member_id == member_id)
        .order_by(Tag.name)
    )
    return db.session.scalars(query).all()


def _insert(row: Tag, members: Sequence[int], *, actor: Actor, now: datetime) -> int:
    added = db.session.scalars(
        insert(MemberTag)
        .values(
            [
                {"member_id": member_id, "tag_id": row.id, "added_by_id": _staff(actor), "added_at": now}
                for member_id in members
            ]
        )
        .on_conflict_do_nothing()
        .returning(MemberTag.member_id)
    )
    return len(added.all())


def _counted(rows: Sequence[Tag]) -> list[Counted]:
    query = (
        select(MemberTag.tag_id, func.count())
        .where(MemberTag.tag_id.in_([row.id for row in rows]))
        .group_by(MemberTag.tag_id)
    )
    counts: dict[int, int] = dict(db.session.execute(query).all())
    return [Counted(row, counts.get(row.id, 0)) for row in rows]


def _staff(actor: Actor) -> int | None:
    return actor.id if actor.kind == "staff" else None


def _audit(verb: str, row: Tag, *, actor: Actor, details: dict[str, Any], now: datetime) -> None:
    audit.record(f"tag.{verb}", actor=actor, object_kind="tag", object_id=row.id, details=details, now=now)
