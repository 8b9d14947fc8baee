"""What each business day came to, counted by a tick and read by the dashboard. docs/domain/dashboard.md

Idempotent: a day is counted from its own rows, and an older count never overwrites a newer one.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy.dialects.postgresql import insert

from app.extensions import db
from app.models import DayFigure, WindowFigure
from app.models.day_figure import WINDOWS
from app.models.delivery import CHANNELS
from app.models.payer import MAX_DAYS
from app.rules import message_cost
from app.services import periods, points_liability, programmes
from app.services.points_liability import Liability
from app.statements import day_figures as statements

# Refunds, undone uses, late bills and opened messages still change a day so long; a settlement says what came later.
SETTLES_AFTER: Final = timedelta(days=35)
# Two windows of the longest kind side by side.
WINDOWS_KEPT: Final = timedelta(days=2 * max(WINDOWS))
# The whole ledger is read for what is owed.
STANDING_EVERY: Final = timedelta(hours=1)


@dataclass(frozen=True)
class Due:
    """A day to count, and whether how the programme stands is to be looked at with it."""

    day: date
    stands: bool


def list_due(*, now: datetime, limit: int) -> list[Due]:
    """Days to count, newest first; today is always among them once there is a member."""
    today = programmes.business_date(now)
    first = _first_day(today)
    if first is None:
        return []
    values = {
        "first": first,
        "today": today,
        "settled_on": today - SETTLES_AFTER,
        "today_from": periods.beginning_of(today),
        "limit": limit,
    }
    rows = db.session.execute(statements.DUE, values)
    return [Due(row.day, row.day == today and _is_stale(row.standing_at, now=now)) for row in rows]


def list_windows_due(*, now: datetime, limit: int) -> list[date]:
    """Dates up to which buyers are to be told apart, newest first."""
    today = programmes.business_date(now)
    first = _first_day(today)
    if first is None:
        return []
    values = {"first": max(first, today - WINDOWS_KEPT), "today": today, "limit": limit}
    return list(db.session.scalars(statements.WINDOWS_DUE, values))


def count(due: Due, *, now: datetime) -> None:
    """Write what a day came to; a repeat writes the same."""
    period = periods.of(due.day, due.day + timedelta(days=1))
    values = {"day": due.day, "starts_at": period.starts_at, "ends_at": period.ends_at}
    found = dict(db.session.execute(statements.DAY, values).mappings().one())
    by_channel = {channel: found.pop(f"by_{channel}") for channel in CHANNELS}
    row: dict[str, Any] = {**found, "message_cost_fen": message_cost.of(by_channel, programmes.get().message_cost_fen)}
    if due.stands:
        row |= _standing(points_liability.report(now=now), now=now)
    _write(DayFigure, {"day": due.day, "counted_at": now, **row}, key=("day",))


def count_windows(until_on: date, *, now: datetime) -> None:
    """Write who bought, and who did again, in each of the windows before a date."""
    instants = {f"since_{days}": periods.beginning_of(until_on - timedelta(days=days)) for days in WINDOWS}
    values = {**instants, "ends_at": periods.beginning_of(until_on)}
    found = {row.days: row for row in db.session.execute(statements.WINDOWS, values)}
    for days in WINDOWS:
        row = found.get(days)
        told = {"buyers": row.buyers if row else 0, "repeat_buyers": row.repeat_buyers if row else 0}
        _write(WindowFigure, {"until_on": until_on, "days": days, "counted_at": now, **told}, key=("until_on", "days"))


def _first_day(today: date) -> date | None:
    first = db.session.scalar(statements.FIRST)
    return None if first is None else max(programmes.business_date(first), today - timedelta(days=MAX_DAYS))


def _is_stale(standing_at: datetime | None, *, now: datetime) -> bool:
    return standing_at is None or now - standing_at >= STANDING_EVERY


def _standing(found: Liability, *, now: datetime) -> dict[str, Any]:
    months = [
        {
            "month": None if row.month is None else f"{row.month:%Y-%m}",
            "points": row.points,
            "value_fen": row.value_fen,
        }
        for row in found.rows
    ]
    return {
        "standing_at": now,
        "members": db.session.scalar(statements.MEMBERS),
        "liability_points": found.points,
        "liability_fen": found.value_fen,
        "liability": {"months": months},
    }


def _write(model: type[DayFigure | WindowFigure], row: dict[str, Any], *, key: tuple[str, ...]) -> None:
    added = insert(model).values(row)
    # Of two that count side by side the later look stands.
    db.session.execute(
        added.on_conflict_do_update(
            index_elements=key,
            set_={name: added.excluded[name] for name in row if name not in key},
            where=model.counted_at <= added.excluded.counted_at,
        )
    )
