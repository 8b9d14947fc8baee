"""The counter's first page: one input, and nothing in the way."""

from apiflask import APIBlueprint
from flask.typing import ResponseReturnValue

from blueprints.counter import work
from blueprints.identity import allow

bp = APIBlueprint("home", __name__, enable_openapi=False)


@bp.get("")
@allow("clerk", "manager")
def show() -> ResponseReturnValue:
    """Ready for the next customer."""
    return work.show("ready")
