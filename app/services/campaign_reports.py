"""What became of a campaign: every targeted member is counted in exactly one place."""

import uuid
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import and_, func, or_, select

from app.extensions import db
from app.models import Campaign, Delivery, Member
from app.paging import Page, cut

# On the way: not sent yet and not over.
UNDER_WAY = ("planned", "claimed", "dispatching")


@dataclass(kw_only=True)
class Report:
    """targeted = planned + sent + in_doubt + missed + holdout + Σ suppressed + Σ failed. `failed` by errcode, or our reason."""

    targeted: int = 0
    planned: int = 0
    sent: int = 0
    in_doubt: int = 0
    missed: int = 0
    holdout: int = 0
    suppressed: dict[str, int] = field(default_factory=dict)
    failed: dict[str, int] = field(default_factory=dict)
    gifts: int = 0


@dataclass(frozen=True, kw_only=True)
class DeliveryLine:
    """One delivery as the marketer sees it."""

    member_id: uuid.UUID
    occurrence: str
    channel: str
    variant: str | None
    state: str
    reason: str | None
    errcode: int | None
    attempts: int
    benefit: str | None
    due_at: datetime
    dispatched_at: datetime | None
    finished_at: datetime | None
    opened_at: datetime | None


def report(campaign: Campaign) -> Report:
    """Count the campaign's deliveries."""
    rows = db.session.execute(
        select(
            Delivery.state,
            Delivery.reason,
            Delivery.errcode,
            func.count().label("n"),
            func.count().filter(Delivery.benefit == "given").label("gifts"),
        )
        .where(Delivery.campaign_id == campaign.id)
        .group_by(Delivery.state, Delivery.reason, Delivery.errcode)
    )
    result = Report()
    for row in rows:
        result.targeted += row.n
        result.gifts += row.gifts
        _count(result, row)
    return result


def list_deliveries(
    campaign: Campaign, *, after: tuple[str, int] | None, limit: int, state: str | None = None
) -> Page[DeliveryLine]:
    """By occurrence and member, in the order of the primary key."""
    query = (
        select(Delivery, Member.public_id)
        .join(Member, Member.id == Delivery.member_id)
        .where(Delivery.campaign_id == campaign.id)
        .order_by(Delivery.occurrence, Delivery.member_id)
        .limit(limit + 1)
    )
    if after is not None:
        occurrence, member_id = after
        same = and_(Delivery.occurrence == occurrence, Delivery.member_id > member_id)
        query = query.where(or_(Delivery.occurrence > occurrence, same))
    if state is not None:
        query = query.where(Delivery.state == state)
    rows = db.session.execute(query).all()
    return cut(rows, limit, lambda row: (row[0].occurrence, row[0].member_id)).map(lambda row: _line(*row))


def _count(result: Report, row: Any) -> None:
    if row.state in UNDER_WAY:
        result.planned += row.n
    elif row.state in ("suppressed", "failed"):
        why: dict[str, int] = getattr(result, row.state)
        key = str(row.errcode) if row.state == "failed" and row.errcode is not None else row.reason or "unknown"
        why[key] = why.get(key, 0) + row.n
    else:
        setattr(result, row.state, getattr(result, row.state) + row.n)


def _line(delivery: Delivery, member_public_id: uuid.UUID) -> DeliveryLine:
    return DeliveryLine(
        member_id=member_public_id,
        occurrence=delivery.occurrence,
        channel=delivery.channel,
        variant=delivery.variant,
        state=delivery.state,
        reason=delivery.reason,
        errcode=delivery.errcode,
        attempts=delivery.attempts,
        benefit=delivery.benefit,
        due_at=delivery.due_at,
        dispatched_at=delivery.dispatched_at,
        finished_at=delivery.finished_at,
        opened_at=delivery.opened_at,
    )
