"""The times a campaign went out, and what a person says about those nobody began in time."""

from uuid import UUID

from apiflask import APIBlueprint
from flask import render_template, request, url_for
from werkzeug.wrappers import Response

from blueprints.console import campaign_words as words
from blueprints.identity import allow
from blueprints.pages import api
from blueprints.pages.forms import act
from blueprints.pages.words import Pair, typed_instant

bp = APIBlueprint("campaign_runs", __name__, enable_openapi=False)


@bp.get("/campaigns/<uuid:campaign_id>/runs")
@allow("admin", "auditor", "manager", "marketer")
def show_list(campaign_id: UUID) -> str:
    """Latest first."""
    return render_template(
        "console/campaigns/runs.html",
        campaign=api.get(f"/campaigns/{campaign_id}"),
        page=api.get(f"/campaigns/{campaign_id}/runs", {"cursor": request.args.get("cursor")}),
        words=words,
    )


@bp.post("/campaigns/<uuid:campaign_id>/runs/<occurrence>/start")
@allow("admin", "marketer")
def start(campaign_id: UUID, occurrence: str) -> Response:
    """Let a missed one go out after all."""
    asked = {"latest_start_at": _instant(request.form.get("latest_start_at"))}
    return act(
        lambda _: api.post(f"/campaigns/{campaign_id}/runs/{api.part(occurrence)}/start", asked),
        done=Pair("已开始补发。", "It goes out now."),
        to=_back(campaign_id),
    )


@bp.post("/campaigns/<uuid:campaign_id>/runs/<occurrence>/skip")
@allow("admin", "marketer")
def skip(campaign_id: UUID, occurrence: str) -> Response:
    """Leave a missed one out."""
    return act(
        lambda _: api.post(f"/campaigns/{campaign_id}/runs/{api.part(occurrence)}/skip"),
        done=Pair("已跳过这一次。", "This run is left out."),
        to=_back(campaign_id),
    )


def _instant(typed: str | None) -> str | None:
    """As the API reads it; what is no time goes as it is, and the API says so."""
    try:
        return typed_instant(typed)
    except ValueError:
        return typed


def _back(campaign_id: UUID) -> str:
    return url_for("console_pages.campaign_runs.show_list", campaign_id=campaign_id)
