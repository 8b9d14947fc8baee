"""A frame of the camera, read by the API where the browser cannot."""

import base64

from apiflask import APIBlueprint
from flask import request
from werkzeug.exceptions import RequestEntityTooLarge

from blueprints.identity import allow
from blueprints.pages import api
from blueprints.pages.api import ApiRefusal

bp = APIBlueprint("camera", __name__, enable_openapi=False)

LARGEST = 45_000


@bp.post("/frame")
@allow("clerk", "manager")
def read() -> tuple[dict[str, str | None], int]:
    """{text} of the code in a JPEG, or {text: null, message} why the picture was no good."""
    if (request.content_length or 0) > LARGEST:
        raise RequestEntityTooLarge
    frame = base64.b64encode(request.get_data()).decode()
    try:
        return {"text": api.post("/frames", {"jpeg": frame})["text"]}, 200
    except ApiRefusal as refusal:
        return {"text": None, "message": refusal.message}, refusal.status
