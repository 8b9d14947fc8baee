"""What a member has: to spend, on the way, promised, owed, and what goes next. Reads only; ticks may be late (I14)."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from app.errors import NotFound
from app.extensions import db
from app.plain_statements import Plain, fetch_one
from app.services import programmes
from app.statements import points_summary as statements


@dataclass(frozen=True)
class PointsSummary:
    """Whole points. `next_expiry` is the last date the soonest-expiring may be spent, and how many they are."""

    spendable: int
    pending: int
    held: int
    owed: int
    next_expiry: tuple[date, int] | None


def spendable(member_id: int, *, now: datetime) -> int:
    """Points the member can spend now: expired, pending and held ones are not there."""
    db.session.flush()  # the statement goes past the session, and must see what this transaction changed so far
    return int(fetch_one(*spendable_look(member_id, now=now)).points)


def spendable_look(member_id: int, *, now: datetime) -> Plain:
    """The statement of `spendable`, to travel with others: `points` of its only row."""
    return statements.SPENDABLE, {"member_id": member_id, "now": now}


def summary(member_id: int, *, now: datetime) -> PointsSummary:
    """The whole picture in one query. Raises NotFound."""
    row = db.session.execute(statements.SUMMARY, {"member_id": member_id, "now": now}).one_or_none()
    if row is None:
        raise NotFound(kind="member")
    soonest = None if row.expires_at is None else (last_date(row.expires_at), int(row.points))
    return PointsSummary(int(row.spendable), int(row.pending), int(row.held), int(row.owed), soonest)


def last_date(expires_at: datetime) -> date:
    """The last business date before an expiry: lots expire as a business day ends."""
    return programmes.business_date(expires_at - timedelta(microseconds=1))
