"""What each business day came to, as a tick last counted it: all of it can be counted again from the rows it tells of."""

from datetime import date

from sqlalchemy import CheckConstraint, PrimaryKeyConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import Model
from app.models.types import Amount, Instant, Json

# How many days back buyers are told apart: a week, a month, a quarter.
WINDOWS = (7, 30, 90)


class DayFigure(Model):
    """One business date: what happened on it, and how the programme stood when that was last looked at."""

    __tablename__ = "day_figure"
    __table_args__ = (
        CheckConstraint(
            "new_members >= 0 AND revenue_fen >= 0 AND check_ins >= 0 AND coupons_issued >= 0 AND redemptions >= 0",
            name="counts_not_negative",
        ),
        CheckConstraint("buyers BETWEEN 0 AND bills", name="buyers_have_bills"),
        CheckConstraint("opened BETWEEN 0 AND sent", name="opened_was_sent"),
        CheckConstraint(
            "coupon_cost_fen >= payer_fen AND payer_fen >= 0 AND tier_fen >= 0 AND points_fen >= 0"
            " AND message_cost_fen >= 0",
            name="costs_not_negative",
        ),
        CheckConstraint(
            "(standing_at IS NULL) = (members IS NULL) AND (standing_at IS NULL) = (liability IS NULL)"
            " AND (standing_at IS NULL) = (liability_points IS NULL) AND (standing_at IS NULL) = (liability_fen IS NULL)",
            name="standing_whole",
        ),
    )

    day: Mapped[date] = mapped_column(primary_key=True)
    counted_at: Mapped[Instant]
    new_members: Mapped[Amount]
    # Members' paid bills, who paid them, and fen paid and not refunded.
    bills: Mapped[Amount]
    buyers: Mapped[Amount]
    revenue_fen: Mapped[Amount]
    check_ins: Mapped[Amount]
    # Net of what was taken back on the day: may be below zero.
    points_issued: Mapped[Amount]
    points_spent: Mapped[Amount]
    points_expired: Mapped[Amount]
    coupons_issued: Mapped[Amount]
    # Uses that stand, what they cost, and what suppliers and departments pay of that.
    redemptions: Mapped[Amount]
    coupon_cost_fen: Mapped[Amount]
    payer_fen: Mapped[Amount]
    # Taken off bills for a tier, and for points.
    tier_fen: Mapped[Amount]
    points_fen: Mapped[Amount]
    # Messages that left, those opened of them, what they cost at the prices of the count.
    sent: Mapped[Amount]
    opened: Mapped[Amount]
    message_cost_fen: Mapped[Amount]
    # Empty: a day that was over before anybody looked.
    standing_at: Mapped[Instant | None]
    members: Mapped[Amount | None]
    liability_points: Mapped[Amount | None]
    liability_fen: Mapped[Amount | None]
    # By expiry month, as the liability report tells it.
    liability: Mapped[Json | None] = mapped_column(JSONB)


class WindowFigure(Model):
    """Members who bought in the `days` before a business date, and those of them who did more than once."""

    __tablename__ = "window_figure"
    __table_args__ = (
        PrimaryKeyConstraint("until_on", "days"),
        CheckConstraint(f"days IN {WINDOWS}", name="days_known"),
        CheckConstraint("repeat_buyers BETWEEN 0 AND buyers", name="repeat_buyers_are_buyers"),
    )

    until_on: Mapped[date]
    days: Mapped[int]
    counted_at: Mapped[Instant]
    buyers: Mapped[Amount]
    repeat_buyers: Mapped[Amount]
