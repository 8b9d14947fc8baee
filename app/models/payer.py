"""Who pays for coupons besides the shop, and what was settled with them. A closed period never changes."""

from datetime import date

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import Model
from app.models.types import Amount, Instant, Key, PublicId, Str

# The longest period that is settled or reported in one piece.
MAX_DAYS = 400


class Payer(Model):
    """A supplier or a department that takes over a share of what a batch's coupons cost."""

    __tablename__ = "payer"
    __table_args__ = (CheckConstraint("kind IN ('supplier', 'department')", name="kind_known"),)

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    code: Mapped[Str] = mapped_column(unique=True)
    name: Mapped[Str] = mapped_column(unique=True)
    kind: Mapped[Str]
    # False: on no new batch; what is printed goes on.
    is_active: Mapped[bool] = mapped_column(default=True)
    created_by_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("staff.id"))
    created_at: Mapped[Instant]


class Settlement(Model):
    """A payer's closed period `[starts_at, ends_at)`, append-only; its sums are those of its lines, returns taken off.

    Periods are a chain: each but the first begins at the very instant the one before ended, so that no redemption falls
    between two or into both. The instants are kept, because the shop's day may begin at another hour next year.
    """

    __tablename__ = "settlement"
    __table_args__ = (
        ForeignKeyConstraint(
            ["payer_id", "follows_at"],
            ["settlement.payer_id", "settlement.ends_at"],
            name="fk_settlement_follows_settlement",
        ),
        UniqueConstraint("payer_id", "ends_at"),
        # One successor each, and one beginning.
        UniqueConstraint("payer_id", "starts_at"),
        Index("uq_settlement_first", "payer_id", unique=True, postgresql_where=text("follows_at IS NULL")),
        CheckConstraint("follows_at = starts_at", name="follows_at_once"),
        CheckConstraint("ends_at > starts_at", name="period_forward"),
        CheckConstraint(f"until_on - first_on BETWEEN 1 AND {MAX_DAYS}", name="period_length"),
        CheckConstraint("closed_at >= ends_at", name="closed_when_over"),
        CheckConstraint("redeemed >= 0 AND returned >= 0", name="counts_not_negative"),
    )

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    payer_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("payer.id"))
    # Business dates, the second not included.
    first_on: Mapped[date]
    until_on: Mapped[date]
    starts_at: Mapped[Instant]
    ends_at: Mapped[Instant]
    # The end of the period before.
    follows_at: Mapped[Instant | None]
    redeemed: Mapped[int] = mapped_column(BigInteger)
    returned: Mapped[int] = mapped_column(BigInteger)
    discount_fen: Mapped[Amount]
    cost_fen: Mapped[Amount]
    payer_fen: Mapped[Amount]
    closed_by_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("staff.id"))
    closed_at: Mapped[Instant]

    @property
    def shop_fen(self) -> int:
        """What the payer does not pay."""
        return self.cost_fen - self.payer_fen
