"""Points, check-ins and tiers as the member sees them."""

from datetime import date
from typing import Annotated

from pydantic import Field, StringConstraints

from app.models import PointsEntry, Tier
from app.services.check_ins import Calendar, CheckInReceipt
from app.services.tiers import Standing
from blueprints.schemas.base import ClosedQuery, Instant, Out


class BadgeOut(Out):
    """How a tier is shown."""

    code: str
    name: str
    name_en: str
    colour: str
    svg_url: str

    @classmethod
    def of(cls, tier: Tier) -> "BadgeOut":
        return cls(
            code=tier.code,
            name=tier.name,
            name_en=tier.name_en,
            colour=tier.colour,
            svg_url=f"/api/mini/v1/badges/{tier.code}.svg",
        )


class RungOut(Out):
    rank: int
    growth_threshold: int
    badge: BadgeOut

    @classmethod
    def of(cls, tier: Tier) -> "RungOut":
        return cls(rank=tier.rank, growth_threshold=tier.growth_threshold, badge=BadgeOut.of(tier))


class StandingOut(Out):
    """Where a member stands; `progress_bp` in basis points of the way to the next rung."""

    growth_value: int
    tier: RungOut
    next_tier: RungOut | None
    growth_needed: int | None
    progress_bp: Annotated[int, Field(ge=0, le=10_000)]

    @classmethod
    def of(cls, standing: Standing) -> "StandingOut":
        return cls(
            growth_value=standing.growth_value,
            tier=RungOut.of(standing.tier),
            next_tier=None if standing.next_tier is None else RungOut.of(standing.next_tier),
            growth_needed=standing.growth_needed,
            progress_bp=standing.progress_bp,
        )


class LadderOut(Out):
    mine: StandingOut
    ladder: list[RungOut]


class NextBonusOut(Out):
    days: int
    points: int

    @classmethod
    def of(cls, bonus: tuple[int, int] | None) -> "NextBonusOut | None":
        return None if bonus is None else cls(days=bonus[0], points=bonus[1])


class CheckInOut(Out):
    """`is_new` is false when today was already checked in; nothing was paid again."""

    business_date: date
    streak: int
    points: int
    is_new: bool
    next_bonus: NextBonusOut | None
    points_balance: int
    standing: StandingOut

    @classmethod
    def of(cls, receipt: CheckInReceipt, *, points_balance: int, standing: Standing) -> "CheckInOut":
        return cls(
            business_date=receipt.business_date,
            streak=receipt.streak,
            points=receipt.points,
            is_new=receipt.is_new,
            next_bonus=NextBonusOut.of(receipt.next_bonus),
            points_balance=points_balance,
            standing=StandingOut.of(standing),
        )


class MonthQuery(ClosedQuery):
    """`month` as YYYY-MM; this month when left out."""

    month: Annotated[str, StringConstraints(pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2])$")] | None = None


class CheckInDayOut(Out):
    business_date: date
    streak: int
    points: int


class CalendarOut(Out):
    month: str
    today: date
    checked_in_today: bool
    streak: int
    next_bonus: NextBonusOut | None
    days: list[CheckInDayOut]

    @classmethod
    def of(cls, month: str, calendar: Calendar) -> "CalendarOut":
        return cls(
            month=month,
            today=calendar.today,
            checked_in_today=calendar.checked_in_today,
            streak=calendar.streak,
            next_bonus=NextBonusOut.of(calendar.next_bonus),
            days=[
                CheckInDayOut(business_date=day.business_date, streak=day.streak, points=day.points)
                for day in calendar.days
            ],
        )


class PointsEntryOut(Out):
    """One change; `delta` is signed, `balance_after` the balance it led to."""

    seq: int
    kind: str
    delta: int
    amount: int
    balance_after: int
    source: str
    occurred_at: Instant

    @classmethod
    def of(cls, entry: PointsEntry) -> "PointsEntryOut":
        # The part before the colon says why; the rest are internal keys.
        return cls(
            seq=entry.seq,
            kind=entry.kind,
            delta=entry.delta,
            amount=entry.amount,
            balance_after=entry.balance_after,
            source=entry.source.partition(":")[0],
            occurred_at=entry.occurred_at,
        )


class PointsEntriesOut(Out):
    data: list[PointsEntryOut]
    has_more: bool
    next_cursor: str | None
    points_balance: int = 0
