"""Member lists that follow a segment: filled in ranges of members by a tick, set right again every day while they are needed.

A claim looks at the list, so it costs what a claim from any list costs. docs/domain/segments.md
"""

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from app.actor import Actor
from app.extensions import db
from app.models import Member, MemberList, SegmentList
from app.services import calendars, named_rows, segments
from app.statements import segments as statements


@dataclass(frozen=True)
class Chunk:
    """Members who came onto a list and left it; `has_more`: call again."""

    come: int = 0
    gone: int = 0
    has_more: bool = False


def follow(
    segment_public_id: uuid.UUID, *, purpose: str, until_at: datetime, actor: Actor, now: datetime
) -> MemberList:
    """A list of a segment's members, in the version in force now; empty until the tick comes by, seconds later.

    `purpose` tells it from other lists of the segment. Raises NotFound, SegmentArchived, NameTaken.
    """
    told = segments.get_usable(segment_public_id)
    row = MemberList(
        name=f"{told.segment.name} v{told.version.version} · {purpose}",
        created_by_id=actor.id if actor.kind == "staff" else None,
        created_at=now,
    )
    named_rows.add(row, unique="uq_member_list_name")
    followed = SegmentList(
        list_id=row.id,
        segment_id=told.segment.id,
        segment_version=told.version.version,
        until_at=until_at,
        due_at=now,
    )
    db.session.add(followed)
    return row


def list_due(*, now: datetime) -> list[int]:
    """Lists with work to do, longest due first."""
    query = (
        select(SegmentList.list_id).where(SegmentList.due_at <= now).order_by(SegmentList.due_at, SegmentList.list_id)
    )
    return list(db.session.scalars(query))


def advance(list_id: int, *, now: datetime, limit: int) -> Chunk:
    """Set the next `limit` members of a list right; ends the round after the newest member, and says when the next begins."""
    row = db.session.scalars(
        select(SegmentList)
        .where(SegmentList.list_id == list_id, SegmentList.due_at <= now)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if row is None:
        return Chunk()
    if row.after_id == row.through_id:
        row.after_id, row.through_id = 0, db.session.scalar(select(func.coalesce(func.max(Member.id), 0))) or 0
    within = {"after_id": row.after_id, "through_id": row.through_id}
    last = db.session.scalar(statements.RANGE_END, {**within, "limit": limit}) or row.through_id
    compiled = segments.predicate(row.segment_id, row.segment_version)
    found = db.session.execute(
        statements.following(compiled.sql),
        {**compiled.params, **segments.bindings(now), **within, "through_id": last, "list_id": list_id},
    ).one()
    row.after_id = last
    if last == row.through_id:
        _end(row, now=now)
    return Chunk(found.come, found.gone, row.due_at is not None and row.due_at <= now)


def _end(row: SegmentList, *, now: datetime) -> None:
    calendar = calendars.fresh()
    again_at = calendar.end_of(calendar.date_of(now))
    row.completed_at, row.due_at = now, again_at if again_at < row.until_at else None
