"""Coupons that events bring, as the marketer writes and reads them."""

from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from app.services.coupon_automations import Told
from blueprints.schemas.base import Closed, Instant, Out, PublicId, Text

Event = Literal["joined", "anniversary", "tier_up", "purchase", "check_in"]


class AutomationIn(Closed):
    """`conditions` are a closed object; docs/domain/coupon-automations.md tells what may be asked of which event."""

    name: Text
    event: Event
    batch_id: PublicId
    conditions: dict[str, Any] = Field(default_factory=dict)
    # From now on when left out; what happened before never counts.
    starts_at: Instant | None = None
    ends_at: Instant | None = None


class AutomationPatch(Closed):
    """Switch it off or on, or end it. Another wording is another automation."""

    is_active: bool | None = None
    ends_at: Instant | None = None


class OwedCounts(Out):
    """How the coupons it brought stand."""

    due: int
    given: int
    # Could not be given: the batch was empty, paused or over, the member's limit reached, the tier lost.
    unavailable: int
    # Taken back with the bill they were for.
    withdrawn: int


class AutomationOut(Out):
    id: UUID
    name: str
    event: Event
    batch_id: UUID
    batch_name: str
    conditions: dict[str, Any]
    is_active: bool
    starts_at: Instant
    ends_at: Instant | None
    created_at: Instant
    coupons: OwedCounts

    @classmethod
    def of(cls, told: Told) -> "AutomationOut":
        automation = told.automation
        return cls(
            id=automation.public_id,
            name=automation.name,
            event=automation.event,
            batch_id=told.batch.public_id,
            batch_name=told.batch.name,
            conditions=automation.conditions,
            is_active=automation.is_active,
            starts_at=automation.starts_at,
            ends_at=automation.ends_at,
            created_at=automation.created_at,
            coupons=OwedCounts(**told.counts),
        )


class AutomationPage(Out):
    data: list[AutomationOut]
    has_more: bool
    next_cursor: str | None
