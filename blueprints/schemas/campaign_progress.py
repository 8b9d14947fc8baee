"""How far campaigns are, on the wire."""

import uuid
from typing import Annotated
from uuid import UUID

from pydantic import StringConstraints

from blueprints.schemas.base import ClosedQuery, Instant, Out

_ID = "[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"


class ProgressQuery(ClosedQuery):
    """`ids`: up to 100 campaigns, joined by commas."""

    ids: Annotated[str, StringConstraints(pattern=rf"^{_ID}(?:,{_ID}){{0,99}}$")]

    @property
    def campaign_ids(self) -> list[UUID]:
        return [uuid.UUID(one) for one in self.ids.split(",")]


class ProgressOut(Out):
    """Members. `waiting` and `sent_last_minute`: of runs under way; what is over was counted at `counted_at`."""

    campaign_id: UUID
    state: str
    targeted: int
    reachable: int
    sent: int
    in_doubt: int
    waiting: int
    sent_last_minute: int
    is_under_way: bool
    counted_at: Instant | None


class ProgressListOut(Out):
    data: list[ProgressOut]
