"""Messages that wait for a person, on the wire."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from app.services.dead_letters import Group, Letter
from blueprints.schemas.base import Closed, Instant, Out, PublicId, Text

Occurrence = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_.:-]+$")]


class GroupOut(Out):
    """`errcode` null: `reason` is ours. `awaiting_event`: of those in doubt, how many WeChat may still tell about."""

    campaign_id: UUID
    campaign: str
    campaign_state: str
    state: Literal["failed", "in_doubt"]
    errcode: int | None
    reason: str | None
    messages: int
    awaiting_event: int
    oldest_at: Instant | None


class GroupsOut(Out):
    """The largest 200 groups."""

    data: list[GroupOut]

    @classmethod
    def of(cls, groups: list[Group]) -> "GroupsOut":
        return cls(data=[GroupOut.model_validate(group) for group in groups])


class LetterIn(Closed):
    """Which message, by member and occurrence, as the campaign's deliveries tell it."""

    member_id: PublicId
    occurrence: Occurrence = "0"

    @property
    def letter(self) -> Letter:
        return Letter(self.member_id, self.occurrence)


class ResendIn(LetterIn):
    """`reason` is kept in the audit."""

    reason: Text


class SettleIn(ResendIn):
    """What became of it."""

    state: Literal["sent", "failed"]


class RetryAllIn(Closed):
    """`errcode` null: those that failed for a reason of ours, before the call."""

    errcode: Annotated[int, Field(ge=-(2**31), lt=2**31)] | None


class RetriedOut(Out):
    """How many are planned anew; at most 1,000 a call."""

    messages: int
