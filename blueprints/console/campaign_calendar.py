"""The calendar: what goes out on each day, and how dense that is."""

from datetime import date, timedelta
from typing import Any

from apiflask import APIBlueprint
from flask import render_template, request

from blueprints.console import campaign_words as words
from blueprints.console.campaign_sentences import WEEKDAYS
from blueprints.identity import allow
from blueprints.pages import api
from blueprints.pages.words import today

bp = APIBlueprint("campaign_calendar", __name__, enable_openapi=False)


@bp.get("/calendar")
@allow("admin", "auditor", "manager", "marketer")
def show() -> str:
    """A month, whole weeks from Monday."""
    first = _month(request.args.get("month"))
    following = (first + timedelta(days=31)).replace(day=1)
    start = first - timedelta(days=first.weekday())
    end = following + timedelta(days=-following.weekday() % 7)
    days = api.get("/campaign-calendar", {"first_on": start, "until_on": end})["data"]
    return render_template(
        "console/campaigns/calendar.html",
        first=first,
        month=f"{first:%Y-%m}",
        before=f"{first - timedelta(days=1):%Y-%m}",
        after=f"{following:%Y-%m}",
        weeks=_weeks(days),
        weekdays=WEEKDAYS,
        today=today().isoformat(),
        words=words,
    )


def _month(typed: str | None) -> date:
    try:
        return date.fromisoformat(f"{typed}-01")
    except ValueError:
        return today().replace(day=1)


def _weeks(days: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    return [days[n : n + 7] for n in range(0, len(days), 7)]
