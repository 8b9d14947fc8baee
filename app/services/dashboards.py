"""The goals of the programme in figures: a period beside the one before it, day by day. Reads only what a tick has counted.

Cost follows the days asked for, never the members. docs/domain/dashboard.md
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import or_, select

from app.extensions import db
from app.models import DayFigure, WindowFigure
from app.services import programmes
from app.services.coupon_reports import share_bp

ADDED = (
    "new_members",
    "bills",
    "revenue_fen",
    "check_ins",
    "points_issued",
    "points_spent",
    "points_expired",
    "coupons_issued",
    "redemptions",
    "coupon_cost_fen",
    "payer_fen",
    "tier_fen",
    "points_fen",
    "sent",
    "opened",
    "message_cost_fen",
)


@dataclass(frozen=True, kw_only=True)
class Goals:
    """What days came to together; fen, points, people. `buyers` of the whole span: None where nobody told them apart."""

    new_members: int
    bills: int
    revenue_fen: int
    check_ins: int
    points_issued: int
    points_spent: int
    points_expired: int
    coupons_issued: int
    redemptions: int
    coupon_cost_fen: int
    payer_fen: int
    tier_fen: int
    points_fen: int
    sent: int
    opened: int
    message_cost_fen: int
    buyers: int | None
    repeat_buyers: int | None

    @property
    def cost_fen(self) -> int:
        """What the programme cost the shop: discounts and goods others do not pay, points off bills, messages."""
        return self.coupon_cost_fen - self.payer_fen + self.tier_fen + self.points_fen + self.message_cost_fen

    @property
    def cost_bp(self) -> int | None:
        """The cost as a share of members' revenue, in basis points."""
        return share_bp(self.cost_fen, self.revenue_fen)

    @property
    def repeat_bp(self) -> int | None:
        """Of the members who bought, the share who did more than once."""
        return None if self.buyers is None else share_bp(self.repeat_buyers or 0, self.buyers)

    @property
    def redemption_bp(self) -> int | None:
        """Uses of coupons for every 10,000 issued in the same days."""
        return share_bp(self.redemptions, self.coupons_issued)

    @property
    def points_spent_bp(self) -> int | None:
        """Points spent for every 10,000 issued in the same days."""
        return share_bp(self.points_spent, self.points_issued) if self.points_issued > 0 else None

    @property
    def opened_bp(self) -> int | None:
        """The share of messages that were opened."""
        return share_bp(self.opened, self.sent)


@dataclass(frozen=True, kw_only=True)
class Span:
    """`[first_on, until_on)`, on how many days of it there are figures, and what they came to."""

    first_on: date
    until_on: date
    counted_days: int
    goals: Goals
    # The newest day of the span on which it was looked at how the programme stands.
    standing: DayFigure | None


@dataclass(frozen=True, kw_only=True)
class Day:
    """A date of the span; without figures where none were counted."""

    day: date
    goals: Goals | None
    row: DayFigure | None


@dataclass(frozen=True, kw_only=True)
class Dashboard:
    """A span, the one of the same length before it, its days, and today so far."""

    current: Span
    previous: Span
    days: list[Day]
    today: Day
    # The newest count of all; None before the first.
    counted_at: datetime | None


def look(*, days: int, until_on: date | None, now: datetime) -> Dashboard:
    """The `days` before `until_on`, by default before today; `days` is one of day_figure.WINDOWS."""
    today = programmes.business_date(now)
    until = today if until_on is None else min(until_on, today + timedelta(days=1))
    first, before = until - timedelta(days=days), until - timedelta(days=2 * days)
    rows = {row.day: row for row in _rows(before, until, today)}
    windows = {row.until_on: row for row in _windows((until, first), days=days)}
    return Dashboard(
        current=_span(first, until, rows, windows.get(until)),
        previous=_span(before, first, rows, windows.get(first)),
        days=[_day(on, rows.get(on)) for on in _dates(first, until)],
        today=_day(today, rows.get(today)),
        counted_at=max((row.counted_at for row in rows.values()), default=None),
    )


def _rows(before: date, until: date, today: date) -> Sequence[DayFigure]:
    within = (DayFigure.day >= before) & (DayFigure.day < until)
    return db.session.scalars(select(DayFigure).where(or_(within, DayFigure.day == today))).all()


def _windows(dates: Sequence[date], *, days: int) -> Sequence[WindowFigure]:
    return db.session.scalars(
        select(WindowFigure).where(WindowFigure.until_on.in_(dates), WindowFigure.days == days)
    ).all()


def _span(first: date, until: date, rows: dict[date, DayFigure], window: WindowFigure | None) -> Span:
    found = [rows[on] for on in _dates(first, until) if on in rows]
    standing = [row for row in found if row.standing_at is not None]
    return Span(
        first_on=first,
        until_on=until,
        counted_days=len(found),
        goals=_goals(
            found,
            buyers=None if window is None else window.buyers,
            repeat_buyers=None if window is None else window.repeat_buyers,
        ),
        standing=standing[-1] if standing else None,
    )


def _day(on: date, row: DayFigure | None) -> Day:
    goals = None if row is None else _goals([row], buyers=row.buyers, repeat_buyers=None)
    return Day(day=on, goals=goals, row=row)


def _goals(rows: Sequence[DayFigure], *, buyers: int | None, repeat_buyers: int | None) -> Goals:
    sums = {name: sum(getattr(row, name) for row in rows) for name in ADDED}
    return Goals(**sums, buyers=buyers, repeat_buyers=repeat_buyers)


def _dates(first: date, until: date) -> list[date]:
    return [first + timedelta(days=number) for number in range((until - first).days)]
