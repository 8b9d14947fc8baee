"""Campaigns, their previews, reports and deliveries on the wire."""

from datetime import date
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from pydantic import Field

from app.models import Campaign
from app.services.campaign_links import Links
from blueprints.schemas.base import BusinessDate, Closed, Instant, Out, PageQuery, Points, PublicId, Text
from blueprints.schemas.campaign_parts import FestivalCode, FieldValues, Repeat, RepeatOut, VariantOut, Variants
from blueprints.schemas.messages import PagePath
from blueprints.schemas.programme import LocalTime

# What a marketer may write; tests come by a way of their own.
Kind = Literal[
    "one_off",
    "recurring",
    "festival",
    "birthday",
    "anniversary",
    "welcome",
    "lapse",
    "after_purchase",
    "coupon_will_expire",
    "points_will_expire",
    "tier_will_drop",
    "tier_up",
    "tier_down",
]
AnyKind = Literal[
    "one_off",
    "recurring",
    "festival",
    "test",
    "birthday",
    "anniversary",
    "welcome",
    "lapse",
    "after_purchase",
    "coupon_will_expire",
    "points_will_expire",
    "tier_will_drop",
    "tier_up",
    "tier_down",
]
State = Literal[
    "draft",
    "in_review",
    "approved",
    "scheduled",
    "expanding",
    "running",
    "paused",
    "done",
    "cancelled",
    "missed",
]
BenefitFor = Literal["reached", "everyone"]
TierIds = Annotated[list[PublicId], Field(max_length=50)]
Rate = Annotated[int, Field(ge=1, le=1000)]
Priority = Annotated[int, Field(ge=1, le=9)]
HoldoutBp = Annotated[int, Field(ge=0, le=5000)]
DaysBefore = Annotated[int, Field(ge=0, le=60)]
DaysAfter = Annotated[int, Field(ge=0, le=730)]
# By kind (rules/automation_conditions.py).
Conditions = Annotated[dict[str, Any], Field(max_length=10)]
LateMinutes = Annotated[int, Field(ge=1, le=1440)]

# What a patch may take away again by saying null.
CLEARABLE: Final = frozenset(
    {
        "page",
        "segment_id",
        "member_list_id",
        "coupon_batch_id",
        "points_gift",
        "scheduled_at",
        "latest_start_at",
        "ends_on",
        "send_time",
        "sends_per_second",
    }
)


class CampaignIn(Closed):
    """one_off: at `scheduled_at`, missed after `latest_start_at` (or `max_late_minutes` later). recurring: `repeat` at
    `send_time`; festival: `days_before` a `festival` at `send_time`; both until `ends_on`. birthday, anniversary: `days_before`.
    welcome, lapse, after_purchase: `days_after`; automations: `conditions` of their kind, `send_time`, `is_member_time`.

    The audience is whom tiers, segment and list all name; nothing said is everyone. `holdout_bp` of 10000 are left out to
    measure the effect. `sends_per_second` only slows it below the shop's rate."""

    name: Text
    kind: Kind
    message_template_id: PublicId
    field_values: FieldValues
    page: PagePath | None = None
    variants: Variants = Field(default_factory=list)
    tier_ids: TierIds = Field(default_factory=list)
    segment_id: PublicId | None = None
    member_list_id: PublicId | None = None
    holdout_bp: HoldoutBp = 0
    coupon_batch_id: PublicId | None = None
    points_gift: Points | None = None
    benefit_for: BenefitFor = "everyone"
    scheduled_at: Instant | None = None
    latest_start_at: Instant | None = None
    repeat: Repeat | None = None
    festival: FestivalCode | None = None
    days_before: DaysBefore | None = None
    days_after: DaysAfter | None = None
    conditions: Conditions = Field(default_factory=dict)
    send_time: LocalTime | None = None
    is_member_time: bool = False
    ends_on: BusinessDate | None = None
    max_late_minutes: LateMinutes = 240
    sends_per_second: Rate | None = None
    priority: Priority = 5

    def settings(self) -> dict[str, Any]:
        """By column."""
        return self.model_dump() | {"repeat": self.repeat and self.repeat.stored()}


class CampaignPatch(Closed):
    """Only what is given changes, of what has not begun; it is a draft afterwards. `variants` are replaced as a whole."""

    name: Text | None = None
    message_template_id: PublicId | None = None
    field_values: FieldValues | None = None
    page: PagePath | None = None
    variants: Variants | None = None
    tier_ids: TierIds | None = None
    segment_id: PublicId | None = None
    member_list_id: PublicId | None = None
    holdout_bp: HoldoutBp | None = None
    coupon_batch_id: PublicId | None = None
    points_gift: Points | None = None
    benefit_for: BenefitFor | None = None
    scheduled_at: Instant | None = None
    latest_start_at: Instant | None = None
    repeat: Repeat | None = None
    festival: FestivalCode | None = None
    days_before: DaysBefore | None = None
    days_after: DaysAfter | None = None
    conditions: Conditions | None = None
    send_time: LocalTime | None = None
    is_member_time: bool | None = None
    ends_on: BusinessDate | None = None
    max_late_minutes: LateMinutes | None = None
    sends_per_second: Rate | None = None
    priority: Priority | None = None

    def changes(self) -> dict[str, Any]:
        """What to change, by column."""
        said = self.model_dump(exclude_unset=True)
        if self.repeat is not None:
            said["repeat"] = self.repeat.stored()
        return {key: value for key, value in said.items() if value is not None or key in CLEARABLE}


class CampaignQuery(PageQuery):
    state: State | None = None
    kind: AnyKind | None = None
    # Whether it fires by members' own dates and events.
    is_automation: bool | None = None


class CampaignNamesOut(Out):
    """What people call the things a campaign points at, and the people of the staff who had to do with it."""

    message_template: str
    coupon_batch: str | None
    segment: str | None
    member_list: str | None
    parent: str | None
    created_by: str
    submitted_by: str | None
    approved_by: str | None


class CampaignOut(Out):
    """`created_by`, `submitted_by` and `approved_by` are people of the staff; `parent_id` is what it was cloned from."""

    id: UUID
    name: str
    kind: AnyKind
    state: State
    # Why it paused itself, as "47003:field_invalid:thing1"; null when a person paused it.
    pause_reason: str | None
    message_template_id: UUID
    field_values: dict[str, str]
    page: str | None
    variants: list[VariantOut]
    tier_ids: list[UUID]
    segment_id: UUID | None
    segment_version: int | None
    member_list_id: UUID | None
    holdout_bp: int
    coupon_batch_id: UUID | None
    points_gift: int | None
    benefit_for: BenefitFor
    scheduled_at: Instant | None
    latest_start_at: Instant | None
    repeat: RepeatOut | None
    festival: str | None
    days_before: int | None
    days_after: int | None
    conditions: dict[str, Any]
    send_time: str | None
    is_member_time: bool
    ends_on: date | None
    max_late_minutes: int
    next_run_at: Instant | None
    sends_per_second: int | None
    priority: int
    parent_id: UUID | None
    created_by: UUID
    created_at: Instant
    submitted_by: UUID | None
    submitted_at: Instant | None
    approved_by: UUID | None
    approved_at: Instant | None
    # What the second person wants changed.
    review_note: str | None
    started_at: Instant | None
    finished_at: Instant | None
    # Automations: the last date of members' own, and the instant, up to which everybody is planned.
    planned_through: date | None
    planned_until: Instant | None
    names: CampaignNamesOut

    @classmethod
    def of(cls, campaign: Campaign, links: Links) -> "CampaignOut":
        own = {name: getattr(campaign, name) for name in cls.model_fields if hasattr(campaign, name)}
        linked = {name: getattr(links, name) for name in cls.model_fields if hasattr(links, name)}
        return cls.model_validate(
            {
                **own,
                **linked,
                "id": campaign.public_id,
                "repeat": RepeatOut.of(campaign.repeat),
                "variants": [VariantOut.of(variant) for variant in links.variants],
                "created_by": links.created_by_id,
                "submitted_by": links.submitted_by_id,
                "approved_by": links.approved_by_id,
                "names": CampaignNamesOut.model_validate(links.names),
            }
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
