"""A word for whoever serves the member next."""

from uuid import UUID

from apiflask import APIBlueprint
from flask import request
from flask.typing import ResponseReturnValue

from blueprints.counter import bills, work
from blueprints.counter.work import Band
from blueprints.identity import allow
from blueprints.pages import api
from blueprints.pages.api import ApiRefusal
from blueprints.pages.words import Pair

bp = APIBlueprint("notes", __name__, enable_openapi=False)

NOTED = Pair("已记下。", "Noted.")


@bp.post("/visits/<uuid:visit_id>/notes")
@allow("clerk", "manager")
def add(visit_id: UUID) -> ResponseReturnValue:
    """Write it down; the visit stays open."""
    band = Band("good", NOTED)
    try:
        api.post(f"/visits/{visit_id}/notes", {"note": request.form.get("note", "")}, key=request.form["key"])
    except ApiRefusal as refusal:
        if refusal.status == 401:
            raise
        band = Band.of(refusal)
    return work.show("visit", band=band, **bills.parts_of_visit(visit_id))
