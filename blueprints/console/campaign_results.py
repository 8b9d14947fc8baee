"""What a campaign came to: funnel, cost, revenue, and the difference it made; as tables to take along."""

from uuid import UUID

from apiflask import APIBlueprint
from flask import Response, render_template, request

from blueprints.console import campaign_words as words
from blueprints.identity import allow
from blueprints.pages import api, charts, shell
from blueprints.pages.words import t

bp = APIBlueprint("campaign_results", __name__, enable_openapi=False)

READERS = ("admin", "auditor", "manager", "marketer")
FUNNEL = (
    ("targeted", "目标", "Targeted"),
    ("reachable", "可触达", "Reachable"),
    ("sent", "已发送", "Sent"),
    ("opened", "已打开", "Opened"),
    ("given", "得权益", "Given"),
    ("redeemers", "用券", "Redeemed"),
    ("buyers", "购买", "Bought"),
)


@bp.get("/campaigns/<uuid:campaign_id>/results")
@allow(*READERS)
def show(campaign_id: UUID) -> str:
    """The figures as they were last counted."""
    results = api.get(f"/campaigns/{campaign_id}/results")
    total = results["total"]
    labels = [t(zh, en) for _, zh, en in FUNNEL]
    drawn = charts.bars(
        labels,
        {t("人数", "Members"): [total[name] for name, _, _ in FUNNEL]},
        title=t("漏斗", "Funnel"),
        nonce=shell.nonce(),
    )
    rows = [[t(zh, en), f"{total[name]:,}"] for name, zh, en in FUNNEL]
    return render_template(
        "console/campaigns/results.html",
        campaign=api.get(f"/campaigns/{campaign_id}"),
        results=results,
        periods=api.get(f"/campaigns/{campaign_id}/results/periods", {"cursor": request.args.get("cursor")}),
        drawn=drawn,
        rows=rows,
        words=words,
    )


@bp.get("/campaigns/<uuid:campaign_id>/results.csv")
@allow(*READERS)
def results_csv(campaign_id: UUID) -> Response:
    """The figures as a table."""
    return _file(f"/campaigns/{campaign_id}/results.csv")


@bp.get("/campaigns/<uuid:campaign_id>/deliveries.csv")
@allow(*READERS)
def deliveries_csv(campaign_id: UUID) -> Response:
    """Every message as a table."""
    return _file(f"/campaigns/{campaign_id}/deliveries.csv")


def _file(path: str) -> Response:
    answer = api.call("GET", path)
    kept = ("Content-Type", "Content-Disposition")
    return Response(answer.body, headers={name: answer.headers[name] for name in kept if name in answer.headers})
