"""A member's wish to be forgotten: asked for, thought over, then carried out."""

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import Model
from app.models.types import Instant, Key, PublicId, Str

ERASURE_STATES = ("waiting", "withdrawn", "merged", "done")


class ErasureRequest(Model):
    """One wish, and what became of it. `merged`: the membership became another one's before its time came."""

    __tablename__ = "erasure_request"
    __table_args__ = (
        CheckConstraint(f"state IN ({', '.join(repr(name) for name in ERASURE_STATES)})", name="state_known"),
        CheckConstraint("(state = 'waiting') = (ended_at IS NULL)", name="ended_has_instant"),
        # Nobody is erased before the time to think is over.
        CheckConstraint("due_at > requested_at AND (state <> 'done' OR ended_at >= due_at)", name="thought_over"),
        # On whose word: the member's own, or what somebody of the staff was told.
        CheckConstraint("(staff_id IS NULL) = (reason IS NULL)", name="staff_tells_why"),
        # One wish at a time.
        Index("uq_erasure_request_waiting", "member_id", unique=True, postgresql_where=text("state = 'waiting'")),
        # The tick.
        Index("ix_erasure_request_due", "due_at", "id", postgresql_where=text("state = 'waiting'")),
    )

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    member_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("member.id"), index=True)
    state: Mapped[Str] = mapped_column(default="waiting")
    staff_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("staff.id"))
    reason: Mapped[Str | None]
    requested_at: Mapped[Instant]
    due_at: Mapped[Instant]
    ended_at: Mapped[Instant | None]
