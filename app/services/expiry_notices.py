"""Telling in time that something will expire: a member event once per member and expiry date, some days ahead."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import TextClause

from app import clock
from app.extensions import db
from app.services import programmes
from app.services.points_summary import last_date


@dataclass(frozen=True)
class Announced:
    """New events of one chunk; `next_key` is where the next chunk begins, None after the last."""

    count: int
    next_key: tuple[datetime, int] | None


@dataclass(frozen=True, kw_only=True)
class Notice:
    """What runs out: the statement that finds it, the one that tells it, and the name of the number both speak of."""

    due: TextClause
    tell: TextClause
    counted: str


def announce(
    notice: Notice, *, days: int, now: datetime, limit: int, after: tuple[datetime, int] | None = None
) -> Announced:
    """Write events for what has its last day at most `days` away; a repeat writes none.

    One chunk of `limit` members and dates; go on with `next_key` in a new transaction. No days: no events.
    """
    if days == 0:
        return Announced(0, None)
    programme = programmes.get()
    today = programmes.business_date(now)
    last = today + timedelta(days=days)
    until = clock.business_day_bounds(last, zone=programme.zone, cut_over_hour=programme.cut_over_hour)[1]
    after_at, after_id = after or (None, 0)
    rows = db.session.execute(
        notice.due, {"now": now, "until": until, "after_at": after_at, "after_id": after_id, "limit": limit}
    ).all()
    if not rows:
        return Announced(0, None)
    result = db.session.execute(
        notice.tell,
        {
            "member_ids": [row.member_id for row in rows],
            "dates": [last_date(row.expires_at) for row in rows],
            notice.counted: [int(getattr(row, notice.counted)) for row in rows],
            "today": today,
            "now": now,
        },
    )
    next_key = None if len(rows) < limit else (rows[-1].expires_at, rows[-1].member_id)
    return Announced(int(result.rowcount), next_key)  # type: ignore[attr-defined]
