"""Points past their expiry leave the ledger. Late, early or twice: the end state is the same (I14)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from app import clock
from app.extensions import db
from app.rules import expiry_terms
from app.services import programmes
from app.statements import expire_points as statements


@dataclass(frozen=True)
class Life:
    """From when until when a lot's points may be spent; None: at once, for ever."""

    available_at: datetime | None
    expires_at: datetime | None


def life(terms: str | None, *, earned_at: datetime, pending_days: int, now: datetime) -> Life:
    """The life of points earned at an instant under expiry terms; None takes the programme's.

    Counted from the business date of earning, to the end of the last valid day. Pending points come free at the start of a
    business day and then live that day at least. Raises ExpiryTermsInvalid.
    """
    programme = programmes.get()
    bounds = partial(clock.business_day_bounds, zone=programme.zone, cut_over_hour=programme.cut_over_hour)
    earned_on = programmes.business_date(earned_at)
    first = earned_on + timedelta(days=pending_days)
    last = expiry_terms.last_valid_date(expiry_terms.parse(terms or programme.points_expiry), earned_on)
    starts_at = bounds(first)[0]
    return Life(
        available_at=starts_at if pending_days and starts_at > now else None,
        expires_at=None if last is None else bounds(max(first, last))[1],
    )


def expire_due(*, now: datetime, limit: int) -> int:
    """Book the expiry of lots due at `now` for the members owning the `limit` most overdue lots; returns lots booked.

    Call again in a new transaction until it returns 0. Members locked by somebody else wait for the next call.
    """
    members = db.session.scalars(statements.DUE_MEMBERS, {"now": now, "limit": limit}).all()
    return _expire(list(members), now) if members else 0


def expire_of(member_id: int, *, now: datetime) -> int:
    """Book the expiry of one member's due lots; returns lots booked. The caller holds the account lock."""
    return _expire([member_id], now)


def _expire(member_ids: list[int], now: datetime) -> int:
    result = db.session.execute(
        statements.EXPIRE, {"member_ids": member_ids, "now": now, "business_date": programmes.business_date(now)}
    )
    return int(result.rowcount)  # type: ignore[attr-defined]
