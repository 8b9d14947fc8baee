"""One member's copy of a coupon."""

import uuid
from datetime import date

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
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import Model
from app.models.coupon_batch import COUNTED_BY
from app.models.types import Amount, Instant, PartKey, PublicId, Str


class Coupon(Model):
    """A copy; its terms are its template's, which never change.

    I7: `slot` counts a member's copies of a batch, `day_slot` those of one business date, `life_slot` those of the whole
    family. They are NULL where there is no such limit, for a copy that came in by a merge above it, and for one that was
    received from a friend.
    """

    __tablename__ = "coupon"
    __table_args__ = (
        PrimaryKeyConstraint("member_id", "id"),
        # I7: with the three CHECKs and the limits taken from the bucket, one more copy has no slot to stand in.
        UniqueConstraint("batch_id", "member_id", "slot"),
        Index(
            "uq_coupon_day_slot",
            "batch_id",
            "member_id",
            "issued_on",
            "day_slot",
            unique=True,
            postgresql_where=text("day_slot IS NOT NULL"),
        ),
        Index(
            "uq_coupon_life_slot",
            "family_id",
            "member_id",
            "life_slot",
            unique=True,
            postgresql_where=text("life_slot IS NOT NULL"),
        ),
        ForeignKeyConstraint(
            ["batch_id", "bucket_no", *COUNTED_BY],
            ["coupon_bucket.batch_id", "coupon_bucket.no", *(f"coupon_bucket.{name}" for name in COUNTED_BY)],
            name="fk_coupon_counted_by_coupon_bucket",
        ),
        # An issue run, a birthday or a claim gives its coupon once, however often it is tried.
        UniqueConstraint("member_id", "source"),
        CheckConstraint("status IN ('active', 'redeemed', 'expired', 'revoked', 'given')", name="status_known"),
        CheckConstraint("slot BETWEEN 1 AND per_member_limit", name="slot_within_limit"),
        CheckConstraint("day_slot BETWEEN 1 AND per_day_limit", name="day_slot_within_limit"),
        CheckConstraint("life_slot BETWEEN 1 AND life_limit", name="life_slot_within_limit"),
        CheckConstraint("expires_at > usable_from", name="validity_forward"),
        CheckConstraint("value_fen > 0", name="value_positive"),
        CheckConstraint("used BETWEEN 0 AND uses", name="used_within_uses"),
        CheckConstraint("(status = 'redeemed') = (used = uses)", name="redeemed_is_used_up"),
        CheckConstraint("(status = 'redeemed') = (redeemed_at IS NOT NULL)", name="redeemed_has_instant"),
        CheckConstraint(
            "(held_visit_id IS NULL OR held_until IS NOT NULL) AND (held_until IS NULL OR status = 'active')",
            name="held_while_active",
        ),
        # Reports: what was issued of a batch in a period. Of a hot batch all entries of a day are one key: it stays small.
        Index("ix_coupon_batch_id_issued_on", "batch_id", "issued_on"),
        # A copy from the exchange shop or an automation is taken back with its exchange or its bill, whose rows say so.
        CheckConstraint(
            "status <> 'revoked' OR revocation_id IS NOT NULL OR source LIKE 'exchange:%' OR source LIKE 'auto:%'",
            name="revoked_by_somebody",
        ),
        # What a run has given, and what a revocation has taken or waits for.
        Index("ix_coupon_issue_run", "issue_run_id", "member_id", postgresql_where=text("issue_run_id IS NOT NULL")),
        Index(
            "ix_coupon_revocation",
            "revocation_id",
            "status",
            "member_id",
            postgresql_where=text("revocation_id IS NOT NULL"),
        ),
        # Wallet tabs.
        Index("ix_coupon_wallet", "member_id", "status", "expires_at", "id"),
        # The expiry tick, and what is told ahead of it, in the order of its cursor.
        Index("ix_coupon_due", "expires_at", "member_id", postgresql_where=text("status = 'active'")),
    )

    member_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("member_account.member_id"))
    id: Mapped[PartKey]
    public_id: Mapped[PublicId]
    batch_id: Mapped[int] = mapped_column(BigInteger)
    bucket_no: Mapped[int]
    template_id: Mapped[int] = mapped_column(BigInteger)
    family_id: Mapped[uuid.UUID]
    life_limit: Mapped[int]
    per_member_limit: Mapped[int]
    per_day_limit: Mapped[int]
    slot: Mapped[int | None]
    day_slot: Mapped[int | None]
    life_slot: Mapped[int | None]
    # The business date of the issue.
    issued_on: Mapped[date]
    # active · redeemed: used up · expired · revoked: the shop took it back · given: a friend accepted it
    status: Mapped[Str] = mapped_column(default="active")
    # Of one use, as the template says it.
    value_fen: Mapped[Amount]
    uses: Mapped[int] = mapped_column(default=1)
    used: Mapped[int] = mapped_column(default=0, server_default="0")
    source: Mapped[Str]
    issued_at: Mapped[Instant]
    usable_from: Mapped[Instant]
    expires_at: Mapped[Instant]
    redeemed_at: Mapped[Instant | None]
    # The run that gave it.
    issue_run_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("issue_run.id"))
    # What took it back; on an active copy: what will, once the hold it is under ends.
    revocation_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("revocation.id"))
    # Promised to one counter visit, or without one to a friend (CouponTransfer), until then; a later instant frees it without
    # anybody's doing.
    held_visit_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("counter_visit.id"))
    held_until: Mapped[Instant | None]
