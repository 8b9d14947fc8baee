"""Badges as the member and the console see them."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from app.models import Badge, Tier
from app.services.badges import Achievement
from blueprints.schemas.base import MAX_FEN, Closed, ClosedQuery, Code, Instant, Out, Text
from blueprints.schemas.points import BadgeOut

Fact = Literal["purchases", "spent_fen", "categories", "streak", "check_ins", "member_months"]
# Part of an address.
BadgeCode = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_-]+$")]


class TierBadgeOut(Out):
    """A rung's badge; one of them is worn."""

    badge: BadgeOut
    rank: int
    is_worn: bool

    @classmethod
    def of(cls, tier: Tier, *, worn: Tier) -> "TierBadgeOut":
        return cls(badge=BadgeOut.of(tier), rank=tier.rank, is_worn=tier.rank == worn.rank)


class AchievementOut(Out):
    """`current` of `target` by the fact's own unit: bills, fen, categories, days, months; `awarded_at` null while ahead."""

    code: str
    name: str
    name_en: str
    fact: Fact
    target: int
    current: int
    progress_bp: Annotated[int, Field(ge=0, le=10_000)]
    awarded_at: Instant | None
    svg_url: str

    @classmethod
    def of(cls, achievement: Achievement, *, tier: Tier) -> "AchievementOut":
        return cls(
            code=achievement.code,
            name=achievement.name,
            name_en=achievement.name_en,
            fact=achievement.fact,
            target=achievement.target,
            current=achievement.current,
            progress_bp=achievement.progress_bp,
            awarded_at=achievement.awarded_at,
            svg_url=f"/api/mini/v1/badges/achievements/{achievement.code}.svg?tier={tier.code}",
        )


class BadgesOut(Out):
    """The ladder's badges, and the achievements; `svg_url` draws an achievement in the colours of my tier."""

    tiers: list[TierBadgeOut]
    achievements: list[AchievementOut]


class BadgeArtQuery(ClosedQuery):
    """`tier`: in whose colour; the first rung's when left out."""

    tier: Code | None = None


class AchievementBadgeOut(Out):
    """A badge as the console edits it; `is_settling` while members are still being looked at for it."""

    id: UUID
    code: str
    name: str
    name_en: str
    fact: Fact
    target: int
    emblem: str
    is_active: bool
    is_settling: bool
    created_at: Instant

    @classmethod
    def of(cls, badge: Badge) -> "AchievementBadgeOut":
        return cls(
            id=badge.public_id,
            code=badge.code,
            name=badge.name,
            name_en=badge.name_en,
            fact=badge.fact,
            target=badge.target,
            emblem=badge.emblem,
            is_active=badge.is_active,
            is_settling=badge.settling_after_id is not None,
            created_at=badge.created_at,
        )


class AchievementBadgesOut(Out):
    data: list[AchievementBadgeOut]


class BadgeIn(Closed):
    """Given out when the fact reaches the target; neither changes afterwards, people already wear it."""

    code: BadgeCode
    name: Text
    name_en: Text
    fact: Fact
    target: Annotated[int, Field(gt=0, le=MAX_FEN)]
    emblem: Code


class BadgePatch(Closed):
    """Only what is given changes."""

    name: Text | None = None
    name_en: Text | None = None
    emblem: Code | None = None
    is_active: bool | None = None

    def changes(self) -> dict[str, Any]:
        """What to change, by column."""
        return self.model_dump(exclude_none=True)
