"""Segments: saved rules over members. What a campaign was sent by stays readable: versions are never rewritten."""

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, PrimaryKeyConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import Model
from app.models.types import Instant, Json, Key, PublicId, Str


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
