"""Campaigns: the list as one watches it, and one of them with what it says and what became of it."""

from typing import Any
from uuid import UUID

from apiflask import APIBlueprint
from flask import render_template, request

from blueprints.console import campaign_sentences as sentences
from blueprints.console import campaign_words as words
from blueprints.identity import allow
from blueprints.pages import api

bp = APIBlueprint("campaigns", __name__, enable_openapi=False)

READERS = ("admin", "auditor", "manager", "marketer")
FILTERS = ("state", "kind", "cursor")


@bp.get("/campaigns")
@allow(*READERS)
def show_list() -> str:
    """Broadcasts, newest first, each with how far it is."""
    query = {name: request.args.get(name) for name in FILTERS}
    page = api.get("/campaigns", {**query, "is_automation": "false"})
    return render_template(
        "console/campaigns/list.html",
        page=page,
        progress=progress_of(page["data"]),
        words=words,
        kinds=words.BROADCASTS,
    )


@bp.get("/campaigns/<uuid:campaign_id>")
@allow(*READERS)
def show(campaign_id: UUID) -> str:
    """One campaign: its state, its words on the phone, its audience, and every member in one place."""
    campaign = api.get(f"/campaigns/{campaign_id}")
    return render_template(
        "console/campaigns/show.html",
        campaign=campaign,
        progress=progress_of([campaign]),
        previews=api.get(f"/campaigns/{campaign_id}/message-previews")["data"],
        report=api.get(f"/campaigns/{campaign_id}/report"),
        programme=api.get("/programme"),
        timing=sentences.timing(campaign),
        conditions=sentences.conditions(campaign),
        words=words,
    )


@bp.get("/campaigns/<uuid:campaign_id>/progress")
@allow(*READERS)
def progress(campaign_id: UUID) -> str:
    """How far one is, as a fragment that asks again while it is under way."""
    found = api.get("/campaign-progress", {"ids": campaign_id})["data"]
    return render_template(
        "console/campaigns/_progress.html", one=found[0] if found else None, is_fragment=True, words=words
    )


def progress_of(campaigns: list[dict[str, Any]]) -> dict[str, Any]:
    """By campaign."""
    if not campaigns:
        return {}
    found = api.get("/campaign-progress", {"ids": ",".join(one["id"] for one in campaigns)})
    return {one["campaign_id"]: one for one in found["data"]}
