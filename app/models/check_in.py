"""One check-in per member and business date (I9: the primary key is the rule)."""

from datetime import date

from sqlalchemy import BigInteger, CheckConstraint, Computed, ForeignKey, Index, PrimaryKeyConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import Model
from app.models.types import Amount, Instant


class CheckIn(Model):
    __tablename__ = "check_in"
    __table_args__ = (
        PrimaryKeyConstraint("member_id", "business_date"),
        CheckConstraint("streak > 0", name="streak_positive"),
        CheckConstraint("points >= 0 AND (points > 0 OR makeup_no IS NOT NULL)", name="points_positive"),
        CheckConstraint(
            "makeup_no BETWEEN 1 AND makeup_limit AND (makeup_no IS NULL) = (makeup_limit IS NULL)",
            name="makeup_within_limit",
        ),
        # The monthly limit of make-ups: each takes the next number, none above the limit.
        Index(
            "uq_check_in_makeup",
            "member_id",
            "month",
            "makeup_no",
            unique=True,
            postgresql_where=text("makeup_no IS NOT NULL"),
        ),
        Index("ix_check_in_member_id_month", "member_id", "month"),
    )

    member_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("member_account.member_id"))
    business_date: Mapped[date]
    # Days in a row including this one, as it stood when checked in; `flask verify` recomputes it.
    streak: Mapped[int]
    points: Mapped[Amount]
    checked_in_at: Mapped[Instant]
    # First day of the calendar month.
    month: Mapped[date] = mapped_column(
        Computed(
            "make_date(EXTRACT(year FROM business_date)::integer, EXTRACT(month FROM business_date)::integer, 1)",
            persisted=True,
        )
    )
    # Empty for a day checked in on the day itself.
    makeup_no: Mapped[int | None]
    makeup_limit: Mapped[int | None]
