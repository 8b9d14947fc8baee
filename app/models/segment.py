"""Segments: saved rules over members. What a campaign was sent by stays readable: versions are never rewritten."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    PrimaryKeyConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import Model
from app.models.types import Amount, Instant, Json, Key, PublicId, Str


class Segment(Model):
    """A rule under a name; `version` is the one in force. `member_count` is what the last refresh found."""

    __tablename__ = "segment"
    __table_args__ = (
        CheckConstraint("version > 0", name="version_positive"),
        CheckConstraint("member_count >= 0", name="member_count_not_negative"),
        CheckConstraint("(member_count IS NULL) = (counted_at IS NULL)", name="counted_whole"),
    )

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    name: Mapped[Str] = mapped_column(unique=True)
    description: Mapped[Str] = mapped_column(default="")
    version: Mapped[int] = mapped_column(default=1)
    is_active: Mapped[bool] = mapped_column(default=True)
    member_count: Mapped[int | None] = mapped_column(BigInteger)
    counted_at: Mapped[Instant | None]
    created_by_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("staff.id"))
    created_at: Mapped[Instant]
    updated_at: Mapped[Instant]


class SegmentVersion(Model):
    """A rule as it was said (rules/segment_grammar.py); immutable, by trigger."""

    __tablename__ = "segment_version"
    __table_args__ = (
        PrimaryKeyConstraint("segment_id", "version"),
        CheckConstraint("version > 0", name="version_positive"),
    )

    segment_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("segment.id"))
    version: Mapped[int] = mapped_column(autoincrement=False)
    rule: Mapped[Json] = mapped_column(JSONB)
    created_by_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("staff.id"))
    created_at: Mapped[Instant]


class SegmentList(Model):
    """A member list that follows a segment's version: filled in ranges of members, and again every day until `until_at`."""

    __tablename__ = "segment_list"
    __table_args__ = (
        ForeignKeyConstraint(
            ["segment_id", "segment_version"],
            ["segment_version.segment_id", "segment_version.version"],
            name="fk_segment_list_segment_segment_version",
        ),
        CheckConstraint("after_id BETWEEN 0 AND through_id", name="cursor_in_range"),
        CheckConstraint("due_at IS NOT NULL OR completed_at IS NOT NULL", name="ends_complete"),
        # The tick.
        Index("ix_segment_list_due_at", "due_at", postgresql_where=text("due_at IS NOT NULL")),
    )

    list_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("member_list.id"), primary_key=True, autoincrement=False
    )
    segment_id: Mapped[int] = mapped_column(BigInteger)
    segment_version: Mapped[int]
    # From then on nobody asks the list any more.
    until_at: Mapped[Instant]
    # When the round under way goes on, or the next begins; empty: there is none.
    due_at: Mapped[Instant | None]
    # Members up to `after_id` are right; the round ends with who was the newest when it began.
    after_id: Mapped[Amount] = mapped_column(default=0, server_default="0")
    through_id: Mapped[Amount] = mapped_column(default=0, server_default="0")
    # When the last whole round ended; empty: the first is under way.
    completed_at: Mapped[Instant | None]
