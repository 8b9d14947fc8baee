"""Codes that can each be turned into one coupon of a batch made for codes. Only keyed hashes are stored, never a code."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    PrimaryKeyConstraint,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import Model
from app.models.types import Instant, Key, PublicId, Str


class CouponCodeRun(Model):
    """Codes made or imported in one go. What it wants is counted on the batch at once (`coupon_batch.codes`)."""

    __tablename__ = "coupon_code_run"
    __table_args__ = (
        CheckConstraint("kind IN ('create', 'import')", name="kind_known"),
        CheckConstraint("state IN ('planned', 'running', 'done', 'cancelled')", name="state_known"),
        CheckConstraint("wanted > 0", name="wanted_positive"),
        CheckConstraint("made BETWEEN 0 AND wanted", name="made_within_wanted"),
        # A serial may have been passed over (its code was another one's), none can have been made that was not drawn.
        CheckConstraint("cursor >= made", name="cursor_not_behind"),
        CheckConstraint("state <> 'done' OR made = wanted", name="done_is_whole"),
        CheckConstraint("(state IN ('done', 'cancelled')) = (ended_at IS NOT NULL)", name="ended_has_instant"),
        # The tick: what is still to be made, oldest first.
        Index("ix_coupon_code_run_open", "id", postgresql_where=text("state IN ('planned', 'running')")),
        Index("ix_coupon_code_run_batch_id", "batch_id", "id"),
    )

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    batch_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("coupon_batch.id"))
    # create: drawn from the vault's key, so they can be drawn again for another export · import: known as hashes alone
    kind: Mapped[Str]
    state: Mapped[Str]
    wanted: Mapped[int]
    made: Mapped[int] = mapped_column(default=0, server_default="0")
    # The last serial drawn: where a run that was broken off goes on.
    cursor: Mapped[int] = mapped_column(default=0, server_default="0")
    created_by_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("staff.id"))
    created_at: Mapped[Instant]
    ended_at: Mapped[Instant | None]


class CouponCode(Model):
    """One code, and the coupon it became. A used code stays used (tr_coupon_code_used_once)."""

    __tablename__ = "coupon_code"
    __table_args__ = (
        # A chunk made twice by a run that was broken off is refused here.
        PrimaryKeyConstraint("run_id", "serial"),
        ForeignKeyConstraint(["member_id", "coupon_id"], ["coupon.member_id", "coupon.id"], onupdate="CASCADE"),
        CheckConstraint("serial > 0", name="serial_positive"),
        CheckConstraint("octet_length(code_hash) = 32", name="hash_length"),
        CheckConstraint(
            "(used_at IS NULL) = (coupon_id IS NULL) AND (used_at IS NULL) = (member_id IS NULL)",
            name="used_for_a_coupon",
        ),
        # One code, one coupon; and the way from a coupon that a merge moves.
        UniqueConstraint("member_id", "coupon_id"),
        # How many of a run were used, and lists of them.
        Index("ix_coupon_code_used", "run_id", postgresql_where=text("used_at IS NOT NULL")),
    )

    run_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("coupon_code_run.id"))
    serial: Mapped[int]
    # HMAC of the code under the vault's index key: what a code is found by.
    code_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    used_at: Mapped[Instant | None]
    member_id: Mapped[int | None] = mapped_column(BigInteger)
    coupon_id: Mapped[int | None] = mapped_column(BigInteger)
