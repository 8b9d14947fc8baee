"""Campaigns, their previews, reports and deliveries on the wire."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from app.models import Campaign, JobRun
from app.services.campaigns import Links
from blueprints.schemas.base import Closed, Instant, Out, PageQuery, PublicId, Text
from blueprints.schemas.messages import FieldKey

Kind = Literal["one_off", "birthday"]
State = Literal["draft", "scheduled", "expanding", "running", "paused", "done", "cancelled", "missed"]
DeliveryState = Literal["planned", "claimed", "dispatching", "sent", "failed", "in_doubt", "suppressed", "missed"]
# {"thing1": "{nickname}，生日快乐"}; docs/domain/messages.md lists the placeholders.
FieldValues = Annotated[dict[FieldKey, Text], Field(min_length=1, max_length=10)]
TierIds = Annotated[list[PublicId], Field(max_length=50)]
Rate = Annotated[int, Field(ge=1, le=1000)]
DaysBefore = Annotated[int, Field(ge=0, le=60)]


class CampaignIn(Closed):
    """one_off: `scheduled_at`, missed after `latest_start_at` (four hours later unless told). birthday: `days_before`,
    with `coupon_batch_id` the gift. No tiers: everyone. `sends_per_second` only slows it below the shop's rate."""

    name: Text
    kind: Kind
    message_template_id: PublicId
    field_values: FieldValues
    tier_ids: TierIds = Field(default_factory=list)
    coupon_batch_id: PublicId | None = None
    scheduled_at: Instant | None = None
    latest_start_at: Instant | None = None
    days_before: DaysBefore | None = None
    sends_per_second: Rate | None = None


class CampaignPatch(Closed):
    """Only what is given changes; drafts and missed campaigns only."""

    name: Text | None = None
    message_template_id: PublicId | None = None
    field_values: FieldValues | None = None
    tier_ids: TierIds | None = None
    coupon_batch_id: PublicId | None = None
    scheduled_at: Instant | None = None
    latest_start_at: Instant | None = None
    days_before: DaysBefore | None = None
    sends_per_second: Rate | None = None

    def changes(self) -> dict[str, Any]:
        """What to change, by column."""
        return self.model_dump(exclude_none=True)


class CampaignQuery(PageQuery):
    state: State | None = None


class CampaignOut(Out):
    id: UUID
    name: str
    kind: Kind
    state: State
    # Why it paused itself, as "47003:field_invalid:thing1"; null when a person paused it.
    pause_reason: str | None
    message_template_id: UUID
    field_values: dict[str, str]
    tier_ids: list[UUID]
    coupon_batch_id: UUID | None
    scheduled_at: Instant | None
    latest_start_at: Instant | None
    days_before: int | None
    sends_per_second: int | None
    created_at: Instant
    started_at: Instant | None
    finished_at: Instant | None

    @classmethod
    def of(cls, campaign: Campaign, links: Links) -> "CampaignOut":
        return cls(
            id=campaign.public_id,
            name=campaign.name,
            kind=campaign.kind,
            state=campaign.state,
            pause_reason=campaign.pause_reason,
            message_template_id=links.message_template_id,
            field_values=campaign.field_values,
            tier_ids=links.tier_ids,
            coupon_batch_id=links.coupon_batch_id,
            scheduled_at=campaign.scheduled_at,
            latest_start_at=campaign.latest_start_at,
            days_before=campaign.days_before,
            sends_per_second=campaign.sends_per_second,
            created_at=campaign.created_at,
            started_at=campaign.started_at,
            finished_at=campaign.finished_at,
        )


class CampaignPage(Out):
    data: list[CampaignOut]
    has_more: bool
    next_cursor: str | None


class PreviewIn(Closed):
    """Whom a campaign like this would reach now."""

    kind: Kind = "one_off"
    message_template_id: PublicId
    tier_ids: TierIds = Field(default_factory=list)


class PreviewOut(Out):
    """targeted = reachable + Σ suppressed."""

    targeted: int
    reachable: int
    suppressed: dict[str, int]


class ReportOut(Out):
    """targeted = planned + sent + in_doubt + missed + Σ suppressed + Σ failed (by errcode, or our own reason)."""

    targeted: int
    planned: int
    sent: int
    in_doubt: int
    missed: int
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
    due_at: Instant
    dispatched_at: Instant | None
    finished_at: Instant | None


class DeliveryPage(Out):
    data: list[DeliveryOut]
    has_more: bool
    next_cursor: str | None


class JobRunQuery(PageQuery):
    job: Annotated[str, Field(pattern=r"^[a-z0-9_]{1,64}$")] | None = None


class JobRunOut(Out):
    """`counts` is what the run did; empty when there was nothing to do."""

    job: str
    started_at: Instant
    finished_at: Instant | None
    ok: bool | None
    counts: dict[str, int]
    error: str | None

    @classmethod
    def of(cls, run: JobRun) -> "JobRunOut":
        return cls.model_validate(run)


class JobRunPage(Out):
    data: list[JobRunOut]
    has_more: bool
    next_cursor: str | None
