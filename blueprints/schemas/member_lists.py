"""Lists of members, as the marketer uploads and reads them."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from app.models import Member
from app.services.member_lists import Counted
from blueprints.schemas.base import Closed, Instant, Out, Text

MAX_LINES = 5_000
# A public id, or a phone as people write it.
Line = Annotated[str, StringConstraints(max_length=64)]


class MemberListIn(Closed):
    """An empty list; lines are added afterwards."""

    name: Text


class LinesIn(Closed):
    """One member a line, by public id or phone; line 1 is the first."""

    members: Annotated[list[Line], Field(min_length=1, max_length=MAX_LINES)]


class MemberListOut(Out):
    id: UUID
    name: str
    # Members on it.
    entries: int
    # It follows this segment: nobody changes it by hand.
    segment_id: UUID | None
    created_at: Instant

    @classmethod
    def of(cls, counted: Counted) -> "MemberListOut":
        row = counted.members
        return cls(
            id=row.public_id,
            name=row.name,
            entries=counted.entries,
            segment_id=counted.segment_public_id,
            created_at=row.created_at,
        )


class MemberListPage(Out):
    data: list[MemberListOut]
    has_more: bool
    next_cursor: str | None


class LineErrorOut(Out):
    """malformed: neither a public id nor a phone. unknown: nobody's."""

    line: int
    reason: Literal["malformed", "unknown"]


class LinesOut(Out):
    """`changed` lines took effect, `unchanged` ones were so already (or came twice)."""

    changed: int
    unchanged: int
    errors: list[LineErrorOut]


class EntryOut(Out):
    member_id: UUID
    nickname: str
    phone_masked: str | None

    @classmethod
    def of(cls, member: Member) -> "EntryOut":
        return cls(member_id=member.public_id, nickname=member.nickname, phone_masked=member.phone_masked)


class EntryPage(Out):
    data: list[EntryOut]
    has_more: bool
    next_cursor: str | None
