"""Scenes: when the mini-program may ask for subscriptions, and for what."""

from apiflask import APIBlueprint

from app.services import subscription_scenes
from app.transaction import transaction
from blueprints.identity import actor, allow, now
from blueprints.schemas.topics import SceneIn, SceneOut, ScenesOut

bp = APIBlueprint("subscription_scenes", __name__, tag="messages")


@bp.get("/subscription-scenes")
@bp.output(ScenesOut)
@allow("marketer", "manager", "auditor", "admin")
def list_scenes() -> ScenesOut:
    """All scenes that ask for something, with their templates."""
    return ScenesOut(data=[SceneOut.of(scene) for scene in subscription_scenes.list_all()])


@bp.put("/subscription-scenes/<string:scene>")
@bp.input(SceneIn)
@bp.output(SceneOut)
@allow("marketer", "admin")
def put(scene: str, json_data: SceneIn) -> SceneOut:
    """Say what a scene may ask for; the list replaces the one before."""
    weights = {one.message_template_id: one.weight for one in json_data.templates}
    with transaction():
        made = subscription_scenes.put(scene, weights, actor=actor(), now=now())
    return SceneOut.of(made)
