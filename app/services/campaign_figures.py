"""Counting what campaigns came to, and when to count again. docs/domain/results.md

Nothing here is a truth of its own: a count begins at nought and reads deliveries, coupons and bills from end to end, in
ranges of bounded cost, so it may be stopped, repeated or doubled at any moment."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import delete, insert, select
from sqlalchemy.dialects.postgresql import insert as upsert

from app.extensions import db
from app.models import Campaign, CampaignCount, CampaignFigure
from app.rules import message_cost
from app.services import programmes
from app.statements import campaign_figures as statements

CHUNK: Final = 10_000
# A campaign is counted again after this long, or after a hundred times as long as counting took: at most a hundredth of the
# time goes into it, however large the campaign grows.
LEAST_PAUSE: Final = timedelta(minutes=5)
PAUSE_PER_SECOND: Final = 100
OVER: Final = ("done", "cancelled")
# Bills of other channels, refunds and undone uses arrive late.
LATE_BILLS: Final = timedelta(days=2)

SUMS: Final = (
    "targeted",
    "reachable",
    "sent",
    "in_doubt",
    "opened",
    "given",
    "redeemers",
    "redemptions",
    "buyers",
    "orders",
    "revenue_fen",
    "coupon_cost_fen",
    "points_given",
    "bought",
    "spent_fen",
    "spent_squared",
)
CHANNELS: Final = ("subscribe", "oa_template", "sms", "email")

Key = tuple[str, int]
START: Final[Key] = ("", 0)


@dataclass
class Tally:
    """What the ranges read so far add up to, by (period, arm)."""

    arms: dict[tuple[str, str], Counter[str]] = field(default_factory=dict)

    def add(self, period: str, arm: str, values: Mapping[str, Any]) -> None:
        """One range's share of one arm."""
        sums = self.arms.setdefault((period, arm), Counter())
        for name in (*SUMS, *(f"by_{channel}" for channel in CHANNELS)):
            sums[name] += int(values[name])


def list_due(*, now: datetime, limit: int) -> list[int]:
    """Ids of campaigns to be counted now, the longest overdue first."""
    return list(db.session.scalars(statements.DUE, {"now": now, "limit": limit}))


def add_range(campaign_id: int, tally: Tally, *, after: Key, limit: int = CHUNK) -> Key | None:
    """Count the next `limit` deliveries behind `after` into `tally`; where to go on, None at the end."""
    programme = programmes.get()
    rows = db.session.execute(
        statements.COUNT,
        {
            "campaign_id": campaign_id,
            "after_occurrence": after[0],
            "after_member_id": after[1],
            "limit": limit,
            "days": programme.attribution_days,
            "zone": programme.zone,
        },
    ).all()
    for row in rows:
        tally.add(row.period, row.arm, dict(row._mapping))
    if not rows or rows[0].rows_read < limit:
        return None
    return rows[0].last_occurrence, rows[0].last_member_id


def write(campaign_id: int, tally: Tally, *, seconds: float, now: datetime) -> bool:
    """Put a whole count in the place of the one before; `seconds` is what it took. True when it is final."""
    programme = programmes.get()
    campaign = db.session.get_one(Campaign, campaign_id, populate_existing=True)
    next_at = _next(campaign, days=programme.attribution_days, seconds=seconds, now=now)
    values = {"counted_at": now, "next_at": next_at, "window_days": programme.attribution_days}
    # The row's lock lets two counts of one campaign write one after the other.
    db.session.execute(
        upsert(CampaignCount)
        .values(campaign_id=campaign_id, **values)
        .on_conflict_do_update(index_elements=["campaign_id"], set_=values)
    )
    db.session.execute(delete(CampaignFigure).where(CampaignFigure.campaign_id == campaign_id))
    rows = list(_rows(campaign_id, tally, costs=programme.message_cost_fen, points_price=programme.fen_per_100_points))
    if rows:
        db.session.execute(insert(CampaignFigure), rows)
    return next_at is None


def count(campaign_id: int, *, now: datetime) -> None:
    """Count a small campaign in one go, in the caller's transaction; the tick takes ranges."""
    tally, after = Tally(), START
    while (following := add_range(campaign_id, tally, after=after)) is not None:
        after = following
    write(campaign_id, tally, seconds=0, now=now)


def count_of(campaign_id: int) -> CampaignCount | None:
    """When it was counted last."""
    return db.session.scalars(
        select(CampaignCount).where(CampaignCount.campaign_id == campaign_id).execution_options(populate_existing=True)
    ).one_or_none()


def _rows(campaign_id: int, tally: Tally, *, costs: Mapping[str, int], points_price: int) -> Iterator[dict[str, Any]]:
    for (period, arm), sums in sorted(tally.arms.items()):
        yield {
            "campaign_id": campaign_id,
            "period": period,
            "arm": arm,
            **{name: sums[name] for name in SUMS},
            "message_cost_fen": message_cost.of({one: sums[f"by_{one}"] for one in CHANNELS}, costs),
            "points_cost_fen": message_cost.of_points(sums["points_given"], points_price),
        }


def _next(campaign: Campaign, *, days: int, seconds: float, now: datetime) -> datetime | None:
    if campaign.state in OVER and campaign.finished_at is not None:
        last = campaign.finished_at + timedelta(days=days) + LATE_BILLS
        if now >= last:
            return None
    return now + max(LEAST_PAUSE, timedelta(seconds=seconds * PAUSE_PER_SECOND))
