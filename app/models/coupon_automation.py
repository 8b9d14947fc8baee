"""Coupons that come by themselves: which event brings which, and what is owed to whom."""

from sqlalchemy import BigInteger, Boolean, CheckConstraint, ForeignKey, Index, PrimaryKeyConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import Model
from app.models.types import Instant, Json, Key, PublicId, Str

COUPON_EVENTS = ("joined", "anniversary", "tier_up", "purchase", "check_in")


class CouponAutomation(Model):
    """An event, the batch it gives from, and conditions (rules/coupon_automation.py). Switched and ended, never rewritten:
    what was given stays given under the words it was given for."""

    __tablename__ = "coupon_automation"
    __table_args__ = (
        CheckConstraint(f"event IN ({', '.join(repr(name) for name in COUPON_EVENTS)})", name="event_known"),
        CheckConstraint("ends_at > starts_at", name="interval_forward"),
        # Asked for every event; almost always empty.
        Index("ix_coupon_automation_event", "event", postgresql_where=text("is_active")),
    )

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    name: Mapped[Str] = mapped_column(unique=True)
    event: Mapped[Str]
    batch_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("coupon_batch.id"))
    conditions: Mapped[Json] = mapped_column(JSONB)
    is_active: Mapped[bool] = mapped_column(Boolean, default=True)
    # When what happens counts; without an end, until it is switched off.
    starts_at: Mapped[Instant]
    ends_at: Mapped[Instant | None]
    created_by_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("staff.id"))
    created_at: Mapped[Instant]


class CouponOwed(Model):
    """A coupon an automation owes a member: once per occurrence, written with the event itself, given by a tick."""

    __tablename__ = "coupon_owed"
    __table_args__ = (
        PrimaryKeyConstraint("member_id", "automation_id", "occurrence"),
        CheckConstraint("state IN ('due', 'given', 'unavailable', 'withdrawn')", name="state_known"),
        CheckConstraint("(state = 'due') = (ended_at IS NULL)", name="ended_has_time"),
        CheckConstraint("(state IN ('unavailable', 'withdrawn')) = (reason IS NOT NULL)", name="reason_told"),
        Index("ix_coupon_owed_due", "due_at", "member_id", postgresql_where=text("state = 'due'")),
        # The console counts by automation.
        Index("ix_coupon_owed_automation_id_state", "automation_id", "state"),
    )

    member_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("member_account.member_id"))
    automation_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("coupon_automation.id"))
    # "joined", "anniversary:2", "tier:gold:2026", "purchase:17", "check_in:2026-11-20": what "once" means.
    occurrence: Mapped[Str]
    # due · given · unavailable: could not be given · withdrawn: given, and taken back with the bill it was for
    state: Mapped[Str] = mapped_column(default="due")
    # The code of the refusal; "refunded", "tier_lost" or "merged".
    reason: Mapped[Str | None]
    due_at: Mapped[Instant]
    ended_at: Mapped[Instant | None]
