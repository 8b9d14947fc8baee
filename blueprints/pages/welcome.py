"""The bare address: which door is whose."""

from apiflask import APIBlueprint
from flask import render_template

from blueprints.identity import allow
from blueprints.pages import refusals

bp = APIBlueprint("welcome", __name__, enable_openapi=False, template_folder="templates")
refusals.register(bp)


@bp.get("/")
@allow("anyone")
def show() -> str:
    """Whoever opens the bare address finds the doors."""
    return render_template("pages/welcome.html")
