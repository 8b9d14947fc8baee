"""What became of a campaign, and its deliveries one by one, on the wire."""

from typing import Literal
from uuid import UUID

from blueprints.schemas.base import Instant, Out, PageQuery

DeliveryState = Literal[
    "planned", "claimed", "dispatching", "sent", "failed", "in_doubt", "suppressed", "missed", "holdout"
]


class ReportOut(Out):
    """targeted = planned + sent + in_doubt + missed + holdout + Σ suppressed + Σ failed (by errcode, or our own reason)."""

    targeted: int
    planned: int
    sent: int
    in_doubt: int
    missed: int
    holdout: int
    suppressed: dict[str, int]
    failed: dict[str, int]
    gifts: int


class DeliveryQuery(PageQuery):
    state: DeliveryState | None = None


class DeliveryOut(Out):
    member_id: UUID
    occurrence: str
    state: DeliveryState
    reason: str | None
    errcode: int | None
    attempts: int
    # due · given · refused; null: none was planned.
    benefit: str | None
    channel: str
    variant: str | None
    due_at: Instant
    dispatched_at: Instant | None
    finished_at: Instant | None
    # By the link of the message.
    opened_at: Instant | None


class DeliveryPage(Out):
    data: list[DeliveryOut]
    has_more: bool
    next_cursor: str | None
