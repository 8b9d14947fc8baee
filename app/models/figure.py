"""How a member's purchases stand, as a tick last counted them: all of it can be counted again at any time."""

from datetime import date

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, SmallInteger, text
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import Model
from app.models.types import Amount, Str

STAGES = ("new", "active", "loyal", "at_risk", "lapsed", "lost", "won_back")
_STAGES = ", ".join(repr(name) for name in STAGES)


class MemberFigure(Model):
    """Purchases in a lifetime and in the last 365 days, scores among all who bought, and the stage they lead to."""

    __tablename__ = "member_figure"
    __table_args__ = (
        # Who lapses on a date.
        Index(
            "ix_member_figure_last_purchase_on",
            "last_purchase_on",
            "member_id",
            postgresql_where=text("last_purchase_on IS NOT NULL"),
        ),
        CheckConstraint(f"stage IN ({_STAGES})", name="stage_known"),
        CheckConstraint(f"previous_stage IN ({_STAGES})", name="previous_stage_known"),
        CheckConstraint("previous_stage <> stage", name="stage_changed"),
        CheckConstraint("stage_since <= computed_on", name="stage_since_seen"),
        CheckConstraint(
            "purchases >= purchases_year AND purchases_year >= 0 AND spent_fen >= spent_year_fen AND spent_year_fen >= 0",
            name="year_within_life",
        ),
        CheckConstraint(
            "(purchases > 0) = (first_purchase_on IS NOT NULL) AND (purchases > 0) = (last_purchase_on IS NOT NULL)",
            name="purchases_have_dates",
        ),
        CheckConstraint("first_purchase_on <= last_purchase_on", name="dates_forward"),
        CheckConstraint("returned_on > first_purchase_on AND returned_on <= last_purchase_on", name="returned_between"),
        CheckConstraint(
            "recency BETWEEN 1 AND 5 AND frequency BETWEEN 1 AND 5 AND money BETWEEN 1 AND 5", name="scores_range"
        ),
        CheckConstraint(
            "(recency IS NULL) = (frequency IS NULL) AND (recency IS NULL) = (money IS NULL)"
            " AND (recency IS NULL OR purchases > 0)",
            name="scores_whole",
        ),
    )

    member_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("member.id"), primary_key=True, autoincrement=False)
    first_purchase_on: Mapped[date | None]
    last_purchase_on: Mapped[date | None]
    # The newest purchase that came after longer than a member takes to lapse.
    returned_on: Mapped[date | None]
    purchases: Mapped[int]
    # What was paid and not refunded.
    spent_fen: Mapped[Amount]
    purchases_year: Mapped[int]
    spent_year_fen: Mapped[Amount]
    # Fifths of all who ever bought: 5 is the newest, most frequent, most spending fifth.
    recency: Mapped[int | None] = mapped_column(SmallInteger)
    frequency: Mapped[int | None] = mapped_column(SmallInteger)
    money: Mapped[int | None] = mapped_column(SmallInteger)
    # rules/lifecycle.py
    stage: Mapped[Str]
    # The business date on which it was first seen, and what it was before.
    stage_since: Mapped[date]
    previous_stage: Mapped[Str | None]
    # When a count last found something else; FigureRefresh.day is when it last looked.
    computed_on: Mapped[date]


class FigureRefresh(Model):
    """How far the tick is: one row. A pass over all members a day; between passes, those of new purchases."""

    __tablename__ = "figure_refresh"
    __table_args__ = (
        CheckConstraint("id = 1", name="one_row"),
        CheckConstraint("after_member_id >= 0 AND after_purchase_id >= 0", name="cursors_not_negative"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    # The business date whose pass was begun last.
    day: Mapped[date | None]
    # Members up to this one are counted; empty: the day's pass is done.
    after_member_id: Mapped[int | None] = mapped_column(BigInteger)
    # Purchases up to this one are counted.
    after_purchase_id: Mapped[Amount]
