"""Rewards by how long somebody has been a member: once a year each, also when the tick was late. docs/domain/earning.md"""

from datetime import date, datetime, timedelta

from sqlalchemy import func, select

from app import clock
from app.extensions import db
from app.models import Member
from app.rules import anniversary
from app.services import earning_rules, earnings, programmes
from app.services.earnings import Facts
from app.statements import earning as statements

# A scheduler that was away for longer gives no belated rewards for the days before.
CATCH_UP_DAYS = 7


def list_dates(*, now: datetime) -> list[date]:
    """The business dates whose anniversaries may still be given, oldest first."""
    today = programmes.business_date(now)
    return [today - timedelta(days=days) for days in range(CATCH_UP_DAYS, -1, -1)]


def list_due(on: date, *, after_id: int, limit: int, now: datetime) -> list[tuple[int, int]]:
    """(member, years) of anniversaries on a date that no rule has paid yet, by member; nothing while no rule would."""
    rules = earning_rules.in_force("anniversary", at=moment(on, now=now))
    first = db.session.scalar(select(func.min(Member.joined_at)).where(Member.status == "active"))
    if not rules or first is None:
        return []
    wanted = [set(rule.terms.years) for rule in rules]
    days = [
        (joined_on, years)
        for joined_on, years in anniversary.joined_on(on, earliest=programmes.business_date(first))
        if any(not named or years in named for named in wanted)
    ]
    begun = [bounds(joined_on) for joined_on, _ in days]
    values = {
        "starts": [starts_at for starts_at, _ in begun],
        "ends": [ends_at for _, ends_at in begun],
        "years": [years for _, years in days],
        "after_id": after_id,
        "limit": limit,
    }
    return [(row.member_id, row.years) for row in db.session.execute(statements.ANNIVERSARIES, values)]


def grant(member_id: int, *, on: date, years: int, now: datetime) -> bool:
    """Pay a member's anniversary by the rules of its day; True when something was paid. A repeat pays nothing more."""
    paid = earnings.pay(
        member_id,
        event="anniversary",
        source=f"anniversary:{years}",
        facts=Facts(nth=years),
        now=now,
        occurred_at=moment(on, now=now),
    )
    return bool(paid)


def moment(on: date, *, now: datetime) -> datetime:
    """The latest instant of a date that has come: a rule put in force during the day still pays its anniversaries."""
    return min(now, bounds(on)[1] - timedelta(seconds=1))


def bounds(on: date) -> tuple[datetime, datetime]:
    """First instant of a business date, and the one after its last."""
    programme = programmes.get()
    return clock.business_day_bounds(on, zone=programme.zone, cut_over_hour=programme.cut_over_hour)
