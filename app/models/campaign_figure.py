"""What campaigns came to, as a tick last counted them: all of it can be counted again from deliveries, coupons and bills."""

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Numeric, PrimaryKeyConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import Model
from app.models.types import Amount, Instant, Str

# The arm of those who were left out, beside 'A' to 'H' and, of a campaign without variants, 'all'.
HOLDOUT = "holdout"
ARMS = ("all", "A", "B", "C", "D", "E", "F", "G", "H", HOLDOUT)


class CampaignCount(Model):
    """When a campaign's figures were counted and when they will be again; never, once nothing can be added any more."""

    __tablename__ = "campaign_count"
    __table_args__ = (
        CheckConstraint("next_at > counted_at", name="next_after_counted"),
        CheckConstraint("window_days BETWEEN 1 AND 90", name="window_range"),
        Index("ix_campaign_count_next_at", "next_at", postgresql_where=text("next_at IS NOT NULL")),
    )

    campaign_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("campaign.id"), primary_key=True, autoincrement=False
    )
    counted_at: Mapped[Instant]
    # Empty: final.
    next_at: Mapped[Instant | None]
    # How long after a message a purchase counts.
    window_days: Mapped[int]


class CampaignFigure(Model):
    """One arm in one period: an occurrence of a broadcast, a calendar month of an automation ('2026-12')."""

    __tablename__ = "campaign_figure"
    __table_args__ = (
        PrimaryKeyConstraint("campaign_id", "period", "arm"),
        CheckConstraint(f"arm IN ({', '.join(repr(arm) for arm in ARMS)})", name="arm_known"),
        # Each step has only people of the step before.
        CheckConstraint(
            "0 <= sent AND 0 <= in_doubt AND sent + in_doubt <= reachable AND reachable <= targeted",
            name="sent_reachable",
        ),
        CheckConstraint("opened BETWEEN 0 AND sent + in_doubt", name="opened_was_sent"),
        CheckConstraint("redeemers BETWEEN 0 AND given AND given <= targeted", name="redeemers_were_given"),
        CheckConstraint("buyers BETWEEN 0 AND sent AND orders >= buyers", name="buyers_were_sent"),
        CheckConstraint("bought BETWEEN 0 AND targeted", name="bought_within"),
        CheckConstraint(
            "redemptions >= redeemers AND coupon_cost_fen >= 0 AND points_given >= 0 AND points_cost_fen >= 0"
            " AND message_cost_fen >= 0 AND revenue_fen >= 0 AND spent_fen >= 0 AND spent_squared >= 0",
            name="sums_not_negative",
        ),
        CheckConstraint(f"arm <> '{HOLDOUT}' OR reachable + given = 0", name="holdout_gets_nothing"),
    )

    campaign_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("campaign_count.campaign_id"))
    period: Mapped[Str]
    arm: Mapped[Str]
    targeted: Mapped[Amount]
    # Nothing stood in the way when the audience was written, or later did.
    reachable: Mapped[Amount]
    sent: Mapped[Amount]
    in_doubt: Mapped[Amount]
    opened: Mapped[Amount]
    # Who got the benefit, whose coupon of it was used, and how often.
    given: Mapped[Amount]
    redeemers: Mapped[Amount]
    redemptions: Mapped[Amount]
    # Who bought within the window after this message, no other message being nearer to the purchase; what it brought.
    buyers: Mapped[Amount]
    orders: Mapped[Amount]
    revenue_fen: Mapped[Amount]
    message_cost_fen: Mapped[Amount]
    coupon_cost_fen: Mapped[Amount]
    points_given: Mapped[Amount]
    points_cost_fen: Mapped[Amount]
    # Of everybody targeted, messaged or not: who bought within the window after the beginning. What lift is told from.
    bought: Mapped[Amount]
    spent_fen: Mapped[Amount]
    # Sum of the squares of each member's fen, for the spread: beyond a bigint.
    spent_squared: Mapped[int] = mapped_column(Numeric(40, 0))
