"""The ladder, the member's place on it, and the badges."""

from typing import Any

from apiflask import APIBlueprint
from flask import Response

from app.rules.badge_art import badge_svg
from app.services import tier_benefits, tier_moves, tiers
from blueprints.identity import allow, current_member, now
from blueprints.schemas.ladders import LadderOut

bp = APIBlueprint("tiers", __name__, tag="tiers")

# A badge changes when the shop changes its ladder: an hour in a cache harms nobody.
BADGE_MAX_AGE_SECONDS = 3600
SVG: dict[int | str, dict[str, str | dict[str, dict[str, Any]]]] = {
    200: {"description": "The badge", "content": {"image/svg+xml": {}}}
}


@bp.get("/tiers")
@bp.output(LadderOut)
@allow("member")
def ladder() -> Any:
    """Every tier with what it gives, where I stand, until when, and what keeps me there."""
    mine = tiers.standing(current_member().id, now=now())
    return LadderOut.of(mine, tier_moves.in_force().policy, list(tiers.ladder()), tier_benefits.list_by_tier())


@bp.get("/badges/<string:code>.svg")
@bp.doc(responses=SVG)
@allow("anyone")
def badge(code: str) -> Response:
    """A tier's badge as SVG; public, it tells nothing about anybody."""
    tier = tiers.get_by_code(code)
    return picture(badge_svg(name=tier.name, colour=tier.colour, emblem=tier.emblem))


def picture(svg: str) -> Response:
    """A badge anybody may keep."""
    response = Response(svg, mimetype="image/svg+xml")
    response.cache_control.max_age = BADGE_MAX_AGE_SECONDS
    response.cache_control.public = True
    return response
