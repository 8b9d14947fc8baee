"""The programme's settings and ladder as the console edits them."""

from typing import Annotated

from pydantic import Field, StringConstraints

from app.models import Tier
from blueprints.schemas.base import MAX_FEN, MAX_POINTS, Closed, Code, Instant, Out, PublicId, Text
from blueprints.schemas.staff import Role
from blueprints.schemas.template_channels import TextChannel

LocalTime = Annotated[str, StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
Colour = Annotated[str, StringConstraints(pattern=r"^#[0-9a-f]{6}$")]
StreakDays = Annotated[str, StringConstraints(pattern=r"^[1-9][0-9]{0,3}$")]
MonthDays = Annotated[str, StringConstraints(pattern=r"^([1-9]|[12][0-9]|3[01])$")]
# As coupons' terms name it.
StackCategory = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,31}$")]
# rules/expiry_terms.py reads it.
EXPIRY_TERMS = r"^(never|[1-9][0-9]{0,3}[DMY](@(month|quarter|year))?|2[0-9]{3}-[01][0-9]-[0-3][0-9])$"


class ProgrammeOut(Out):
    name: str
    zone: str
    cut_over_hour: int
    check_in_points: int
    streak_bonus: dict[str, int]
    monthly_bonus: dict[str, int]
    makeup_cost_points: int
    makeup_per_month: int
    makeup_within_days: int
    points_expiry: str
    expiry_notice_days: int
    coupon_expiry_notice_days: int
    fen_per_100_points: int
    adjustment_limit: int
    undo_window_minutes: int
    coupons_per_bill: int
    coupons_per_category: dict[str, int]
    coupon_hold_seconds: int
    points_pay_max_bp: int
    clerk_issues_per_day: int
    clerk_redeems_per_day: int
    clerk_discount_fen_per_day: int
    quiet_from: str
    quiet_until: str
    messages_per_day: int
    messages_per_week: int
    holdout_bp: int
    holdout_salt: str
    has_campaign_review: bool
    attribution_days: int
    sends_per_second: int
    channel_rates: dict[str, int]
    lifecycle: dict[str, int]
    messages_per_month: int
    sends_per_day: int
    second_step_roles: list[str]
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
    monthly_bonus: Annotated[dict[MonthDays, Annotated[int, Field(ge=1, le=100_000)]], Field(max_length=20)] | None = (
        None
    )
    makeup_cost_points: Annotated[int, Field(ge=1, le=100_000)] | None = None
    makeup_per_month: Annotated[int, Field(ge=0, le=31)] | None = None
    makeup_within_days: Annotated[int, Field(ge=1, le=31)] | None = None
    points_expiry: Annotated[str, StringConstraints(pattern=EXPIRY_TERMS)] | None = None
    expiry_notice_days: Annotated[int, Field(ge=0, le=365)] | None = None
    coupon_expiry_notice_days: Annotated[int, Field(ge=0, le=365)] | None = None
    fen_per_100_points: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    adjustment_limit: Annotated[int, Field(ge=0, le=MAX_POINTS)] | None = None
    undo_window_minutes: Annotated[int, Field(ge=0, le=1440)] | None = None
    coupons_per_bill: Annotated[int, Field(ge=1, le=5)] | None = None
    # Replaced whole; of a category not named a bill bears one.
    coupons_per_category: (
        Annotated[dict[StackCategory, Annotated[int, Field(ge=0, le=5)]], Field(max_length=20)] | None
    ) = None
    coupon_hold_seconds: Annotated[int, Field(ge=30, le=3600)] | None = None
    points_pay_max_bp: Annotated[int, Field(ge=0, le=10_000)] | None = None
    clerk_issues_per_day: Annotated[int, Field(ge=0, le=100_000)] | None = None
    clerk_redeems_per_day: Annotated[int, Field(ge=0, le=100_000)] | None = None
    clerk_discount_fen_per_day: Annotated[int, Field(ge=0, le=MAX_FEN)] | None = None
    quiet_from: LocalTime | None = None
    quiet_until: LocalTime | None = None
    messages_per_day: Annotated[int, Field(ge=1, le=20)] | None = None
    messages_per_week: Annotated[int, Field(ge=1, le=100)] | None = None
    # Of 10000 members, how many get no marketing message at all; another salt holds back others.
    holdout_bp: Annotated[int, Field(ge=0, le=5000)] | None = None
    holdout_salt: Code | None = None
    has_campaign_review: bool | None = None
    attribution_days: Annotated[int, Field(ge=1, le=90)] | None = None
    sends_per_second: Annotated[int, Field(ge=1, le=1000)] | None = None
    # Messages a second, replaced whole; a channel not named takes ten.
    channel_rates: dict[TextChannel, Annotated[int, Field(ge=1, le=1000)]] | None = None
    # Replaced whole; what is not said has its default (docs/domain/segments.md).
    lifecycle: Annotated[dict[Code, Annotated[int, Field(ge=1, le=3650)]], Field(max_length=10)] | None = None
    messages_per_month: Annotated[int, Field(ge=1, le=400)] | None = None
    sends_per_day: Annotated[int, Field(ge=1, le=100_000_000)] | None = None
    # Replaced whole. Who is signed in without one may from the next request on only set it up.
    second_step_roles: Annotated[list[Role], Field(max_length=5)] | None = None
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
