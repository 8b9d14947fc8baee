"""Coupons: a template holds the terms, a batch what was printed and for whom, a coupon is one member's copy."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    PrimaryKeyConstraint,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import Model
from app.models.types import Amount, Instant, Key, PartKey, PublicId, Str


class CouponTemplate(Model):
    """The terms: so much off when the bill reaches a minimum, valid so many days after issue, in which stores."""

    __tablename__ = "coupon_template"
    __table_args__ = (
        CheckConstraint("kind IN ('amount_off')", name="kind_known"),
        CheckConstraint("value_fen > 0", name="value_positive"),
        CheckConstraint("min_spend_fen >= value_fen", name="never_pays_out"),
        CheckConstraint("valid_days BETWEEN 1 AND 3650", name="valid_days_range"),
    )

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    name: Mapped[Str] = mapped_column(unique=True)
    kind: Mapped[Str] = mapped_column(default="amount_off")
    value_fen: Mapped[Amount]
    min_spend_fen: Mapped[Amount]
    valid_days: Mapped[int]
    # Empty: every store.
    store_ids: Mapped[list[int]] = mapped_column(ARRAY(BigInteger), default=list)
    created_at: Mapped[Instant]


class CouponBatch(Model):
    """Printed quantity, money budget, window and per-member limit. I6 and I8 are its CHECKs.

    Stock and budget are NOT NULL on purpose: a batch nobody bounded cannot be claimed.
    """

    __tablename__ = "coupon_batch"
    __table_args__ = (
        CheckConstraint("stock > 0", name="stock_positive"),
        CheckConstraint("issued BETWEEN 0 AND stock", name="issued_within_stock"),
        CheckConstraint("committed_fen BETWEEN 0 AND budget_fen", name="committed_within_budget"),
        CheckConstraint("per_member_limit > 0", name="per_member_limit_positive"),
        CheckConstraint("claim_ends_at > claim_starts_at", name="window_forward"),
        CheckConstraint("status IN ('active', 'paused', 'closed')", name="status_known"),
        CheckConstraint("how IN ('claim', 'issue', 'birthday')", name="how_known"),
        # Lets a coupon's copy of the limit be a foreign key: it cannot differ from its batch's.
        UniqueConstraint("id", "per_member_limit"),
        # The coupon centre: what can be claimed now.
        Index(
            "ix_coupon_batch_open", "claim_ends_at", "id", postgresql_where=text("status = 'active' AND how = 'claim'")
        ),
    )

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    template_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("coupon_template.id"))
    name: Mapped[Str] = mapped_column(unique=True)
    # claim: members take it themselves · issue: marketers give it · birthday: the birthday automation gives it
    how: Mapped[Str]
    stock: Mapped[int]
    issued: Mapped[int] = mapped_column(default=0)
    budget_fen: Mapped[Amount]
    committed_fen: Mapped[Amount] = mapped_column(default=0)
    per_member_limit: Mapped[int]
    min_tier_rank: Mapped[int] = mapped_column(default=0)
    claim_starts_at: Mapped[Instant]
    claim_ends_at: Mapped[Instant]
    status: Mapped[Str] = mapped_column(default="active")
    created_by_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("staff.id"))
    created_at: Mapped[Instant]


class Coupon(Model):
    """One member's copy. The terms it was issued under are copied, so a later change cannot reach it.

    I7: `slot` counts a member's copies of a batch; NULL only for a copy that came in by a merge above the limit.
    """

    __tablename__ = "coupon"
    __table_args__ = (
        PrimaryKeyConstraint("member_id", "id"),
        # I7: with `slot_within_limit` and the limit taken from the batch itself, one more copy has no slot to stand in.
        UniqueConstraint("batch_id", "member_id", "slot"),
        ForeignKeyConstraint(["batch_id", "per_member_limit"], ["coupon_batch.id", "coupon_batch.per_member_limit"]),
        # An issue run, a birthday or a claim gives its coupon once, however often it is tried.
        UniqueConstraint("member_id", "source"),
        CheckConstraint("status IN ('active', 'redeemed', 'expired', 'revoked')", name="status_known"),
        CheckConstraint("slot BETWEEN 1 AND per_member_limit", name="slot_within_limit"),
        CheckConstraint("expires_at > usable_from", name="validity_forward"),
        CheckConstraint("value_fen > 0 AND min_spend_fen >= value_fen", name="never_pays_out"),
        CheckConstraint("(status = 'redeemed') = (redeemed_at IS NOT NULL)", name="redeemed_has_instant"),
        # Wallet tabs.
        Index("ix_coupon_wallet", "member_id", "status", "expires_at", "id"),
        # The expiry tick.
        Index("ix_coupon_due", "expires_at", postgresql_where=text("status = 'active'")),
    )

    member_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("member_account.member_id"))
    id: Mapped[PartKey]
    public_id: Mapped[PublicId]
    batch_id: Mapped[int] = mapped_column(BigInteger)
    slot: Mapped[int | None]
    per_member_limit: Mapped[int]
    status: Mapped[Str] = mapped_column(default="active")
    value_fen: Mapped[Amount]
    min_spend_fen: Mapped[Amount]
    store_ids: Mapped[list[int]] = mapped_column(ARRAY(BigInteger), default=list)
    source: Mapped[Str]
    issued_at: Mapped[Instant]
    usable_from: Mapped[Instant]
    expires_at: Mapped[Instant]
    redeemed_at: Mapped[Instant | None]
