"""Asking to be forgotten, on the wire."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from app.services.erasures import Told
from blueprints.schemas.base import Closed, Instant, Out, PageQuery, Text

State = Literal["waiting", "withdrawn", "merged", "done"]


class ErasureOut(Out):
    """Until `due_at` it can be taken back; then everything that says who the member was is deleted."""

    id: UUID
    state: State
    requested_at: Instant
    due_at: Instant
    ended_at: Instant | None

    @classmethod
    def of(cls, told: Told) -> "ErasureOut":
        row = told.request
        return cls.model_validate(
            {
                "id": row.public_id,
                "state": row.state,
                "requested_at": row.requested_at,
                "due_at": row.due_at,
                "ended_at": row.ended_at,
            }
        )


class MyErasureOut(Out):
    """`request` is null while nothing was asked for."""

    request: ErasureOut | None


class ErasureIn(Closed):
    """How the member asked, and how you knew it was them."""

    reason: Annotated[Text, Field(min_length=4)]


class ErasureQuery(PageQuery):
    """Only those in one state, when `state` is given."""

    state: State | None = None


class ErasedMemberOut(Out):
    """Empty once the request is done."""

    id: UUID
    nickname: str
    phone_masked: str | None


class ErasureRequestOut(Out):
    """`written_by` is null for what the member asked for themselves."""

    id: UUID
    state: State
    member: ErasedMemberOut
    written_by: str | None
    reason: str | None
    requested_at: Instant
    due_at: Instant
    ended_at: Instant | None

    @classmethod
    def of(cls, told: Told) -> "ErasureRequestOut":
        row, member = told.request, told.member
        return cls.model_validate(
            {
                "id": row.public_id,
                "state": row.state,
                "member": {"id": member.public_id, "nickname": member.nickname, "phone_masked": member.phone_masked},
                "written_by": told.written_by,
                "reason": row.reason,
                "requested_at": row.requested_at,
                "due_at": row.due_at,
                "ended_at": row.ended_at,
            }
        )


class ErasurePage(Out):
    data: list[ErasureRequestOut]
    has_more: bool
    next_cursor: str | None
