"""Coupons a clerk gives at the counter, within the day's limit of one person. docs/domain/coupons.md"""

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from app.actor import Actor
from app.errors import BatchNotOpen
from app.extensions import db
from app.models import CouponBatch, CouponTemplate, Payer
from app.services import clerks, coupon_batch_figures, coupon_batches, coupons, programmes, staff_limits, visits
from app.services.coupon_batch_figures import Printed
from app.services.wallet import HeldCoupon
from app.statements import clerk_issues as statements

# What a clerk can keep in mind; more batches than this are not for the counter.
MOST_SHOWN = 50
LIMIT_KIND = "coupons_issued"


@dataclass(frozen=True, kw_only=True)
class Issued:
    """`left_today`: copies this person may still give on this business date."""

    coupon: HeldCoupon
    left_today: int


def issue(
    *, visit_public_id: uuid.UUID, batch_public_id: uuid.UUID, note: str, key: str, actor: Actor, now: datetime
) -> Issued:
    """Give the member of an open visit of this clerk's a copy; the visit is not used up by it. A repeat of `key` gives nothing.

    Raises NotFound, VisitEnded, SelfService, BatchNotOpen (not for clerks), StaffLimitReached, and what claiming raises.
    """
    # Holds the account of the member in front of the clerk.
    visit = visits.get_open(visit_public_id, staff=clerks.at_counter(actor), now=now, locked=True)
    batch = coupon_batches.get_by_public_id(batch_public_id)
    if not batch.clerk_can_issue:
        raise BatchNotOpen(how=batch.how, reason="not_for_clerks")
    source = f"clerk:{actor.id}:{batch.id}:{key}"
    coupon = coupons.issue(visit.member_id, batch_id=batch.id, source=source, now=now, actor=actor, note=note)
    if coupon.is_new:
        staff_limits.take(actor.id or 0, {LIMIT_KIND: 1}, now=now)
    return Issued(coupon=coupon, left_today=left_today(actor, now=now))


def list_batches(*, now: datetime) -> list[Printed]:
    """Batches a clerk may give from now, ending soonest first."""
    batches = db.session.execute(
        select(CouponBatch, CouponTemplate, Payer)
        .join(CouponTemplate, CouponTemplate.id == CouponBatch.template_id)
        .outerjoin(Payer, Payer.id == CouponBatch.payer_id)
        .where(
            CouponBatch.clerk_can_issue,
            CouponBatch.status == "active",
            CouponBatch.claim_starts_at <= now,
            CouponBatch.claim_ends_at > now,
        )
        .order_by(CouponBatch.claim_ends_at, CouponBatch.id)
        .limit(MOST_SHOWN)
    )
    return coupon_batch_figures.tell_all([(row[0], row[1], row[2], None) for row in batches])


def left_today(actor: Actor, *, now: datetime) -> int:
    """Copies this person may still give on this business date."""
    values = {"staff_id": actor.id, "on": programmes.business_date(now)}
    used = db.session.scalar(statements.USED_TODAY, values) or 0
    return max(0, programmes.get().clerk_issues_per_day - int(used))
