"""The API's description and a page to read it, served from this machine alone."""

from typing import cast

from apiflask import APIBlueprint, APIFlask
from flask import Response, current_app, jsonify

bp = APIBlueprint("docs", __name__, enable_openapi=False)


@bp.get("/openapi.json")
def description() -> Response:
    """The OpenAPI document made from the schemas that validate."""
    return jsonify(cast(APIFlask, current_app).spec)
