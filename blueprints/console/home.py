"""The console's first page: the programme's goals in figures, a period beside the one before it."""

from datetime import timedelta
from typing import Any

from apiflask import APIBlueprint
from flask import render_template, request

from blueprints.console import goals
from blueprints.identity import allow
from blueprints.pages import api, words

DAY = timedelta(days=1)

bp = APIBlueprint("home", __name__, enable_openapi=False)


@bp.get("")
@allow("admin", "auditor", "manager", "marketer")
def show() -> str:
    """Cards, charts with their tables, and today so far."""
    days = request.args.get("days", "30")
    query = {"days": days if days in goals.SPANS else "30"}
    found: dict[str, Any] = api.get("/dashboard", query)
    has_past = found["current"]["counted_days"] > 0
    if not has_past:
        # On a shop's first day there is nothing but today.
        found = api.get("/dashboard", {**query, "until_on": (words.today() + DAY).isoformat()})
    return render_template(
        "console/home.html",
        found=found,
        has_past=has_past,
        spans=goals.SPANS,
        cards=goals.cards(found),
        today=goals.today(found),
        charts=goals.charts_of(found),
    )
