"""Whoever is served leaves: what was held for their bill is free at once, not only when its time is over."""

from uuid import UUID

from apiflask import APIBlueprint
from flask.typing import ResponseReturnValue

from blueprints.counter import work
from blueprints.identity import allow
from blueprints.pages import api
from blueprints.pages.api import ApiRefusal

bp = APIBlueprint("visits", __name__, enable_openapi=False)


@bp.post("/visits/<uuid:visit_id>/leave")
@allow("clerk", "manager")
def leave(visit_id: UUID) -> ResponseReturnValue:
    """Ready for the next customer."""
    release(str(visit_id))
    return work.show("ready")


def release(visit_id: str) -> None:
    """Give back what is held for a visit. One that is over holds nothing, and the next customer waits for no reason of it."""
    try:
        api.delete(f"/visits/{api.part(visit_id)}/holds")
    except ApiRefusal as refusal:
        if refusal.status == 401:
            raise
