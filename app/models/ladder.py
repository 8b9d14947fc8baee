"""How tiers are earned and kept, in versions, and what a tier gives (I12)."""

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, PrimaryKeyConstraint, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import Model
from app.models.types import Instant, Key, PublicId, Str

BENEFITS = ("birthday_gift", "upgrade_gift", "monthly_pack", "discount", "priority")


class Ladder(Model):
    """Thresholds and policy. Drafts can be tried; one is active; activation copies the thresholds onto the tiers."""

    __tablename__ = "ladder"
    __table_args__ = (
        CheckConstraint("status IN ('draft', 'active', 'retired')", name="status_known"),
        CheckConstraint("(status = 'draft') = (activated_at IS NULL)", name="activated_has_time"),
        CheckConstraint("qualification IN ('lifetime', 'rolling', 'calendar_year')", name="qualification_known"),
        CheckConstraint(
            "(qualification = 'rolling') = (qualification_months IS NOT NULL) AND qualification_months BETWEEN 1 AND 36",
            name="qualification_months_range",
        ),
        # A tier for life is never reviewed; a calendar year's tier lasts to the end of the next one.
        CheckConstraint(
            "(qualification = 'rolling') = (validity_months IS NOT NULL) AND validity_months BETWEEN 1 AND 36",
            name="validity_months_range",
        ),
        CheckConstraint("downgrade IN ('keep', 'one_down', 'balance_based')", name="downgrade_known"),
        CheckConstraint("grace_days BETWEEN 0 AND 180 AND notice_days BETWEEN 0 AND 180", name="days_range"),
        Index("uq_ladder_active", "status", unique=True, postgresql_where=text("status = 'active'")),
    )

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    name: Mapped[Str]
    status: Mapped[Str] = mapped_column(default="draft")
    qualification: Mapped[Str] = mapped_column(default="lifetime")
    qualification_months: Mapped[int | None]
    validity_months: Mapped[int | None]
    downgrade: Mapped[Str] = mapped_column(default="balance_based")
    grace_days: Mapped[int] = mapped_column(default=0)
    notice_days: Mapped[int] = mapped_column(default=30)
    # {tier code: growth}, one for every tier; strictly rising with rank from 0.
    thresholds: Mapped[dict[str, int]] = mapped_column(JSONB)
    created_by_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("staff.id"))
    created_at: Mapped[Instant]
    activated_at: Mapped[Instant | None]
    # Members with keys up to this one stand on the new ladder; empty when all do.
    settling_after_id: Mapped[int | None] = mapped_column(BigInteger)


class TierBenefit(Model):
    """What a tier gives, as data. Multipliers are earning rules that name the tier."""

    __tablename__ = "tier_benefit"
    __table_args__ = (
        UniqueConstraint("tier_id", "kind"),
        CheckConstraint(f"kind IN ({', '.join(repr(name) for name in BENEFITS)})", name="kind_known"),
        CheckConstraint(
            "(kind IN ('birthday_gift', 'upgrade_gift', 'monthly_pack')) = (coupon_batch_id IS NOT NULL)",
            name="gift_has_batch",
        ),
        CheckConstraint(
            "(kind = 'discount') = (discount_bp IS NOT NULL) AND discount_bp BETWEEN 1 AND 9999", name="discount_range"
        ),
    )

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    tier_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("tier.id"))
    kind: Mapped[Str]
    coupon_batch_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("coupon_batch.id"))
    # Basis points off the bill: 500 is 5 %.
    discount_bp: Mapped[int | None]


class TierGift(Model):
    """A gift a tier owes a member: once per tier, kind and period (I12), given by a tick."""

    __tablename__ = "tier_gift"
    __table_args__ = (
        PrimaryKeyConstraint("member_id", "tier_id", "kind", "period"),
        CheckConstraint("kind IN ('upgrade_gift', 'monthly_pack')", name="kind_known"),
        CheckConstraint("state IN ('due', 'given', 'unavailable')", name="state_known"),
        CheckConstraint("(state = 'due') = (ended_at IS NULL)", name="ended_has_time"),
        Index("ix_tier_gift_due", "due_at", "member_id", postgresql_where=text("state = 'due'")),
    )

    member_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("member_account.member_id"))
    tier_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("tier.id"))
    kind: Mapped[Str]
    # "life", "2026", "2026-11": what "once" means for this gift.
    period: Mapped[Str]
    state: Mapped[Str] = mapped_column(default="due")
    due_at: Mapped[Instant]
    ended_at: Mapped[Instant | None]
    # Why it could not be given.
    reason: Mapped[Str | None]
