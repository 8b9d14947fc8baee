"""Tags: short words that the shop's people stick to members, for segments to ask for."""

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, PrimaryKeyConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import Model
from app.models.types import Instant, Key, PublicId, Str


class Tag(Model):
    """A tag; its name is what rules say, so it is never another's and never changes."""

    __tablename__ = "tag"
    __table_args__ = (CheckConstraint("length(name) BETWEEN 1 AND 100", name="name_length"),)

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    name: Mapped[Str] = mapped_column(unique=True)
    created_by_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("staff.id"))
    created_at: Mapped[Instant]


class MemberTag(Model):
    """A tag on a member, once."""

    __tablename__ = "member_tag"
    __table_args__ = (
        PrimaryKeyConstraint("member_id", "tag_id"),
        # Who carries a tag, by id.
        Index("ix_member_tag_tag_id_member_id", "tag_id", "member_id"),
    )

    member_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("member.id"))
    tag_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("tag.id"))
    added_by_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("staff.id"))
    added_at: Mapped[Instant]
