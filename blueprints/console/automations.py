"""Automations: what fires by members' own dates and events, and whom one would have told before it is switched on."""

from uuid import UUID

from apiflask import APIBlueprint
from flask import render_template, request

from blueprints.console import campaign_sentences as sentences
from blueprints.console import campaign_words as words
from blueprints.console.campaigns import progress_of
from blueprints.identity import allow
from blueprints.pages import api, charts, shell
from blueprints.pages.words import t

bp = APIBlueprint("automations", __name__, enable_openapi=False)

READERS = ("admin", "auditor", "manager", "marketer")


@bp.get("/automations")
@allow(*READERS)
def show_list() -> str:
    """Newest first, each with when it fires and when it last looked."""
    query = {name: request.args.get(name) for name in ("state", "kind", "cursor")}
    page = api.get("/campaigns", {**query, "is_automation": "true"})
    return render_template(
        "console/campaigns/automations.html",
        page=page,
        progress=progress_of(page["data"]),
        timing=sentences.timing,
        conditions=sentences.conditions,
        words=words,
    )


@bp.get("/campaigns/<uuid:campaign_id>/trial")
@allow(*READERS)
def trial(campaign_id: UUID) -> str:
    """Whom it would have told in the last seven days."""
    found = api.get(f"/campaigns/{campaign_id}/trial")
    labels = [day["on"][5:] for day in found["days"]]
    series = {
        t("能收到", "Reached"): [day["reachable"] for day in found["days"]],
        t("收不到", "Not reached"): [day["targeted"] - day["reachable"] for day in found["days"]],
    }
    title = t("最近七天本来会通知的人", "Whom it would have told in the last seven days")
    return render_template(
        "console/campaigns/trial.html",
        campaign=api.get(f"/campaigns/{campaign_id}"),
        found=found,
        drawn=charts.bars(labels, series, title=title, nonce=shell.nonce(), is_stacked=True),
        title=title,
        words=words,
    )
