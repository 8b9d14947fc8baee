"""The RFM grid: where the members are, and a segment of any cell with one click."""

from apiflask import APIBlueprint
from flask import render_template

from blueprints.identity import allow
from blueprints.pages import api

bp = APIBlueprint("rfm_grid", __name__, enable_openapi=False)

SCORES = (5, 4, 3, 2, 1)


@bp.get("/rfm-grid")
@allow("admin", "auditor", "manager", "marketer")
def show() -> str:
    """Recency down, frequency across."""
    cells = {(one["recency"], one["frequency"]): one for one in api.get("/rfm-grid")["data"]}
    most = max((one["members"] for one in cells.values()), default=0)
    return render_template("console/segments/rfm.html", cells=cells, scores=SCORES, most=most)
