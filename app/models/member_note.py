"""What the shop's people write down about serving a member: a complaint, a wish, a promise."""

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import Model
from app.models.types import Instant, Key, PublicId, Str

NOTE_LENGTH = 500


class MemberNote(Model):
    """A service note. Never rewritten; it follows a merge and goes with an erasure."""

    __tablename__ = "member_note"
    __table_args__ = (
        CheckConstraint(f"length(note) BETWEEN 1 AND {NOTE_LENGTH}", name="note_length"),
        # A member's notes, newest first.
        Index("ix_member_note_member_id_id", "member_id", "id"),
    )

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    member_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("member.id"))
    note: Mapped[Str]
    # At whose counter; empty for what was written at the console.
    store_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("store.id"))
    written_by_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("staff.id"))
    written_at: Mapped[Instant]
