"""The programme's settings and ladder as the console edits them."""

from typing import Annotated

from pydantic import Field, StringConstraints

from app.models import Tier
from app.services.audit import AuditRow
from blueprints.schemas.base import MAX_POINTS, Closed, Code, Instant, Out, PublicId, Text

LocalTime = Annotated[str, StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
Colour = Annotated[str, StringConstraints(pattern=r"^#[0-9a-f]{6}$")]
StreakDays = Annotated[str, StringConstraints(pattern=r"^[1-9][0-9]{0,3}$")]
Rate = Annotated[int, Field(ge=0, le=1000)]


class ProgrammeOut(Out):
    name: str
    zone: str
    cut_over_hour: int
    check_in_points: int
    streak_bonus: dict[str, int]
    check_in_growth: int
    points_per_yuan: int
    growth_per_yuan: int
    points_valid_months: int
    undo_window_minutes: int
    quiet_from: str
    quiet_until: str
    messages_per_day: int
    messages_per_week: int
    sends_per_second: int
    membership_terms_version: str
    marketing_terms_version: str
    updated_at: Instant


class ProgrammeIn(Closed):
    """Only the fields given are changed."""

    name: Text | None = None
    check_in_points: Annotated[int, Field(ge=1, le=10_000)] | None = None
    streak_bonus: Annotated[dict[StreakDays, Annotated[int, Field(ge=1, le=100_000)]], Field(max_length=20)] | None = (
        None
    )
    check_in_growth: Annotated[int, Field(ge=0, le=10_000)] | None = None
    points_per_yuan: Rate | None = None
    growth_per_yuan: Rate | None = None
    points_valid_months: Annotated[int, Field(ge=1, le=120)] | None = None
    undo_window_minutes: Annotated[int, Field(ge=0, le=1440)] | None = None
    quiet_from: LocalTime | None = None
    quiet_until: LocalTime | None = None
    messages_per_day: Annotated[int, Field(ge=1, le=20)] | None = None
    messages_per_week: Annotated[int, Field(ge=1, le=100)] | None = None
    sends_per_second: Annotated[int, Field(ge=1, le=1000)] | None = None
    membership_terms_version: Code | None = None
    marketing_terms_version: Code | None = None


class TierOut(Out):
    id: PublicId
    code: str
    name: str
    name_en: str
    rank: int
    growth_threshold: int
    colour: str
    emblem: str

    @classmethod
    def of(cls, tier: Tier) -> "TierOut":
        return cls(
            id=tier.public_id,
            code=tier.code,
            name=tier.name,
            name_en=tier.name_en,
            rank=tier.rank,
            growth_threshold=tier.growth_threshold,
            colour=tier.colour,
            emblem=tier.emblem,
        )


class TiersOut(Out):
    data: list[TierOut]


class TierIn(Closed):
    """A new top rung: its threshold lies above every other."""

    code: Code
    name: Text
    name_en: Text
    growth_threshold: Annotated[int, Field(gt=0, le=MAX_POINTS)]
    colour: Colour
    emblem: Code


class TierChangeIn(Closed):
    """How a rung looks; thresholds of a running ladder do not move under its members."""

    name: Text | None = None
    name_en: Text | None = None
    colour: Colour | None = None
    emblem: Code | None = None


class AuditEntryOut(Out):
    id: int
    recorded_at: Instant
    actor_kind: str
    # The person of the staff; null for members and the system.
    actor_name: str | None
    action: str
    object_kind: str
    details: dict[str, object]
    request_id: str | None

    @classmethod
    def of(cls, row: AuditRow) -> "AuditEntryOut":
        entry = row.entry
        return cls(
            id=entry.id,
            recorded_at=entry.recorded_at,
            actor_kind=entry.actor_kind,
            actor_name=row.actor_name,
            action=entry.action,
            object_kind=entry.object_kind,
            details=entry.details,
            request_id=entry.request_id,
        )


class AuditEntriesOut(Out):
    data: list[AuditEntryOut]
    has_more: bool
    next_cursor: str | None
