"""What was printed of a template, for whom, with which stock and budget; the stock lies in buckets (I6, I8)."""

import uuid

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    PrimaryKeyConstraint,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import Model
from app.models.types import Amount, Instant, Key, PublicId, Str

# What every coupon of a bucket copies from it by foreign key: it can differ neither from the batch nor from the terms.
COUNTED_BY = ("template_id", "family_id", "life_limit", "per_member_limit", "per_day_limit")


class MemberList(Model):
    """Members named one by one: the audience of a batch or of an issue run."""

    __tablename__ = "member_list"

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    name: Mapped[Str] = mapped_column(unique=True)
    created_by_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("staff.id"))
    created_at: Mapped[Instant]


class MemberListEntry(Model):
    """One member on a list."""

    __tablename__ = "member_list_entry"
    __table_args__ = (
        PrimaryKeyConstraint("list_id", "member_id"),
        # A merge takes the entries of the member who goes.
        Index("ix_member_list_entry_member_id", "member_id"),
    )

    list_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("member_list.id"))
    member_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("member.id"))


class CouponBatch(Model):
    """Printed quantity, money budget, window, audience and limits.

    Stock and budget are NOT NULL on purpose: a batch nobody bounded cannot be claimed. They are the sums of its buckets
    (tr_coupon_batch_sums). The template may change to another version until the first coupon is out (the foreign keys).
    """

    __tablename__ = "coupon_batch"
    __table_args__ = (
        ForeignKeyConstraint(
            ["template_id", "family_id", "life_limit"],
            ["coupon_template.id", "coupon_template.family_id", "coupon_template.life_limit"],
            name="fk_coupon_batch_terms_coupon_template",
        ),
        CheckConstraint("stock > 0", name="stock_positive"),
        CheckConstraint("budget_fen > 0", name="budget_positive"),
        CheckConstraint("per_member_limit > 0", name="per_member_limit_positive"),
        CheckConstraint("per_day_limit BETWEEN 0 AND per_member_limit", name="per_day_limit_range"),
        CheckConstraint("claim_ends_at > claim_starts_at", name="window_forward"),
        CheckConstraint("status IN ('active', 'paused', 'closed')", name="status_known"),
        CheckConstraint("how IN ('claim', 'issue', 'birthday', 'code', 'exchange')", name="how_known"),
        CheckConstraint("(how = 'exchange') = (points_price IS NOT NULL)", name="exchange_has_price"),
        CheckConstraint("points_price > 0", name="points_price_positive"),
        CheckConstraint("buckets BETWEEN 1 AND 64", name="buckets_range"),
        CheckConstraint("how = 'issue' OR NOT clerk_can_issue", name="clerks_issue_what_is_issued"),
        CheckConstraint("alarm_per_minute > 0", name="alarm_positive"),
        CheckConstraint("codes BETWEEN 0 AND stock", name="codes_within_stock"),
        CheckConstraint("(payer_id IS NULL) = (payer_share_bp IS NULL)", name="payer_and_share"),
        CheckConstraint("payer_share_bp BETWEEN 0 AND 10000", name="payer_share_range"),
        UniqueConstraint("id", *COUNTED_BY, name="uq_coupon_batch_counted_by"),
        # The coupon centre and the exchange shop: what can be had now.
        Index(
            "ix_coupon_batch_open",
            "claim_ends_at",
            "id",
            postgresql_where=text("status = 'active' AND how IN ('claim', 'exchange')"),
        ),
        # Settlements.
        Index("ix_coupon_batch_payer_id", "payer_id", "id", postgresql_where=text("payer_id IS NOT NULL")),
    )

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    template_id: Mapped[int] = mapped_column(BigInteger)
    family_id: Mapped[uuid.UUID]
    life_limit: Mapped[int] = mapped_column(default=0)
    name: Mapped[Str] = mapped_column(unique=True)
    # claim: members take it themselves · issue: the shop gives it · birthday: the birthday automation gives it ·
    # code: for who has a code · exchange: for points
    how: Mapped[Str]
    stock: Mapped[int]
    budget_fen: Mapped[Amount]
    per_member_limit: Mapped[int]
    # Copies a member may have on one business date; 0: as many as the batch allows.
    per_day_limit: Mapped[int] = mapped_column(default=0, server_default="0")
    min_tier_rank: Mapped[int] = mapped_column(default=0)
    # Clerks may give it at the counter, within their day's limit.
    clerk_can_issue: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    member_list_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("member_list.id"))
    points_price: Mapped[Amount | None]
    # Who pays the share of what its coupons cost, agreed when it is printed (tr_coupon_batch_payer_frozen).
    payer_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("payer.id"))
    payer_share_bp: Mapped[int | None]
    buckets: Mapped[int] = mapped_column(default=1, server_default="1")
    # Codes made, imported or being made: each may become a copy.
    codes: Mapped[int] = mapped_column(default=0, server_default="0")
    claim_starts_at: Mapped[Instant]
    claim_ends_at: Mapped[Instant]
    status: Mapped[Str] = mapped_column(default="active")
    # Copies a minute that somebody should look at; with `alarm_pauses` the batch pauses itself.
    alarm_per_minute: Mapped[int | None]
    alarm_pauses: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    sampled_issued: Mapped[int] = mapped_column(default=0, server_default="0")
    sampled_at: Mapped[Instant | None]
    alarmed_at: Mapped[Instant | None]
    created_by_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("staff.id"))
    created_at: Mapped[Instant]


class CouponBucket(Model):
    """A share of a batch's stock and budget. Claims on different buckets do not wait for each other; I6 and I8 are CHECKs."""

    __tablename__ = "coupon_bucket"
    __table_args__ = (
        PrimaryKeyConstraint("batch_id", "no"),
        ForeignKeyConstraint(
            ["batch_id", *COUNTED_BY],
            ["coupon_batch.id", *(f"coupon_batch.{name}" for name in COUNTED_BY)],
            name="fk_coupon_bucket_counted_by_coupon_batch",
            onupdate="CASCADE",
        ),
        CheckConstraint("stock >= 0 AND budget_fen >= 0", name="share_not_negative"),
        CheckConstraint("issued BETWEEN 0 AND stock", name="issued_within_stock"),
        CheckConstraint("committed_fen BETWEEN 0 AND budget_fen", name="committed_within_budget"),
        UniqueConstraint("batch_id", "no", *COUNTED_BY, name="uq_coupon_bucket_counted_by"),
        # Every claim updates a row in place: room for the next version on the same page.
        {"postgresql_with": {"fillfactor": 50}},
    )

    batch_id: Mapped[int] = mapped_column(BigInteger)
    no: Mapped[int]
    template_id: Mapped[int] = mapped_column(BigInteger)
    family_id: Mapped[uuid.UUID]
    life_limit: Mapped[int]
    per_member_limit: Mapped[int]
    per_day_limit: Mapped[int]
    stock: Mapped[int]
    issued: Mapped[int] = mapped_column(default=0, server_default="0")
    budget_fen: Mapped[Amount]
    committed_fen: Mapped[Amount] = mapped_column(default=0, server_default="0")
    # False while the batch is paused or closed: a claim that waited for this row is refused too.
    is_open: Mapped[bool] = mapped_column(Boolean, default=True)
