"""Telling in time: a member event `coupon_will_expire`, once per member and expiry date, some days ahead."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from app import clock
from app.extensions import db
from app.services import programmes
from app.services.points_summary import last_date
from app.statements import coupon_notices as statements


@dataclass(frozen=True)
class Announced:
    """New events of one chunk; `next_key` is where the next chunk begins, None after the last."""

    count: int
    next_key: tuple[datetime, int] | None


def announce(*, now: datetime, limit: int, after: tuple[datetime, int] | None = None) -> Announced:
    """Write events for coupons whose last day is at most `coupon_expiry_notice_days` away; a repeat writes none.

    One chunk of `limit` members and dates; go on with `next_key` in a new transaction. No notice days: no events.
    """
    programme = programmes.get()
    if programme.coupon_expiry_notice_days == 0:
        return Announced(0, None)
    today = programmes.business_date(now)
    last = today + timedelta(days=programme.coupon_expiry_notice_days)
    until = clock.business_day_bounds(last, zone=programme.zone, cut_over_hour=programme.cut_over_hour)[1]
    after_at, after_id = after or (None, 0)
    rows = db.session.execute(
        statements.DUE, {"now": now, "until": until, "after_at": after_at, "after_id": after_id, "limit": limit}
    ).all()
    if not rows:
        return Announced(0, None)
    result = db.session.execute(
        statements.ANNOUNCE,
        {
            "member_ids": [row.member_id for row in rows],
            "dates": [last_date(row.expires_at) for row in rows],
            "coupons": [row.coupons for row in rows],
            "today": today,
            "now": now,
        },
    )
    next_key = None if len(rows) < limit else (rows[-1].expires_at, rows[-1].member_id)
    return Announced(int(result.rowcount), next_key)  # type: ignore[attr-defined]
