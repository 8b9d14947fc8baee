"""Corrections of points and growth: what waits for a second person, and what was decided."""

from uuid import UUID

from apiflask import APIBlueprint
from flask import render_template, request, url_for
from werkzeug.wrappers import Response

from blueprints.console import member_words
from blueprints.identity import allow
from blueprints.pages import api
from blueprints.pages.forms import act
from blueprints.pages.words import Pair

bp = APIBlueprint("adjustments", __name__, enable_openapi=False)


@bp.get("/adjustments")
@allow("admin", "auditor", "manager")
def show_list() -> str:
    """Newest first; those that wait, unless asked otherwise."""
    state = request.args.get("state", "waiting")
    state = state if state in member_words.ADJUSTMENTS else ""
    page = api.get("/adjustments", {"state": state, "cursor": request.args.get("cursor")})
    return render_template("console/adjustments.html", page=page, state=state, words=member_words)


@bp.post("/adjustments/<uuid:adjustment_id>/approval")
@allow("admin", "manager")
def approve(adjustment_id: UUID) -> Response:
    """Book it as the second person."""
    return act(
        lambda key: api.post(f"/adjustments/{adjustment_id}/approval", key=key),
        done=Pair("已批准并入账。", "Approved and booked."),
        to=url_for(".show_list"),
    )


@bp.post("/adjustments/<uuid:adjustment_id>/rejection")
@allow("admin", "manager")
def reject(adjustment_id: UUID) -> Response:
    """Turn it down, saying why."""
    body = {"reason": request.form.get("reason", "").strip()}
    return act(
        lambda key: api.post(f"/adjustments/{adjustment_id}/rejection", body, key=key),
        done=Pair("已驳回。", "Turned down."),
        to=url_for(".show_list"),
    )
