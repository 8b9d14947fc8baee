"""/__sandbox: the strings behind the stage. Everything but the health check needs the control key."""

import hmac

from flask import Blueprint, Response, jsonify, request

from sandbox.control import faults, inbox, people, pushes, records, subscriptions, system, templates
from sandbox.control.parsing import BadControl, refusal
from sandbox.world import World

PREFIX = "/__sandbox"
ROOMS = (system, people, subscriptions, templates, faults, records, pushes, inbox)


def create_control(world: World) -> Blueprint:
    blueprint = Blueprint("control", __name__, url_prefix=PREFIX, template_folder="../templates")

    @blueprint.get("/health")
    def health() -> Response:
        return jsonify(status="ok", service="wechat-sandbox")

    @blueprint.before_request
    def check_key() -> Response | None:
        if request.endpoint == "control.health":
            return None
        given = request.headers.get("X-Sandbox-Key", "")
        if not given and request.endpoint == "control.inbox":
            given = request.args.get("key", "")
        if hmac.compare_digest(given.encode(), world.settings.control_key.encode()):
            return None
        return refusal(401, "wrong_key", "send the control key in the header X-Sandbox-Key")

    _add_refusals(blueprint)
    for room in ROOMS:
        room.add_routes(blueprint, world)
    return blueprint


def _add_refusals(blueprint: Blueprint) -> None:
    @blueprint.errorhandler(BadControl)
    def bad_control(error: BadControl) -> Response:
        return refusal(error.status, "not_found" if error.status == 404 else "invalid_input", error.message)

    @blueprint.errorhandler(OverflowError)
    def full(error: OverflowError) -> Response:
        return refusal(409, "full", str(error))
