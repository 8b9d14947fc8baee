"""One check-in per member and business date (I9: the primary key is the rule)."""

from datetime import date

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, PrimaryKeyConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import Model
from app.models.types import Amount, Instant


class CheckIn(Model):
    __tablename__ = "check_in"
    __table_args__ = (
        PrimaryKeyConstraint("member_id", "business_date"),
        CheckConstraint("streak > 0", name="streak_positive"),
        CheckConstraint("points > 0", name="points_positive"),
    )

    member_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("member_account.member_id"))
    business_date: Mapped[date]
    # Days in a row including this one, as it stood when checked in; `flask verify` recomputes it.
    streak: Mapped[int]
    points: Mapped[Amount]
    checked_in_at: Mapped[Instant]
