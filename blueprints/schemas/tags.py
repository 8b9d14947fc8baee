"""Tags, as the marketer makes and reads them."""

from uuid import UUID

from app.models import Tag
from app.services.tags import Counted
from blueprints.schemas.base import Closed, Instant, Out, Text


class TagIn(Closed):
    """A new tag; its name never changes, for rules say it."""

    name: Text


class TagOut(Out):
    id: UUID
    name: str
    # Who carry it.
    members: int
    created_at: Instant

    @classmethod
    def of(cls, counted: Counted) -> "TagOut":
        tag = counted.tag
        return cls(id=tag.public_id, name=tag.name, members=counted.members, created_at=tag.created_at)


class TagPage(Out):
    data: list[TagOut]
    has_more: bool
    next_cursor: str | None


class MemberTagOut(Out):
    id: UUID
    name: str

    @classmethod
    def of(cls, tag: Tag) -> "MemberTagOut":
        return cls(id=tag.public_id, name=tag.name)


class MemberTagsOut(Out):
    data: list[MemberTagOut]
