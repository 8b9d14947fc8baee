"""The counter's first page."""

from apiflask import APIBlueprint
from flask import render_template

from blueprints.identity import allow
from blueprints.pages import api

bp = APIBlueprint("home", __name__, enable_openapi=False)


@bp.get("")
@allow("clerk", "manager")
def show() -> str:
    """Who is at the counter, and of which store."""
    return render_template("counter/home.html", me=api.get("/me"))
