"""Our own scripts and styles, and Bootstrap's as its package carries them: files of this host, kept by browsers."""

import hashlib
from functools import cache
from pathlib import Path
from typing import Any

from apiflask import APIBlueprint, APIFlask
from flask import Response, send_from_directory, url_for

from blueprints.identity import allow

bp = APIBlueprint("assets", __name__, enable_openapi=False)

FOLDER = Path(__file__).parent / "static"
MAX_AGE_SECONDS = 86_400


@bp.get("/assets/<path:name>")
@allow("anyone")
def file(name: str) -> Response:
    """One of our files; its address changes with its content."""
    return send_from_directory(FOLDER, name, max_age=MAX_AGE_SECONDS)


def address(name: str) -> str:
    """The address of one of our files."""
    return url_for("assets.file", name=name, v=_version(name))


@cache
def _version(name: str) -> str:
    return hashlib.sha256((FOLDER / name).read_bytes()).hexdigest()[:12]


def open_bootstrap_files(app: APIFlask) -> None:
    """Bootstrap-Flask serves its own files; they are everybody's."""
    served: Any = app.view_functions["bootstrap.static"]

    @allow("anyone")
    def bootstrap_file(filename: str) -> Any:
        return served(filename=filename)

    app.view_functions["bootstrap.static"] = bootstrap_file
    app.jinja_env.globals["asset"] = address
