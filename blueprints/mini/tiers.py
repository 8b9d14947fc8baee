"""The ladder, the member's place on it, and the badges."""

from typing import Any

from apiflask import APIBlueprint
from flask import Response

from app.rules.badge_art import badge_svg
from app.services import tiers
from blueprints.identity import allow, current_member
from blueprints.schemas.points import LadderOut, RungOut, StandingOut

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
    """Every tier of the ladder, and where I stand."""
    mine = tiers.standing(current_member().id)
    return LadderOut(mine=StandingOut.of(mine), ladder=[RungOut.of(tier) for tier in tiers.ladder()])


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
