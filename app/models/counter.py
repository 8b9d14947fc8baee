"""What happens at the counter: a visit opened by scanning a member code, the redemption of a coupon."""

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint, text
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


class Redemption(Model):
    """A coupon used at a store by a clerk. I5: at most one live redemption per coupon."""

    __tablename__ = "redemption"
    __table_args__ = (
        ForeignKeyConstraint(["member_id", "coupon_id"], ["coupon.member_id", "coupon.id"], onupdate="CASCADE"),
        CheckConstraint("discount_fen > 0 AND discount_fen <= bill_fen", name="discount_in_range"),
        CheckConstraint(
            "(reversed_at IS NULL) = (reversed_by_id IS NULL) AND (reversed_at IS NULL) = (reversal_reason IS NULL)",
            name="reversal_has_author_and_reason",
        ),
        CheckConstraint("undo_until >= redeemed_at", name="undo_window_forward"),
        Index(
            "uq_redemption_live",
            "member_id",
            "coupon_id",
            unique=True,
            postgresql_where=text("reversed_at IS NULL"),
        ),
        # The clerk's list of today.
        Index("ix_redemption_store_id_redeemed_at", "store_id", "redeemed_at", "id"),
        Index("ix_redemption_coupon_id", "coupon_id"),
    )

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    member_id: Mapped[int] = mapped_column(BigInteger)
    coupon_id: Mapped[int] = mapped_column(BigInteger)
    visit_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("counter_visit.id"), unique=True)
    purchase_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("purchase.id"), unique=True)
    store_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("store.id"))
    staff_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("staff.id"))
    bill_fen: Mapped[Amount]
    discount_fen: Mapped[Amount]
    redeemed_at: Mapped[Instant]
    undo_until: Mapped[Instant]
    reversed_at: Mapped[Instant | None]
    reversed_by_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("staff.id"))
    reversal_reason: Mapped[Str | None]
