"""My badges: the tier I wear, what I have achieved, what is ahead."""

from typing import Any

from apiflask import APIBlueprint
from flask import Response

from app.rules.badge_art import achievement_svg
from app.services import badges, tiers
from blueprints.identity import allow, current_member, now
from blueprints.mini.tiers import SVG, picture
from blueprints.schemas.badges import AchievementOut, BadgeArtQuery, BadgesOut, TierBadgeOut

bp = APIBlueprint("badges", __name__, tag="badges")


@bp.get("/badges")
@bp.output(BadgesOut)
@allow("member")
def mine() -> Any:
    """The ladder's badges with the one I wear, and every achievement with my progress."""
    member_id = current_member().id
    worn = tiers.standing(member_id).tier
    return BadgesOut(
        tiers=[TierBadgeOut.of(tier, worn=worn) for tier in tiers.ladder()],
        achievements=[
            AchievementOut.of(achievement, tier=worn) for achievement in badges.list_achievements(member_id, now=now())
        ],
    )


@bp.get("/badges/achievements/<string:code>.svg")
@bp.input(BadgeArtQuery, location="query")
@bp.doc(responses=SVG)
@allow("anyone")
def achievement(code: str, query_data: BadgeArtQuery) -> Response:
    """An achievement's badge as SVG, in the colours of a tier; public, it tells nothing about anybody."""
    badge = badges.get_by_code(code)
    tier = tiers.get_by_code(query_data.tier) if query_data.tier else tiers.ladder()[0]
    return picture(achievement_svg(name=badge.name, colour=tier.colour, emblem=badge.emblem))
