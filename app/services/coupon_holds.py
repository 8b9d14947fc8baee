"""Coupons promised to a counter visit while its bill is rung up: nobody else can use, pass on or revoke them until then."""

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta

from app.errors import Conflict
from app.extensions import db
from app.services import programmes, visits
from app.services.clerks import Clerk
from app.services.visits import OpenVisit
from app.statements import coupon_holds as statements


def hold(visit: OpenVisit, coupons: Sequence[uuid.UUID], *, now: datetime) -> datetime | None:
    """Promise exactly these coupons of the member to the visit, in place of those it had; returns until when, None for none.

    A promise never outlives its visit. The caller holds the member's account and has looked at the coupons and locked them: one
    that is held elsewhere was refused there.
    """
    until = min(now + timedelta(seconds=programmes.get().coupon_hold_seconds), visit.expires_at)
    values = {
        "member_id": visit.member_id,
        "visit_id": visit.id,
        "coupons": list(coupons),
        "until": until,
        "now": now,
    }
    held = [visit_id for visit_id in db.session.execute(statements.HOLD, values).scalars() if visit_id is not None]
    if len(held) < len(set(coupons)):
        raise Conflict(kind="coupon")
    return until if held else None


def release(visit_public_id: uuid.UUID, *, clerk: Clerk, now: datetime) -> int:
    """Give back what a visit of this clerk's was promised; returns how many coupons. The visit stays open.

    Raises NotFound, VisitEnded.
    """
    visit = visits.get_open(visit_public_id, staff=clerk, now=now, locked=True)
    result = db.session.execute(statements.RELEASE, {"member_id": visit.member_id, "visit_id": visit.id})
    return int(result.rowcount)  # type: ignore[attr-defined]
