"""Corrections of the ledgers by hand: who, why, and whose second look they needed."""

from datetime import date

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import Model
from app.models.types import Amount, Instant, Key, PublicId, Str


class Adjustment(Model):
    """A correction by hand, of points or growth, with its reason. Above the limit a second person decides."""

    __tablename__ = "adjustment"
    __table_args__ = (
        CheckConstraint("ledger IN ('points', 'growth')", name="ledger_known"),
        CheckConstraint("amount <> 0", name="amount_not_zero"),
        CheckConstraint("reason_code IN ('service', 'goodwill', 'mistake', 'fraud', 'migration')", name="reason_known"),
        CheckConstraint("length(reason) >= 4", name="reason_told"),
        CheckConstraint("state IN ('waiting', 'booked', 'rejected')", name="state_known"),
        CheckConstraint("state <> 'waiting' OR needs_approval", name="waiting_needs_approval"),
        CheckConstraint(
            "(needs_approval AND state <> 'waiting') = (decided_by_id IS NOT NULL)"
            " AND (decided_by_id IS NULL) = (decided_at IS NULL)",
            name="decision_whole",
        ),
        # Nobody approves their own.
        CheckConstraint("decided_by_id <> requested_by_id", name="second_person"),
        # What one person booked alone today.
        Index("ix_adjustment_requested_by_id_business_date", "requested_by_id", "business_date"),
        Index("ix_adjustment_member_id_id", "member_id", "id"),
        Index("ix_adjustment_waiting", "id", postgresql_where=text("state = 'waiting'")),
    )

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    member_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("member_account.member_id"))
    ledger: Mapped[Str]
    # Signed: points or growth given, or taken.
    amount: Mapped[Amount]
    reason_code: Mapped[Str]
    reason: Mapped[Str]
    state: Mapped[Str]
    needs_approval: Mapped[bool]
    business_date: Mapped[date]
    requested_by_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("staff.id"))
    requested_at: Mapped[Instant]
    decided_by_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("staff.id"))
    decided_at: Mapped[Instant | None]
