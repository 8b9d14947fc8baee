"""How members' purchases stand: a pass over everybody each business day, in between those who bought. docs/domain/segments.md

Resumable: how far it is stands in one row, moved in the transaction that counted. Undone bills, refunds, merges and bills that
find their member late are seen by the next pass.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import func, select

from app.extensions import db
from app.models import FigureRefresh, Purchase
from app.rules import lifecycle
from app.services import programmes
from app.statements import figures as statements


@dataclass(frozen=True)
class Refreshed:
    """Members looked at, rows that changed; `has_more`: call again."""

    looked_at: int = 0
    changed: int = 0
    has_more: bool = False


def refresh_next(*, now: datetime, limit: int) -> Refreshed:
    """Count the next `limit` members of the day's pass, or those of the next `limit` new purchases."""
    state = db.session.scalars(
        select(FigureRefresh).with_for_update().execution_options(populate_existing=True)
    ).one_or_none()
    if state is None:
        return Refreshed()
    today = programmes.business_date(now)
    if state.day is None or state.day < today:
        state.day, state.after_member_id = today, 0
        state.after_purchase_id = db.session.scalar(select(func.coalesce(func.max(Purchase.id), 0))) or 0
    if state.after_member_id is None:
        return _of_new_purchases(state, now=now, limit=limit)
    return _of_pass(state, after=state.after_member_id, now=now, limit=limit)


def count(member_ids: Sequence[int], *, now: datetime) -> int:
    """Count these members afresh; returns how many rows changed."""
    programme = programmes.get()
    values = {
        **asdict(lifecycle.parse(programme.lifecycle)),
        "member_ids": list(member_ids),
        "now": now,
        "today": programmes.business_date(now),
        "zone": programme.zone,
        "cut_over_hour": programme.cut_over_hour,
    }
    return int(db.session.execute(statements.COUNT, values).scalar_one())


def _of_pass(state: FigureRefresh, *, after: int, now: datetime, limit: int) -> Refreshed:
    members = db.session.scalars(statements.NEXT_MEMBERS, {"after": after, "limit": limit}).all()
    changed = count(members, now=now) if members else 0
    if len(members) == limit:
        state.after_member_id = members[-1]
        return Refreshed(len(members), changed, has_more=True)
    # Everybody is counted: only now do fifths of all of them mean something.
    state.after_member_id = None
    changed += int(db.session.execute(statements.SCORE).scalar_one())
    return Refreshed(len(members), changed, has_more=True)


def _of_new_purchases(state: FigureRefresh, *, now: datetime, limit: int) -> Refreshed:
    bills = db.session.execute(statements.NEW_PURCHASES, {"after": state.after_purchase_id, "limit": limit}).all()
    if not bills:
        return Refreshed()
    state.after_purchase_id = bills[-1].id
    members = sorted({bill.member_id for bill in bills if bill.member_id is not None})
    changed = count(members, now=now) if members else 0
    return Refreshed(len(members), changed, has_more=len(bills) == limit)
