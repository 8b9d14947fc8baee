"""create_sandbox: the Flask application that plays WeChat."""

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException

from sandbox.clock import SandboxClock
from sandbox.control import create_control
from sandbox.control.parsing import refusal
from sandbox.dispatch import answer
from sandbox.errors import WxError
from sandbox.public import create_public
from sandbox.settings import Settings
from sandbox.wire import Endpoint, Reply
from sandbox.world import World

MAX_BODY_BYTES = 64 * 1024 * 1024  # a bulk grant names a million openids


def create_sandbox(settings: Settings, *, clock: SandboxClock | None = None) -> Flask:
    """Build a sandbox with a world of its own; raise SandboxRefused in production or without a control key."""
    settings.check()
    app = Flask(__name__, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    world = World(settings, clock or SandboxClock())
    app.extensions["sandbox"] = world
    app.register_blueprint(create_public(world))
    app.register_blueprint(create_control(world))

    @app.errorhandler(HTTPException)
    def http_error(error: HTTPException) -> Response:
        if request.path.startswith("/__sandbox"):
            return refusal(error.code or 500, error.name.lower().replace(" ", "_"), error.description or "")
        if error.code == 500:
            return Response("sandbox fault: see its log", status=500, content_type="text/plain")
        return answer(world, Endpoint(request.path, "ANY", unknown_url))

    return app


def unknown_url(_world: World, _call: object) -> Reply:
    raise WxError(40066)
