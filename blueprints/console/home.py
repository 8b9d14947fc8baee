"""The console's first page."""

from apiflask import APIBlueprint
from flask import render_template

from blueprints.identity import allow
from blueprints.pages import api

bp = APIBlueprint("home", __name__, enable_openapi=False)


@bp.get("")
@allow("admin", "auditor", "manager", "marketer")
def show() -> str:
    """Who is signed in and where to go."""
    return render_template("console/home.html", me=api.get("/me"))
