"""How many members a segment has, kept beside it for lists; whoever needs it exact counts anew (segment_looks)."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import or_, select

from app.errors import SegmentTooSlow
from app.extensions import db
from app.models import Segment
from app.services import segment_looks, segments

EVERY: Final = timedelta(hours=1)
# A tick has more patience than a marketer; below what the database gives any statement.
PATIENCE_MS: Final = 12_000


def list_due(*, now: datetime, limit: int) -> list[int]:
    """Segments in use that were not counted for an hour, never counted ones first."""
    is_due = or_(Segment.counted_at.is_(None), Segment.counted_at <= now - EVERY)
    query = (
        select(Segment.id)
        .where(Segment.is_active, is_due)
        .order_by(Segment.counted_at.asc().nulls_first(), Segment.id)
        .limit(limit)
    )
    return list(db.session.scalars(query))


def refresh(segment_id: int, *, now: datetime) -> bool:
    """Count one and keep it; False when it took too long, and the old count stands. A repeat within the hour counts nothing."""
    row = db.session.get(Segment, segment_id)
    if row is None or not row.is_active or (row.counted_at is not None and row.counted_at > now - EVERY):
        return True
    version = row.version
    try:
        found = segment_looks.count(segments.predicate(segment_id, version), now=now, patience_ms=PATIENCE_MS)
    except SegmentTooSlow:
        return False
    # Nobody waits for a count: only now is the row taken, and of another version it is not said.
    locked = db.session.scalars(
        select(Segment)
        .where(Segment.id == segment_id, Segment.version == version)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if locked is not None:
        locked.member_count, locked.counted_at = found, now
    return True
