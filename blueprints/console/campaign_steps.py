"""The steps of a campaign's life, each a button that said before what it does."""

from uuid import UUID

from apiflask import APIBlueprint
from flask import flash, redirect, request, url_for
from werkzeug.wrappers import Response

from blueprints.identity import allow
from blueprints.pages import api
from blueprints.pages.api import ApiRefusal
from blueprints.pages.forms import act
from blueprints.pages.words import Pair

bp = APIBlueprint("campaign_steps", __name__, enable_openapi=False)

WRITERS = ("admin", "marketer")
REVIEWERS = ("admin", "manager", "marketer")
LISTS = {
    "campaigns": "console_pages.campaigns.show_list",
    "automations": "console_pages.automations.show_list",
}


@bp.post("/campaigns/<uuid:campaign_id>/submit")
@allow(*WRITERS)
def submit(campaign_id: UUID) -> Response:
    """Ask a second person."""
    return _step(
        campaign_id, "submit", Pair("已提交审批，请另一位同事查看。", "Submitted: now a colleague looks at it.")
    )


@bp.post("/campaigns/<uuid:campaign_id>/approve")
@allow(*REVIEWERS)
def approve(campaign_id: UUID) -> Response:
    """The second person says yes to what their page showed."""
    seen = {"submitted_at": request.form.get("submitted_at", "")}
    return act(
        lambda _: api.post(f"/campaigns/{campaign_id}/approve", seen),
        done=Pair("已批准，可以排期了。", "Approved: it can be scheduled."),
        to=_back(campaign_id),
    )


@bp.post("/campaigns/<uuid:campaign_id>/reject")
@allow(*REVIEWERS)
def reject(campaign_id: UUID) -> Response:
    """The second person wants something changed."""
    reason = {"reason": request.form.get("reason", "").strip()}
    return act(
        lambda _: api.post(f"/campaigns/{campaign_id}/reject", reason),
        done=Pair("已退回给作者。", "Sent back to its author."),
        to=_back(campaign_id),
    )


@bp.post("/campaigns/<uuid:campaign_id>/schedule")
@allow(*WRITERS)
def schedule(campaign_id: UUID) -> Response:
    """Let it go out at its time."""
    return _step(
        campaign_id, "schedule", Pair("已排期，到时间自动开始。", "Scheduled: it begins at its time by itself.")
    )


@bp.post("/campaigns/<uuid:campaign_id>/pause")
@allow(*WRITERS)
def pause(campaign_id: UUID) -> Response:
    """Stop sending."""
    return _step(campaign_id, "pause", Pair("已暂停，没有新的消息发出。", "Paused: no further message leaves."))


@bp.post("/campaigns/<uuid:campaign_id>/resume")
@allow(*WRITERS)
def resume(campaign_id: UUID) -> Response:
    """Send the rest."""
    return _step(campaign_id, "resume", Pair("已继续，只发送剩下的。", "Resumed: exactly the rest is sent."))


@bp.post("/campaigns/<uuid:campaign_id>/cancel")
@allow(*WRITERS)
def cancel(campaign_id: UUID) -> Response:
    """End it for good."""
    return _step(campaign_id, "cancel", Pair("已取消。", "Cancelled."))


@bp.post("/campaigns/<uuid:campaign_id>/clone")
@allow(*WRITERS)
def clone(campaign_id: UUID) -> Response:
    """A new draft of the same."""
    try:
        made = api.post(f"/campaigns/{campaign_id}/clone", {"name": request.form.get("name", "").strip()})
    except ApiRefusal as refusal:
        if refusal.status == 401:
            raise
        flash(refusal.message, "danger")
        return redirect(_back(campaign_id), code=303)
    flash(
        str(Pair("已复制为新草稿，请检查时间和内容。", "Copied to a new draft: look at its time and texts.")), "success"
    )
    return redirect(url_for("console_pages.campaigns.show", campaign_id=made["id"]), code=303)


def _step(campaign_id: UUID, step: str, done: Pair) -> Response:
    return act(lambda _: api.post(f"/campaigns/{campaign_id}/{step}"), done=done, to=_back(campaign_id))


def _back(campaign_id: UUID) -> str:
    """To the list the button stood in, else to the campaign."""
    endpoint = LISTS.get(request.form.get("back", ""))
    return url_for(endpoint) if endpoint else url_for("console_pages.campaigns.show", campaign_id=campaign_id)
