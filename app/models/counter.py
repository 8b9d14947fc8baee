"""What happens at the counter: a visit opened by scanning a member code, the bill settled in it, the coupons used on it."""

import uuid
from datetime import date

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    FetchedValue,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    PrimaryKeyConstraint,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import Model
from app.models.types import Amount, Instant, Key, PublicId, Str


class CounterVisit(Model):
    """A scanned member code, good for one value-moving use by the clerk who scanned it.

    The code's step is consumed here: a second visit from the same code cannot exist. A partner's till that holds points
    consumes it in the same place, so that a code used there is no good at a counter and the other way round.
    """

    __tablename__ = "counter_visit"
    __table_args__ = (
        UniqueConstraint("member_id", "code_step"),
        CheckConstraint("expires_at > opened_at", name="interval_forward"),
        # Scanned by a person at a store, or used up at once by a partner's system.
        CheckConstraint(
            "CASE WHEN partner_key_id IS NULL THEN staff_id IS NOT NULL AND store_id IS NOT NULL"
            " ELSE staff_id IS NULL AND used_at IS NOT NULL END",
            name="scanned_by_one",
        ),
        Index("ix_counter_visit_staff_id_opened_at", "staff_id", "opened_at"),
    )

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    member_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("member.id"))
    code_step: Mapped[int] = mapped_column(BigInteger)
    store_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("store.id"))
    staff_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("staff.id"))
    partner_key_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("partner_key.id"))
    opened_at: Mapped[Instant]
    expires_at: Mapped[Instant]
    used_at: Mapped[Instant | None]


class Checkout(Model):
    """A bill settled at the counter: what coupons, the tier and points took off it. One visit, one checkout; one undo for all.

    Without a purchase when nothing was paid for: a gift handed over.
    """

    __tablename__ = "checkout"
    __table_args__ = (
        CheckConstraint(
            "bill_fen >= 0 AND coupon_fen >= 0 AND tier_fen >= 0 AND points_fen >= 0", name="amounts_not_negative"
        ),
        CheckConstraint("coupon_fen + tier_fen + points_fen <= bill_fen", name="discounts_within_bill"),
        CheckConstraint("(points_spent = 0) = (points_fen = 0) AND points_spent >= 0", name="points_pay_something"),
        CheckConstraint("(bill_fen > 0) = (purchase_id IS NOT NULL)", name="bill_has_purchase"),
        CheckConstraint(
            "(reversed_at IS NULL) = (reversed_by_id IS NULL) AND (reversed_at IS NULL) = (reversal_reason IS NULL)",
            name="reversal_has_author_and_reason",
        ),
        CheckConstraint("undo_until >= settled_at", name="undo_window_forward"),
        # The counter's list of the day.
        Index("ix_checkout_store_id_settled_at", "store_id", "settled_at", "id"),
    )

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    visit_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("counter_visit.id"), unique=True)
    purchase_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("purchase.id"), unique=True)
    store_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("store.id"))
    staff_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("staff.id"))
    bill_fen: Mapped[Amount]
    coupon_fen: Mapped[Amount] = mapped_column(default=0)
    tier_fen: Mapped[Amount] = mapped_column(default=0)
    points_fen: Mapped[Amount] = mapped_column(default=0)
    points_spent: Mapped[Amount] = mapped_column(default=0)
    settled_at: Mapped[Instant]
    undo_until: Mapped[Instant]
    reversed_at: Mapped[Instant | None]
    reversed_by_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("staff.id"))
    reversal_reason: Mapped[Str | None]


class Redemption(Model):
    """One use of a coupon, at a checkout. I5: each use of a coupon has at most one live redemption."""

    __tablename__ = "redemption"
    __table_args__ = (
        ForeignKeyConstraint(["member_id", "coupon_id"], ["coupon.member_id", "coupon.id"], onupdate="CASCADE"),
        UniqueConstraint("checkout_id", "coupon_id"),
        CheckConstraint("discount_fen >= 0", name="discount_not_negative"),
        CheckConstraint("cost_fen >= discount_fen", name="cost_covers_discount"),
        CheckConstraint("use_no > 0", name="use_no_positive"),
        CheckConstraint(
            "(reversed_at IS NULL) = (returned_by IS NULL) AND returned_by IN ('undo', 'refund')",
            name="returned_by_known",
        ),
        Index(
            "uq_redemption_live",
            "member_id",
            "coupon_id",
            "use_no",
            unique=True,
            postgresql_where=text("reversed_at IS NULL"),
        ),
        CheckConstraint("payer_fen BETWEEN 0 AND cost_fen", name="payer_pays_a_share"),
        CheckConstraint("payer_fen = 0 OR payer_id IS NOT NULL", name="share_has_payer"),
        # Reports and settlements by batch and period: when used, and when given back.
        Index("ix_redemption_batch_id_redeemed_at", "batch_id", "redeemed_at"),
        Index(
            "ix_redemption_batch_id_reversed_at",
            "batch_id",
            "reversed_at",
            postgresql_where=text("reversed_at IS NOT NULL"),
        ),
        # Reports by period and store.
        Index("ix_redemption_store_id_redeemed_at", "store_id", "redeemed_at", "id"),
        Index("ix_redemption_coupon_id", "coupon_id"),
    )

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    checkout_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("checkout.id"))
    member_id: Mapped[int] = mapped_column(BigInteger)
    coupon_id: Mapped[int] = mapped_column(BigInteger)
    # Which of the coupon's uses, counted from 1.
    use_no: Mapped[int] = mapped_column(default=1)
    # In which order the bill's coupons were applied, from 1.
    seq: Mapped[int] = mapped_column(default=1)
    store_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("store.id"))
    staff_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("staff.id"))
    # Off the bill; and what it cost the programme, goods handed over included.
    discount_fen: Mapped[Amount]
    cost_fen: Mapped[Amount]
    # The batch, who else pays, and how much of the cost: copied by the database as the coupon is used (tr_redemption_settled)
    # and never changed, so that what was settled stays so.
    batch_id: Mapped[int | None] = mapped_column(
        BigInteger, ForeignKey("coupon_batch.id"), server_default=FetchedValue()
    )
    payer_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("payer.id"), server_default=FetchedValue())
    payer_fen: Mapped[Amount] = mapped_column(server_default="0")
    redeemed_at: Mapped[Instant]
    # Given back: the whole checkout was undone, or a refund returned the coupon.
    reversed_at: Mapped[Instant | None]
    returned_by: Mapped[Str | None]


class RedemptionAttempt(Model):
    """A refused use: who tried what, and why it was refused. Append-only."""

    __tablename__ = "redemption_attempt"
    __table_args__ = (
        Index("ix_redemption_attempt_store_id_tried_at", "store_id", "tried_at", "id"),
        Index("ix_redemption_attempt_tried_at", "tried_at"),
    )

    id: Mapped[Key]
    store_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("store.id"))
    staff_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("staff.id"))
    # What was named, whether or not there is such a thing.
    visit_public_id: Mapped[uuid.UUID | None]
    coupon_public_ids: Mapped[list[uuid.UUID]] = mapped_column(ARRAY(Uuid), default=list)
    bill_fen: Mapped[Amount | None]
    # The error's code.
    reason: Mapped[Str]
    tried_at: Mapped[Instant]


class StaffCounter(Model):
    """How much of a daily limit a person of the staff has used; the CHECK is the limit."""

    __tablename__ = "staff_counter"
    __table_args__ = (
        PrimaryKeyConstraint("staff_id", "business_date", "kind"),
        CheckConstraint("kind IN ('coupons_issued', 'coupons_redeemed', 'discount_fen')", name="kind_known"),
        CheckConstraint("used BETWEEN 0 AND cap", name="used_within_cap"),
    )

    staff_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("staff.id"))
    business_date: Mapped[date]
    kind: Mapped[Str]
    used: Mapped[Amount]
    cap: Mapped[Amount]
