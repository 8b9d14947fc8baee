"""Achievement badges: rules over facts, awarded once."""

from datetime import date

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, PrimaryKeyConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import Model
from app.models.types import Amount, Instant, Key, PublicId, Str


class Badge(Model):
    """An achievement: reached when a fact about the member comes to its target. Tier badges are the tiers' own."""

    __tablename__ = "badge"
    __table_args__ = (
        CheckConstraint(
            "fact IN ('purchases', 'spent_fen', 'categories', 'streak', 'check_ins', 'member_months')",
            name="fact_known",
        ),
        CheckConstraint("target > 0", name="target_positive"),
        UniqueConstraint("fact", "target"),
    )

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    code: Mapped[Str] = mapped_column(unique=True)
    name: Mapped[Str]
    name_en: Mapped[Str]
    fact: Mapped[Str]
    target: Mapped[Amount]
    emblem: Mapped[Str]
    is_active: Mapped[bool] = mapped_column(default=True)
    # Members with keys up to this one were looked at since the badge is given out; empty when all were.
    settling_after_id: Mapped[int | None] = mapped_column(BigInteger, default=0)
    # The last business date whose months of membership were looked at.
    months_through: Mapped[date]
    created_at: Mapped[Instant]


class MemberBadge(Model):
    """Awarded once and kept, whatever happens to the fact later."""

    __tablename__ = "member_badge"
    __table_args__ = (PrimaryKeyConstraint("member_id", "badge_id"),)

    member_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("member_account.member_id"))
    badge_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("badge.id"))
    awarded_at: Mapped[Instant]
