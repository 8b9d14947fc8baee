"""Coupons for years of membership: owed by date, as rewards of anniversaries are paid (services/anniversaries.py)."""

from datetime import date, datetime

from sqlalchemy import func, select

from app.extensions import db
from app.models import Member
from app.rules import anniversary
from app.rules import coupon_automation as rules
from app.rules.coupon_automation import Happening
from app.services import anniversaries, programmes
from app.statements import coupon_owing as statements

# An automation in force: its key and its conditions as stored.
Automation = tuple[int, dict[str, object]]


def list_pending(*, now: datetime) -> list[tuple[date, Automation]]:
    """Dates that may still count, oldest first, each with the automations in force on it."""
    pending: list[tuple[date, Automation]] = []
    for on in anniversaries.list_dates(now=now):
        at = anniversaries.moment(on, now=now)
        rows = db.session.execute(statements.IN_FORCE, {"event": "anniversary", "at": at})
        pending += [(on, (row.id, row.conditions)) for row in rows]
    return pending


def owe(automation: Automation, *, on: date, now: datetime, limit: int) -> int:
    """Owe the next `limit` members their anniversary of a date; how many were new. A repeat owes nothing more."""
    automation_id, stored = automation
    conditions = rules.read(stored)
    first = db.session.scalar(select(func.min(Member.joined_at)).where(Member.status == "active"))
    if first is None:
        return 0
    days = [
        (joined_on, years)
        for joined_on, years in anniversary.joined_on(on, earliest=programmes.business_date(first))
        if rules.holds(conditions, Happening(years=years))
    ]
    bounds = [anniversaries.bounds(joined_on) for joined_on, _ in days]
    values = {
        "automation_id": automation_id,
        "starts": [starts_at for starts_at, _ in bounds],
        "ends": [ends_at for _, ends_at in bounds],
        "years": [years for _, years in days],
        "now": now,
        "limit": limit,
    }
    result = db.session.execute(statements.OWE_ANNIVERSARIES, values)
    return int(result.rowcount)  # type: ignore[attr-defined]
