"""Test sends: to colleagues in their own membership, and what became of each."""

from uuid import UUID

from apiflask import APIBlueprint
from flask import render_template, request, url_for
from werkzeug.wrappers import Response

from blueprints.console import campaign_words as words
from blueprints.identity import allow
from blueprints.pages import api
from blueprints.pages.forms import act
from blueprints.pages.words import Pair

bp = APIBlueprint("campaign_tests", __name__, enable_openapi=False)


@bp.get("/campaigns/<uuid:campaign_id>/test-sends")
@allow("admin", "auditor", "manager", "marketer")
def show(campaign_id: UUID) -> str:
    """Whom a test can reach, and the tests there were."""
    return render_template(
        "console/campaigns/tests.html",
        campaign=api.get(f"/campaigns/{campaign_id}"),
        colleagues=api.get("/campaign-test-recipients")["data"],
        sent=api.get(f"/campaigns/{campaign_id}/test-sends")["data"],
        words=words,
    )


@bp.post("/campaigns/<uuid:campaign_id>/test-sends")
@allow("admin", "marketer")
def send(campaign_id: UUID) -> Response:
    """Send one."""
    asked = {"staff_ids": request.form.getlist("staff_ids"), "variant": request.form.get("variant") or None}
    return act(
        lambda key: api.post(f"/campaigns/{campaign_id}/test-sends", asked, key=key),
        done=Pair("测试已发出，下面会显示结果。", "The test is on its way; its outcome shows below."),
        to=url_for("console_pages.campaign_tests.show", campaign_id=campaign_id),
    )
