"""A coupon on its way to a friend: promised by a token, accepted once, taken back until then."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import Model
from app.models.types import Instant, Key, PublicId, Str


class CouponTransfer(Model):
    """The giver's copy stays theirs, promised until `expires_at`; accepting ends it and makes the friend's copy of it.

    An ended transfer stays as it ended (tr_coupon_transfer_ends_once).
    """

    __tablename__ = "coupon_transfer"
    __table_args__ = (
        ForeignKeyConstraint(
            ["from_member_id", "from_coupon_id"], ["coupon.member_id", "coupon.id"], onupdate="CASCADE"
        ),
        ForeignKeyConstraint(["to_member_id", "to_coupon_id"], ["coupon.member_id", "coupon.id"], onupdate="CASCADE"),
        CheckConstraint("state IN ('open', 'accepted', 'revoked', 'expired')", name="state_known"),
        CheckConstraint("(state = 'open') = (ended_at IS NULL)", name="ended_has_instant"),
        CheckConstraint(
            "(state = 'accepted') = (to_coupon_id IS NOT NULL) AND (to_coupon_id IS NULL) = (to_member_id IS NULL)",
            name="accepted_has_copy",
        ),
        CheckConstraint("expires_at > created_at", name="interval_forward"),
        CheckConstraint("octet_length(token_hash) = 32", name="hash_length"),
        # A copy comes of one transfer.
        UniqueConstraint("to_member_id", "to_coupon_id"),
        # A copy is promised to one friend at a time, and given away once.
        Index(
            "uq_coupon_transfer_live",
            "from_member_id",
            "from_coupon_id",
            unique=True,
            postgresql_where=text("state IN ('open', 'accepted')"),
        ),
        # Ended ones too: a merge follows the copy.
        Index("ix_coupon_transfer_from", "from_member_id", "from_coupon_id"),
        # The tick that ends what nobody accepted.
        Index("ix_coupon_transfer_due", "expires_at", postgresql_where=text("state = 'open'")),
    )

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    from_member_id: Mapped[int] = mapped_column(BigInteger)
    from_coupon_id: Mapped[int] = mapped_column(BigInteger)
    # SHA-256 of the token in the link: the token itself is told once and not kept.
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    # revoked: the giver took it back, or the coupon was gone before anybody accepted it
    state: Mapped[Str] = mapped_column(default="open")
    created_at: Mapped[Instant]
    expires_at: Mapped[Instant]
    ended_at: Mapped[Instant | None]
    to_member_id: Mapped[int | None] = mapped_column(BigInteger)
    to_coupon_id: Mapped[int | None] = mapped_column(BigInteger)
