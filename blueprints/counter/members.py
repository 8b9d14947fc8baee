"""A member who was looked up: shown, and nothing of theirs used."""

from uuid import UUID

from apiflask import APIBlueprint
from flask.typing import ResponseReturnValue

from blueprints.counter import bills, work
from blueprints.identity import allow
from blueprints.pages import api

bp = APIBlueprint("members", __name__, enable_openapi=False)


@bp.get("/members/<uuid:member_id>")
@allow("clerk", "manager")
def show(member_id: UUID) -> ResponseReturnValue:
    """Their masked card and what they could use here."""
    return work.show("member", **api.get(f"/members/{member_id}"))


@bp.get("/visits/<uuid:visit_id>")
@allow("clerk", "manager")
def show_visit(visit_id: UUID) -> ResponseReturnValue:
    """An open visit again, after something else was done in it."""
    return work.show("visit", **bills.parts_of_visit(visit_id))
