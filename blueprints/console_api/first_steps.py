"""The checklist of a new shop."""

from apiflask import APIBlueprint

from app.services import first_steps
from app.wiring import parts
from blueprints.identity import allow, now
from blueprints.schemas.first_steps import StepsOut

bp = APIBlueprint("first_steps", __name__, tag="programme")


@bp.get("/first-steps")
@bp.output(StepsOut)
@allow("manager", "marketer", "auditor", "admin")
def look() -> StepsOut:
    """What a shop still has to set up, step by step: store, people, tiers, rules, messages and what carries them."""
    return StepsOut.of(first_steps.look(talks_to_wechat=parts().config.talks_to_wechat, now=now()))
