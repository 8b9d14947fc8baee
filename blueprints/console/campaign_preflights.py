"""Before it leaves: whom a campaign would reach, whom not and why, when the last message leaves, what it costs."""

from typing import Any
from uuid import UUID

from apiflask import APIBlueprint
from flask import render_template

from blueprints.console import campaign_words as words
from blueprints.identity import allow
from blueprints.pages import api

bp = APIBlueprint("campaign_preflights", __name__, enable_openapi=False)


@bp.get("/campaigns/<uuid:campaign_id>/pre-flight")
@allow("admin", "auditor", "manager", "marketer")
def show(campaign_id: UUID) -> str:
    """From the audience down to those who get it."""
    campaign = api.get(f"/campaigns/{campaign_id}")
    found = api.get(f"/campaigns/{campaign_id}/pre-flight")
    return render_template(
        "console/campaigns/preflight.html", campaign=campaign, found=found, steps_down=_steps_down(found), words=words
    )


def _steps_down(found: dict[str, Any]) -> list[tuple[str, int]]:
    """[(reason, members)], the largest first, of everybody who gets nothing now."""
    told = {**found["holdout"], **found["unreachable"], "capped": found["capped"]}
    return sorted(((why, n) for why, n in told.items() if n), key=lambda one: -one[1])
