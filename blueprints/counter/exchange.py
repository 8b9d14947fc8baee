"""Points for a coupon, at the wish of the member in front of the clerk."""

from uuid import UUID

from apiflask import APIBlueprint
from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from blueprints.counter import typed
from blueprints.identity import allow
from blueprints.pages import api
from blueprints.pages.forms import act
from blueprints.pages.words import Pair

bp = APIBlueprint("exchange", __name__, enable_openapi=False)

DONE = Pair("兑换成功，券已到账，可以马上使用。", "Exchanged: the coupon is there and can be used at once.")


@bp.get("/visits/<uuid:visit_id>/exchange")
@allow("clerk", "manager")
def show(visit_id: UUID) -> str:
    """What their points buy now."""
    query = {"cursor": request.args.get("cursor"), "limit": 20}
    return render_template(
        "counter/exchange.html",
        visit_id=visit_id,
        member=api.get(f"/visits/{visit_id}")["member"],
        page=api.get(f"/visits/{visit_id}/exchange", query),
    )


@bp.post("/visits/<uuid:visit_id>/exchange")
@allow("clerk", "manager")
def take(visit_id: UUID) -> ResponseReturnValue:
    """One coupon for its points; then the visit goes on."""
    form = request.form
    body = {
        "visit_id": str(visit_id),
        "batch_id": form.get("batch_id", ""),
        "points_price": typed.whole(form.get("points_price", "")),
    }
    here = url_for("counter_pages.members.show_visit", visit_id=visit_id)
    return act(lambda key: api.post("/exchanges", body, key=key), done=DONE, to=here)
