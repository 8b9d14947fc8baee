"""Points and tiers as the member sees them."""

from typing import Annotated

from pydantic import Field

from app.models import Tier
from app.services.tiers import Standing
from blueprints.schemas.base import Out


class BadgeOut(Out):
    """How a tier is shown."""

    code: str
    name: str
    name_en: str
    colour: str
    svg_url: str

    @classmethod
    def of(cls, tier: Tier) -> "BadgeOut":
        return cls(
            code=tier.code,
            name=tier.name,
            name_en=tier.name_en,
            colour=tier.colour,
            svg_url=f"/api/mini/v1/badges/{tier.code}.svg",
        )


class RungOut(Out):
    rank: int
    growth_threshold: int
    badge: BadgeOut

    @classmethod
    def of(cls, tier: Tier) -> "RungOut":
        return cls(rank=tier.rank, growth_threshold=tier.growth_threshold, badge=BadgeOut.of(tier))


class StandingOut(Out):
    """Where a member stands; `progress_bp` in basis points of the way to the next rung."""

    growth_value: int
    tier: RungOut
    next_tier: RungOut | None
    growth_needed: int | None
    progress_bp: Annotated[int, Field(ge=0, le=10_000)]

    @classmethod
    def of(cls, standing: Standing) -> "StandingOut":
        return cls(
            growth_value=standing.growth_value,
            tier=RungOut.of(standing.tier),
            next_tier=None if standing.next_tier is None else RungOut.of(standing.next_tier),
            growth_needed=standing.growth_needed,
            progress_bp=standing.progress_bp,
        )
