"""Test sends on the wire."""

from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from blueprints.schemas.base import Closed, Instant, Out, PublicId

Variant = Annotated[str, StringConstraints(pattern=r"^[A-H]$")]


class TestSendIn(Closed):
    """To whom, and which variant; without one, the campaign's own text."""

    staff_ids: Annotated[list[PublicId], Field(min_length=1, max_length=10)]
    variant: Variant | None = None


class RecipientOut(Out):
    staff_id: UUID
    name: str
    variant: str | None
    state: str
    # What stood in the way, as in the campaign's deliveries.
    reason: str | None
    errcode: int | None
    dispatched_at: Instant | None


class TestSendOut(Out):
    id: UUID
    created_at: Instant
    recipients: list[RecipientOut]


class TestSendsOut(Out):
    data: list[TestSendOut]


class ColleagueOut(Out):
    staff_id: UUID
    name: str


class ColleaguesOut(Out):
    """Who can be sent a test."""

    data: list[ColleagueOut]
