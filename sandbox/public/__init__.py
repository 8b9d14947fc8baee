"""WeChat's public API: every path the sandbox answers, in one table."""

from flask import Blueprint, Response

from sandbox.dispatch import answer
from sandbox.public import codes_image, login, messages, official, platform, template_library, text_check, token_api
from sandbox.wire import Endpoint
from sandbox.world import World

ENDPOINTS = (
    *token_api.ENDPOINTS,
    *login.ENDPOINTS,
    *messages.ENDPOINTS,
    *template_library.ENDPOINTS,
    *official.ENDPOINTS,
    *codes_image.ENDPOINTS,
    *text_check.ENDPOINTS,
    *platform.ENDPOINTS,
)


def create_public(world: World) -> Blueprint:
    blueprint = Blueprint("public", __name__)
    for endpoint in ENDPOINTS:

        def view(endpoint: Endpoint = endpoint) -> Response:
            return answer(world, endpoint)

        name = endpoint.path.strip("/").replace("/", "_")
        blueprint.add_url_rule(
            endpoint.path,
            name,
            view,
            methods=["GET", "POST", "PUT", "DELETE", "PATCH"],
            provide_automatic_options=False,
        )
    return blueprint
