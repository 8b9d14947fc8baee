"""Bills paid: at a counter, in the mini-program, in any shop that reports through the partner door.

`(channel, order_no)` is the natural key: the same order counts once (I4). Refunds never sum above what was paid (I13).
"""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    PrimaryKeyConstraint,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import Model
from app.models.types import Amount, Instant, Key, PublicId, Str


class Purchase(Model):
    """A bill. Without a member it waits until its phone or external number turns up.

    A counter's undo voids the bill and frees its number for the corrected one; a refunded order keeps its number, so that a
    late repeat of the original cannot credit again.
    """

    __tablename__ = "purchase"
    __table_args__ = (
        Index("uq_purchase_order", "channel", "order_no", unique=True, postgresql_where=text("status <> 'voided'")),
        CheckConstraint("bill_fen > 0", name="bill_positive"),
        CheckConstraint("discount_fen BETWEEN 0 AND bill_fen", name="discount_in_range"),
        CheckConstraint("refunded_fen BETWEEN 0 AND bill_fen - discount_fen", name="refunds_within_paid"),
        CheckConstraint("status IN ('waiting', 'paid', 'refunded', 'voided')", name="status_known"),
        CheckConstraint(
            "(status <> 'waiting' OR member_id IS NULL) AND (status <> 'paid' OR member_id IS NOT NULL)",
            name="waiting_has_no_member",
        ),
        # A bill of which money was paid is refunded when all of it is.
        CheckConstraint("status <> 'refunded' OR refunded_fen = bill_fen - discount_fen", name="refunded_in_full"),
        Index("ix_purchase_member_id_occurred_at", "member_id", "occurred_at"),
        # The counter's list of the day.
        Index("ix_purchase_store_id_occurred_at", "store_id", "occurred_at", "id"),
        # Waiting bills of a phone or an external number that just turned up.
        Index("ix_purchase_waiting_phone", "buyer_phone_index", postgresql_where=text("status = 'waiting'")),
        Index(
            "ix_purchase_waiting_external",
            "channel",
            "buyer_external_id",
            postgresql_where=text("status = 'waiting'"),
        ),
    )

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    member_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("member.id"))
    store_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("store.id"))
    # "store:<id>" for a counter; a partner's own code otherwise.
    channel: Mapped[Str]
    order_no: Mapped[Str]
    bill_fen: Mapped[Amount]
    discount_fen: Mapped[Amount] = mapped_column(default=0)
    refunded_fen: Mapped[Amount] = mapped_column(default=0, server_default="0")
    status: Mapped[Str] = mapped_column(default="paid")
    occurred_at: Mapped[Instant]
    # Whom the channel sold to, until a member claims the bill; emptied then.
    buyer_phone_index: Mapped[bytes | None] = mapped_column(LargeBinary)
    buyer_external_id: Mapped[Str | None]


class PurchaseLine(Model):
    """What was bought: a line of the bill after its own discounts. Lines sum to what was paid."""

    __tablename__ = "purchase_line"
    __table_args__ = (
        PrimaryKeyConstraint("purchase_id", "line_no"),
        CheckConstraint("quantity > 0", name="quantity_positive"),
        CheckConstraint("amount_fen >= 0", name="amount_not_negative"),
    )

    purchase_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("purchase.id"))
    line_no: Mapped[int] = mapped_column(autoincrement=False)
    sku: Mapped[Str]
    category: Mapped[Str] = mapped_column(default="")
    quantity: Mapped[int]
    amount_fen: Mapped[Amount]


class PurchaseRefund(Model):
    """Money given back on a purchase, append-only. Its number is the channel's: the same refund counts once (I13)."""

    __tablename__ = "purchase_refund"
    __table_args__ = (
        UniqueConstraint("purchase_id", "refund_no"),
        CheckConstraint("amount_fen > 0", name="amount_positive"),
    )

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    purchase_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("purchase.id"))
    refund_no: Mapped[Str]
    amount_fen: Mapped[Amount]
    occurred_at: Mapped[Instant]
    recorded_at: Mapped[Instant]
