"""Achievement badges: what the shop rewards with a sign."""

from uuid import UUID

from apiflask import APIBlueprint

from app.errors import InvalidInput
from app.services import badges
from app.transaction import transaction
from blueprints.identity import actor, allow, now
from blueprints.schemas.badges import AchievementBadgeOut, AchievementBadgesOut, BadgeIn, BadgePatch

bp = APIBlueprint("badges", __name__, tag="badges")


@bp.get("/badges")
@bp.output(AchievementBadgesOut)
@allow("marketer", "manager", "auditor", "admin")
def list_all() -> AchievementBadgesOut:
    """Every achievement badge, given out or not."""
    return AchievementBadgesOut(data=[AchievementBadgeOut.of(badge) for badge in badges.list_all()])


@bp.post("/badges")
@bp.input(BadgeIn)
@bp.output(AchievementBadgeOut, status_code=201)
@allow("marketer", "admin")
def create(json_data: BadgeIn) -> AchievementBadgeOut:
    """Add a badge; whoever has reached it already gets it within minutes."""
    with transaction():
        return AchievementBadgeOut.of(badges.create(json_data.model_dump(), actor=actor(), now=now()))


@bp.patch("/badges/<uuid:badge_id>")
@bp.input(BadgePatch)
@bp.output(AchievementBadgeOut)
@allow("marketer", "admin")
def change(badge_id: UUID, json_data: BadgePatch) -> AchievementBadgeOut:
    """Change how a badge looks, or stop giving it out; who has it keeps it."""
    changes = json_data.changes()
    if not changes:
        raise InvalidInput(reason="nothing to change")
    with transaction():
        return AchievementBadgeOut.of(badges.change(badge_id, changes, actor=actor(), now=now()))
