"""A campaign's messages one by one: by state; failed ones sent again, doubtful ones settled by whoever answers for it."""

from typing import Any
from uuid import UUID

from apiflask import APIBlueprint
from flask import render_template, request, url_for
from werkzeug.wrappers import Response

from blueprints.console import campaign_words as words
from blueprints.identity import allow
from blueprints.pages import api
from blueprints.pages.forms import act
from blueprints.pages.words import Pair

bp = APIBlueprint("campaign_deliveries", __name__, enable_openapi=False)

WRITERS = ("admin", "manager", "marketer")
DECIDERS = ("admin", "manager")


@bp.get("/campaigns/<uuid:campaign_id>/deliveries")
@allow("admin", "auditor", "manager", "marketer")
def show_list(campaign_id: UUID) -> str:
    """Members by their number alone."""
    query = {name: request.args.get(name) for name in ("state", "cursor")}
    return render_template(
        "console/campaigns/deliveries.html",
        campaign=api.get(f"/campaigns/{campaign_id}"),
        page=api.get(f"/campaigns/{campaign_id}/deliveries", query),
        words=words,
    )


@bp.post("/campaigns/<uuid:campaign_id>/retries")
@allow(*WRITERS)
def retry_all(campaign_id: UUID) -> Response:
    """All that failed with one answer."""
    typed = request.form.get("errcode", "")
    # What is no number is a reason of ours: the API takes those together, as null.
    errcode = int(typed) if typed.lstrip("-").isdecimal() else None
    return _act(
        campaign_id,
        "/retries",
        {"errcode": errcode},
        Pair("已重新安排，稍后发出。", "Planned anew; they leave shortly."),
    )


@bp.post("/campaigns/<uuid:campaign_id>/deliveries/retry")
@allow(*WRITERS)
def retry(campaign_id: UUID) -> Response:
    """One that failed."""
    return _act(campaign_id, "/deliveries/retry", _letter(), Pair("已重新安排。", "Planned anew."))


@bp.post("/campaigns/<uuid:campaign_id>/deliveries/resend")
@allow(*DECIDERS)
def resend(campaign_id: UUID) -> Response:
    """One in doubt, though it may have arrived."""
    asked = _letter() | {"reason": request.form.get("reason", "").strip()}
    return _act(
        campaign_id,
        "/deliveries/resend",
        asked,
        Pair("会再发一次，已记入审计。", "It is sent once more; the audit keeps it."),
    )


@bp.post("/campaigns/<uuid:campaign_id>/deliveries/settle")
@allow(*DECIDERS)
def settle(campaign_id: UUID) -> Response:
    """One in doubt, as somebody found out."""
    asked = _letter() | {"reason": request.form.get("reason", "").strip(), "state": request.form.get("outcome", "")}
    return _act(campaign_id, "/deliveries/settle", asked, Pair("已记录结果。", "Written down."))


def _letter() -> dict[str, Any]:
    return {"member_id": request.form.get("member_id", ""), "occurrence": request.form.get("occurrence", "")}


def _act(campaign_id: UUID, below: str, asked: dict[str, Any], done: Pair) -> Response:
    """Back to where the button stood: the campaign's own page, or its messages as they were filtered."""
    if below == "/retries":
        back = url_for("console_pages.campaigns.show", campaign_id=campaign_id)
    else:
        shown = request.form.get("shown") or None
        back = url_for("console_pages.campaign_deliveries.show_list", campaign_id=campaign_id, state=shown)
    return act(lambda key: api.post(f"/campaigns/{campaign_id}{below}", asked, key=key), done=done, to=back)
