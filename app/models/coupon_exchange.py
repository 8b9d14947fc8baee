"""A coupon taken for points in the exchange shop: what was paid, with which entry, and whether it was returned."""

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import Model
from app.models.types import Amount, Instant, Key, PublicId, Str


class CouponExchange(Model):
    """Points for a coupon, both in one transaction; a return undoes both, once.

    The entry stays in the ledger it was booked in (`paid_by_id`); the coupon, and this row with it, follows a merge.
    """

    __tablename__ = "coupon_exchange"
    __table_args__ = (
        # A spending buys one coupon, and a coupon is paid for once.
        UniqueConstraint("paid_by_id", "entry_id"),
        UniqueConstraint("member_id", "coupon_id"),
        ForeignKeyConstraint(["member_id", "coupon_id"], ["coupon.member_id", "coupon.id"], onupdate="CASCADE"),
        ForeignKeyConstraint(["paid_by_id", "entry_id"], ["points_entry.member_id", "points_entry.id"]),
        CheckConstraint("points > 0", name="points_positive"),
        CheckConstraint("state IN ('done', 'returned')", name="state_known"),
        CheckConstraint(
            "(state = 'returned') = (returned_at IS NOT NULL) AND (state = 'returned') = (returned_by_id IS NOT NULL)"
            " AND (state = 'returned') = (return_reason IS NOT NULL)",
            name="return_has_author_and_reason",
        ),
        # The console's list of one member.
        Index("ix_coupon_exchange_member_id_id", "member_id", "id"),
    )

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    member_id: Mapped[int] = mapped_column(BigInteger)
    coupon_id: Mapped[int] = mapped_column(BigInteger)
    paid_by_id: Mapped[int] = mapped_column(BigInteger)
    entry_id: Mapped[int] = mapped_column(BigInteger)
    points: Mapped[Amount]
    state: Mapped[Str] = mapped_column(default="done")
    exchanged_at: Mapped[Instant]
    returned_at: Mapped[Instant | None]
    returned_by_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("staff.id"))
    return_reason: Mapped[Str | None]
