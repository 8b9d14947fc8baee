"""A person's shift at the counter of a store, from the first bill to the word of whoever takes over."""

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import Model
from app.models.types import Amount, Instant, Key, PublicId, Str


class Shift(Model):
    """Open, closed with its figures, acknowledged by another person. What it came to is written once, as it is closed."""

    __tablename__ = "shift"
    __table_args__ = (
        CheckConstraint("closed_at >= opened_at", name="interval_forward"),
        CheckConstraint(
            "num_nonnulls(closed_at, bills, undone, coupons_used, bill_fen, coupon_fen, tier_fen, points_fen) IN (0, 8)",
            name="closed_with_figures",
        ),
        CheckConstraint(
            "least(bills, undone, coupons_used, bill_fen, coupon_fen, tier_fen, points_fen, counted_fen) >= 0",
            name="figures_not_negative",
        ),
        CheckConstraint("coupon_fen + tier_fen + points_fen <= bill_fen", name="discounts_within_bills"),
        CheckConstraint("counted_fen IS NULL OR closed_at IS NOT NULL", name="counted_when_closed"),
        CheckConstraint("(acknowledged_at IS NULL) = (acknowledged_by_id IS NULL)", name="acknowledged_by_somebody"),
        CheckConstraint(
            "acknowledged_at IS NULL OR (closed_at IS NOT NULL AND acknowledged_at >= closed_at)",
            name="acknowledged_after_close",
        ),
        CheckConstraint("acknowledged_by_id <> staff_id", name="acknowledged_by_another"),
        # One shift at a time for a person at a store.
        Index("uq_shift_open", "store_id", "staff_id", unique=True, postgresql_where=text("closed_at IS NULL")),
        # The store's list.
        Index("ix_shift_store_id_opened_at", "store_id", "opened_at", "id"),
    )

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    store_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("store.id"))
    staff_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("staff.id"))
    opened_at: Mapped[Instant]
    closed_at: Mapped[Instant | None]
    # Bills settled and not undone, bills undone, uses of coupons that stand; and what came off the bills.
    bills: Mapped[Amount | None]
    undone: Mapped[Amount | None]
    coupons_used: Mapped[Amount | None]
    bill_fen: Mapped[Amount | None]
    coupon_fen: Mapped[Amount | None]
    tier_fen: Mapped[Amount | None]
    points_fen: Mapped[Amount | None]
    # What was counted in the till, if anybody counted.
    counted_fen: Mapped[Amount | None]
    note: Mapped[Str] = mapped_column(default="")
    acknowledged_at: Mapped[Instant | None]
    acknowledged_by_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("staff.id"))
    reply: Mapped[Str] = mapped_column(default="")
