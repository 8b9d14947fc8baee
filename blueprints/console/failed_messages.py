"""Messages that wait for a person, over all campaigns: failed ones by what was answered, and those in doubt."""

from apiflask import APIBlueprint
from flask import render_template

from blueprints.console import campaign_words as words
from blueprints.identity import allow
from blueprints.pages import api

bp = APIBlueprint("failed_messages", __name__, enable_openapi=False)


@bp.get("/failed-messages")
@allow("admin", "auditor", "manager", "marketer")
def show() -> str:
    """The largest groups first."""
    return render_template("console/campaigns/failed.html", groups=api.get("/dead-letters")["data"], words=words)
