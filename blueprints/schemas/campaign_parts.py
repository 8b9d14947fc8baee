"""Pieces of a campaign on the wire: how it repeats, in which variants it speaks, when it ran."""

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from app.models import CampaignRun, CampaignVariant
from blueprints.schemas.base import BusinessDate, Closed, Instant, Out, Text
from blueprints.schemas.messages import FieldKey, PagePath

RunState = Literal["expanding", "running", "done", "missed", "skipped", "cancelled"]
FestivalCode = Annotated[str, StringConstraints(pattern=r"^[a-z_]{1,32}$")]
# {"thing1": "{nickname}，生日快乐"}; docs/domain/messages.md lists the placeholders.
FieldValues = Annotated[dict[FieldKey, Text], Field(min_length=1, max_length=10)]
VariantCode = Annotated[str, StringConstraints(pattern=r"^[A-H]$")]
Share = Annotated[int, Field(ge=1, le=10_000)]


class Repeat(Closed):
    """Every day; every week `on` weekdays (Monday 1); every month `on` days (-1 the last; a day a month lacks is kept on its
    last). `step` and `starts_on`: every second day, week or month, counted from that date."""

    every: Literal["day", "week", "month"]
    on: Annotated[list[Annotated[int, Field(ge=-1, le=31)]], Field(max_length=31)] = Field(default_factory=list)
    step: Annotated[int, Field(ge=1, le=12)] = 1
    starts_on: BusinessDate | None = None

    def stored(self) -> dict[str, Any]:
        """As rules/recurrence.py reads it."""
        said: dict[str, Any] = {"every": self.every}
        if self.on:
            said["on"] = sorted(self.on)
        if self.step > 1:
            said["step"] = self.step
        if self.starts_on is not None:
            said["starts_on"] = self.starts_on.isoformat()
        return said


class RepeatOut(Out):
    every: Literal["day", "week", "month"]
    on: list[int]
    step: int
    starts_on: date | None

    @classmethod
    def of(cls, repeat: dict[str, Any] | None) -> "RepeatOut | None":
        if repeat is None:
            return None
        return cls(
            every=repeat["every"],
            on=repeat.get("on", []),
            step=repeat.get("step", 1),
            starts_on=date.fromisoformat(repeat["starts_on"]) if "starts_on" in repeat else None,
        )


class VariantIn(Closed):
    """One text of several; `field_values` only where it differs from the campaign's. All shares add up to 10000."""

    code: VariantCode
    share_bp: Share
    field_values: Annotated[dict[FieldKey, Text], Field(max_length=10)] = Field(default_factory=dict)
    page: PagePath | None = None


class VariantOut(Out):
    code: str
    share_bp: int
    field_values: dict[str, str]
    page: str | None

    @classmethod
    def of(cls, variant: CampaignVariant) -> "VariantOut":
        return cls.model_validate(variant)


Variants = Annotated[list[VariantIn], Field(max_length=8)]


class CloneIn(Closed):
    name: Text


class ApproveIn(Closed):
    """`submitted_at` as the campaign told it when it was looked at."""

    submitted_at: Instant


class RejectIn(Closed):
    """What the author should change."""

    reason: Text


class StartRunIn(Closed):
    """By members' own clocks, whose moment passed by more than this is from the shop's is left out."""

    latest_start_at: Instant


class RunOut(Out):
    """`occurrence`: 0 of a one-off, else the date it stands for. `targeted`: members written down, held out ones among them."""

    campaign_id: UUID
    occurrence: str
    state: RunState
    due_at: Instant
    latest_start_at: Instant
    targeted: int
    # Of 10000, how far the audience is written down.
    expanded_bp: int
    started_at: Instant | None
    finished_at: Instant | None

    @classmethod
    def of(cls, run: CampaignRun, campaign_id: UUID) -> "RunOut":
        expanded = 10_000 if run.state in ("running", "done") else 0
        if run.max_member_id:
            expanded = 10_000 * run.cursor_member_id // run.max_member_id
        return cls(
            campaign_id=campaign_id,
            occurrence=run.occurrence,
            state=run.state,
            due_at=run.due_at,
            latest_start_at=run.latest_start_at,
            targeted=run.targeted,
            expanded_bp=expanded,
            started_at=run.started_at,
            finished_at=run.finished_at,
        )


class RunPage(Out):
    data: list[RunOut]
    has_more: bool
    next_cursor: str | None
