"""What a campaign came to, as the tick last counted it: funnel, cost, revenue, and lift against those left out."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from app.extensions import db
from app.models import Campaign, CampaignFigure
from app.models.campaign_figure import HOLDOUT
from app.paging import Page, cut
from app.rules import lift, spread
from app.rules.lift import Arm, Lift
from app.services import campaign_figures, programmes
from app.services.periods import Period
from app.statements import campaign_figures as statements


@dataclass(frozen=True, kw_only=True)
class Figures:
    """Of people, but `redemptions` and `orders`; money in fen. What each means: models/campaign_figure.py"""

    targeted: int = 0
    reachable: int = 0
    sent: int = 0
    in_doubt: int = 0
    opened: int = 0
    given: int = 0
    redeemers: int = 0
    redemptions: int = 0
    buyers: int = 0
    orders: int = 0
    revenue_fen: int = 0
    message_cost_fen: int = 0
    coupon_cost_fen: int = 0
    points_given: int = 0
    points_cost_fen: int = 0
    bought: int = 0
    spent_fen: int = 0
    spent_squared: int = 0

    @property
    def cost_fen(self) -> int:
        """Messages, coupons used and points given."""
        return self.message_cost_fen + self.coupon_cost_fen + self.points_cost_fen

    @property
    def arm(self) -> Arm:
        """As lift compares it."""
        return Arm(people=self.targeted, bought=self.bought, spent_fen=self.spent_fen, spent_squared=self.spent_squared)


@dataclass(frozen=True, kw_only=True)
class ArmResult:
    """One text, or those held out, over all periods; `lift` of a text alone, against the same held out."""

    arm: str
    figures: Figures
    lift: Lift | None


@dataclass(frozen=True, kw_only=True)
class PeriodResult:
    """One arm of one period."""

    period: str
    arm: str
    figures: Figures


@dataclass(frozen=True, kw_only=True)
class Results:
    """`counted_at` None: not counted yet. `total` is everybody but those held out."""

    counted_at: datetime | None
    is_final: bool
    window_days: int
    total: Figures
    holdout: Figures
    lift: Lift
    arms: Sequence[ArmResult]


NAMES = tuple(each.name for each in fields(Figures))


def of(campaign: Campaign) -> Results:
    """The figures of all periods together, over all and by variant."""
    sums = [func.sum(getattr(CampaignFigure, name)).label(name) for name in NAMES]
    rows = db.session.execute(
        select(CampaignFigure.arm, *sums)
        .where(CampaignFigure.campaign_id == campaign.id)
        .group_by(CampaignFigure.arm)
        .order_by(CampaignFigure.arm)
    )
    arms = {row.arm: _figures(row) for row in rows}
    holdout = arms.pop(HOLDOUT, Figures())
    total = _together(arms.values())
    counted = campaign_figures.count_of(campaign.id)
    return Results(
        counted_at=counted.counted_at if counted else None,
        is_final=counted is not None and counted.next_at is None,
        window_days=counted.window_days if counted else programmes.get().attribution_days,
        total=total,
        holdout=holdout,
        lift=lift.compare(total.arm, holdout.arm),
        arms=[
            ArmResult(arm=arm, figures=figures, lift=lift.compare(figures.arm, holdout.arm))
            for arm, figures in arms.items()
        ],
    )


def list_periods(campaign: Campaign, *, after: tuple[str, str] | None, limit: int) -> Page[PeriodResult]:
    """By period and arm, those held out among them."""
    key = (CampaignFigure.period, CampaignFigure.arm)
    query = select(CampaignFigure).where(CampaignFigure.campaign_id == campaign.id).order_by(*key).limit(limit + 1)
    if after is not None:
        query = query.where(func.row(*key) > func.row(*after))
    rows = db.session.scalars(query.execution_options(populate_existing=True)).all()
    return cut(rows, limit, lambda row: (row.period, row.arm)).map(
        lambda row: PeriodResult(period=row.period, arm=row.arm, figures=_figures(row))
    )


@dataclass(frozen=True, kw_only=True)
class GlobalResult:
    """All marketing of a period: members who may get it against those the programme keeps out of it."""

    treated: Arm
    holdout: Arm
    lift: Lift


def of_all_marketing(period: Period) -> GlobalResult:
    """What all campaigns together changed, by the global holdout as the programme sets it now."""
    programme = programmes.get()
    rows = db.session.execute(
        statements.GLOBAL,
        {
            "global_seed": spread.seed_of("global", programme.holdout_salt),
            "holdout_bp": programme.holdout_bp,
            "starts_at": period.starts_at,
            "ends_at": period.ends_at,
        },
    )
    arms = {
        row.is_held: Arm(
            people=row.people, bought=row.bought, spent_fen=row.spent_fen, spent_squared=int(row.spent_squared)
        )
        for row in rows
    }
    nobody = Arm(people=0, bought=0, spent_fen=0, spent_squared=0)
    treated, holdout = arms.get(False, nobody), arms.get(True, nobody)
    return GlobalResult(treated=treated, holdout=holdout, lift=lift.compare(treated, holdout))


def _figures(row: Any) -> Figures:
    return Figures(**{name: int(getattr(row, name)) for name in NAMES})


def _together(all_figures: Iterable[Figures]) -> Figures:
    listed = list(all_figures)
    return Figures(**{name: sum(getattr(one, name) for one in listed) for name in NAMES})
