"""The goals of the programme in figures, as the console's first page shows them."""

from datetime import date
from typing import Literal

from pydantic import Field

from app.models import DayFigure
from app.services.dashboards import Dashboard, Day, Goals, Span
from blueprints.schemas.base import BusinessDate, ClosedQuery, Instant, Out


class DashboardQuery(ClosedQuery):
    """The `days` before `until_on` (a business date, not included; by default today)."""

    days: Literal["7", "30", "90"] = "30"
    until_on: BusinessDate | None = Field(default=None, description="The business date after the last one.")


class GoalsOut(Out):
    """Fen, points, people. Shares (`_bp`) are in basis points and null where there is nothing to share.

    `cost_fen` is what the programme cost the shop: coupons less what others pay, tier discounts, points off bills, messages.
    """

    new_members: int
    bills: int
    buyers: int | None
    repeat_buyers: int | None
    repeat_bp: int | None
    revenue_fen: int
    check_ins: int
    points_issued: int
    points_spent: int
    points_expired: int
    points_spent_bp: int | None
    coupons_issued: int
    redemptions: int
    redemption_bp: int | None
    coupon_cost_fen: int
    payer_fen: int
    tier_fen: int
    points_fen: int
    sent: int
    opened: int
    opened_bp: int | None
    message_cost_fen: int
    cost_fen: int
    cost_bp: int | None

    @classmethod
    def of(cls, goals: Goals) -> "GoalsOut":
        return cls(**{name: getattr(goals, name) for name in cls.model_fields})


class LiabilityMonthOut(Out):
    """Points whose last valid day lies in `month` (YYYY-MM); null: they never expire."""

    month: str | None
    points: int
    value_fen: int


class StandingOut(Out):
    """How the programme stood when it was last looked at: members, and what they could still spend."""

    as_of: Instant
    members: int
    liability_points: int
    liability_fen: int
    liability: list[LiabilityMonthOut]

    @classmethod
    def of(cls, row: DayFigure | None) -> "StandingOut | None":
        if row is None or row.standing_at is None or row.liability is None:
            return None
        return cls(
            as_of=row.standing_at,
            members=row.members or 0,
            liability_points=row.liability_points or 0,
            liability_fen=row.liability_fen or 0,
            liability=[LiabilityMonthOut(**month) for month in row.liability["months"]],
        )


class SpanOut(Out):
    """`[first_on, until_on)`; `counted_days` of it have figures."""

    first_on: date
    until_on: date
    counted_days: int
    goals: GoalsOut
    standing: StandingOut | None

    @classmethod
    def of(cls, span: Span) -> "SpanOut":
        return cls(
            first_on=span.first_on,
            until_on=span.until_on,
            counted_days=span.counted_days,
            goals=GoalsOut.of(span.goals),
            standing=StandingOut.of(span.standing),
        )


class DayOut(Out):
    """A business date; `goals` is null where nothing was counted."""

    day: date
    goals: GoalsOut | None

    @classmethod
    def of(cls, day: Day) -> "DayOut":
        return cls(day=day.day, goals=None if day.goals is None else GoalsOut.of(day.goals))


class TodayOut(DayOut):
    """Today so far."""

    standing: StandingOut | None


class DashboardOut(Out):
    """A span, the one of the same length before it, its days, and today so far; `counted_at`: the newest count."""

    counted_at: Instant | None
    current: SpanOut
    previous: SpanOut
    days: list[DayOut]
    today: TodayOut

    @classmethod
    def of(cls, found: Dashboard) -> "DashboardOut":
        today = found.today
        return cls(
            counted_at=found.counted_at,
            current=SpanOut.of(found.current),
            previous=SpanOut.of(found.previous),
            days=[DayOut.of(day) for day in found.days],
            today=TodayOut(**dict(DayOut.of(today)), standing=StandingOut.of(today.row)),
        )
