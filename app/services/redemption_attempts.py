"""Refused uses of coupons: who tried what at which counter, and why it was refused. Written after the refusal rolled back."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import and_, or_, select

from app import clock
from app.actor import Actor
from app.extensions import db
from app.models import RedemptionAttempt, Staff
from app.paging import Page, cut
from app.services import clerks, programmes
from app.statements import redemption_attempts as statements


@dataclass(frozen=True, slots=True)
class Attempt:
    """What was asked for; nothing of it need exist."""

    visit_public_id: uuid.UUID
    coupon_public_ids: Sequence[uuid.UUID]
    bill_fen: int


@dataclass(frozen=True, slots=True)
class Refused:
    """A stored attempt and who tried."""

    attempt: RedemptionAttempt
    clerk: str


def record(attempt: Attempt, *, reason: str, actor: Actor, now: datetime) -> None:
    """Keep a refused attempt; `reason` is the error's code."""
    clerk = clerks.at_counter(actor)
    db.session.execute(
        statements.RECORD,
        {
            "store_id": clerk.store_id,
            "staff_id": clerk.id,
            "visit": attempt.visit_public_id,
            "coupons": list(attempt.coupon_public_ids),
            "bill_fen": attempt.bill_fen,
            "reason": reason,
            "now": now,
        },
    )


def list_of_day(
    store_id: int, *, on: date, reason: str | None, after: tuple[datetime, int] | None, limit: int
) -> Page[Refused]:
    """A store's refused attempts of a business date, newest first; `after` is (tried_at, id) of the last row seen."""
    programme = programmes.get()
    starts_at, ends_at = clock.business_day_bounds(on, zone=programme.zone, cut_over_hour=programme.cut_over_hour)
    row = RedemptionAttempt
    query = (
        select(row, Staff.display_name)
        .join(Staff, Staff.id == row.staff_id)
        .where(row.store_id == store_id, row.tried_at >= starts_at, row.tried_at < ends_at)
        .order_by(row.tried_at.desc(), row.id.desc())
        .limit(limit + 1)
    )
    if reason is not None:
        query = query.where(row.reason == reason)
    if after is not None:
        at, last_id = after
        query = query.where(or_(row.tried_at < at, and_(row.tried_at == at, row.id < last_id)))
    rows = [Refused(attempt, name) for attempt, name in db.session.execute(query)]
    return cut(rows, limit, lambda one: (one.attempt.tried_at, one.attempt.id))
