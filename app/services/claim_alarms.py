"""How fast a batch is going: copies since the last sample, per minute that really passed; too many sound the alarm.

A leaked link or a script empties a batch in minutes: somebody should look before it is gone. docs/domain/issue-runs.md
"""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from app.actor import Actor
from app.extensions import db
from app.models import CouponBatch, CouponBucket
from app.services import coupon_batches

# A second scheduler's sample right after the first would see a rate of a moment, or none.
SHORTEST: Final = timedelta(seconds=30)


@dataclass(frozen=True)
class Alarm:
    """A batch that went faster than it should: copies in so many seconds, the limit a minute, and whether it paused."""

    batch: uuid.UUID
    copies: int
    seconds: int
    per_minute: int
    paused: bool


@dataclass(frozen=True)
class Pace:
    """Copies a minute since the last sample, and when its alarm last sounded."""

    batch: uuid.UUID
    per_minute: float
    alarmed_at: datetime | None


def list_watched() -> list[int]:
    """Batches that have an alarm. Paused ones are sampled too, so that the first minute after a pause is a minute."""
    watched = select(CouponBatch.id).where(CouponBatch.alarm_per_minute.is_not(None), CouponBatch.status != "closed")
    return list(db.session.scalars(watched.order_by(CouponBatch.id)))


def sample(batch_id: int, *, now: datetime) -> Alarm | None:
    """Compare with the last sample and take a new one; sounds the alarm, and pauses a batch that was told to be.

    The first sample of a batch, and one that comes within half a minute of another, judge nothing.
    """
    query = select(CouponBatch).where(CouponBatch.id == batch_id).with_for_update(key_share=True)
    batch = db.session.scalars(query.execution_options(populate_existing=True)).one()
    if batch.alarm_per_minute is None or (batch.sampled_at is not None and now < batch.sampled_at + SHORTEST):
        return None
    issued = _issued([batch.id]).get(batch.id, 0)
    before, since = batch.sampled_issued, batch.sampled_at
    batch.sampled_issued, batch.sampled_at = issued, now
    if since is None or not _is_too_fast(issued - before, now - since, per_minute=batch.alarm_per_minute):
        return None
    batch.alarmed_at = now
    db.session.flush()  # pausing reads the row afresh
    pauses = batch.alarm_pauses and batch.status == "active"
    if pauses:
        coupon_batches.change(batch.public_id, status="paused", actor=Actor.system(), now=now)
    seconds = int((now - since).total_seconds())
    return Alarm(batch.public_id, issued - before, seconds, batch.alarm_per_minute, pauses)


def list_paces(*, now: datetime) -> list[Pace]:
    """How fast every watched batch goes; nothing while the database is away: whoever asks is told what else there is."""
    try:
        batches = db.session.scalars(
            select(CouponBatch).where(
                CouponBatch.alarm_per_minute.is_not(None),
                CouponBatch.status != "closed",
                CouponBatch.sampled_at.is_not(None),
            )
        ).all()
        issued = _issued([batch.id for batch in batches])
    except (DBAPIError, PoolTimeout):
        return []
    return [
        Pace(batch.public_id, _rate(issued.get(batch.id, 0) - batch.sampled_issued, now, batch), batch.alarmed_at)
        for batch in batches
    ]


def _rate(copies: int, now: datetime, batch: CouponBatch) -> float:
    since = batch.sampled_at or now
    # Within the first second there is no pace to tell.
    return round(copies * 60 / max(1.0, (now - since).total_seconds()), 1)


def _is_too_fast(copies: int, elapsed: timedelta, *, per_minute: int) -> bool:
    return copies * timedelta(minutes=1) > per_minute * elapsed


def _issued(batch_ids: list[int]) -> dict[int, int]:
    rows = db.session.execute(
        select(CouponBucket.batch_id, func.sum(CouponBucket.issued))
        .where(CouponBucket.batch_id.in_(batch_ids))
        .group_by(CouponBucket.batch_id)
    )
    return {batch_id: int(issued) for batch_id, issued in rows}
