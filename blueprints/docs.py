"""The API's description and a page to read it, served from this machine alone: no CDN, no inline script."""

from importlib import resources
from typing import cast

from apiflask import APIBlueprint, APIFlask
from flask import Response, current_app, render_template, send_from_directory

from blueprints.identity import allow

bp = APIBlueprint("docs", __name__, enable_openapi=False, template_folder="templates")

# The files flask-swagger-ui carries; its own page starts them with an inline script, ours does not.
ASSETS = frozenset({"swagger-ui-bundle.js", "swagger-ui.css", "favicon-32x32.png"})
KEPT = "huitou_openapi"
ASSETS_MAX_AGE_SECONDS = 86_400
# Swagger UI draws with style attributes and data: images.
PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self';"
    " frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)

START = """\
"use strict";
window.addEventListener("load", () => {
  SwaggerUIBundle({
    url: "/openapi.json",
    dom_id: "#swagger-ui",
    deepLinking: true,
    docExpansion: "none",
    displayRequestDuration: true,
    validatorUrl: null,
  });
});
"""


@bp.get("/openapi.json")
@allow("anyone")
def description() -> Response:
    """The OpenAPI document made from the schemas that validate."""
    app = cast(APIFlask, current_app)
    # Making it takes a second of CPU: nobody may ask for that again and again.
    if KEPT not in app.extensions:
        app.extensions[KEPT] = app.json.dumps(app.spec)
    return Response(app.extensions[KEPT], mimetype="application/json")


@bp.get("/docs")
@allow("anyone")
def page() -> Response:
    """The page."""
    response = Response(render_template("docs.html"), mimetype="text/html")
    response.headers["Content-Security-Policy"] = PAGE_POLICY
    return response


@bp.get("/docs/start.js")
@allow("anyone")
def start() -> Response:
    """The few lines that start the page."""
    return Response(START, mimetype="text/javascript")


@bp.get("/docs/<any({}):name>".format(", ".join(f"'{name}'" for name in sorted(ASSETS))))
@allow("anyone")
def asset(name: str) -> Response:
    """One of Swagger UI's files."""
    with resources.as_file(resources.files("flask_swagger_ui") / "dist") as folder:
        return send_from_directory(folder, name, max_age=ASSETS_MAX_AGE_SECONDS)
