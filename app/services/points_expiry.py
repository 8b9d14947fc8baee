"""Points past their expiry leave the ledger. Late, early or twice: the end state is the same (I14)."""

from datetime import datetime

from app.extensions import db
from app.services import programmes
from app.statements import expire_points as statements


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
