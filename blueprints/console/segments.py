"""Segments: the list, one with its rule and members, why somebody is in it, and the grid of scores."""

from uuid import UUID

from apiflask import APIBlueprint
from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from blueprints.identity import allow
from blueprints.pages import api
from blueprints.pages.api import ApiRefusal
from blueprints.pages.door import person
from blueprints.pages.forms import act
from blueprints.pages.words import Pair, t

bp = APIBlueprint("segments", __name__, enable_openapi=False)

READERS = ("admin", "auditor", "manager", "marketer")
# The API shows members' samples to these.
SEE_SAMPLES = ("admin", "manager", "marketer")


@bp.get("/segments")
@allow(*READERS)
def show_list() -> str:
    """Newest first, with their size as last counted."""
    shown = request.args.get("archived") == "yes"
    page = api.get("/segments", {"is_active": "false" if shown else "true", "cursor": request.args.get("cursor")})
    return render_template("console/segments/list.html", page=page, is_archived=shown)


@bp.get("/segments/<uuid:segment_id>")
@allow(*READERS)
def show(segment_id: UUID) -> str:
    """One segment: how many now, some of them, and its versions."""
    return render_template(
        "console/segments/show.html",
        segment=api.get(f"/segments/{segment_id}"),
        count=_or_refusal(f"/segments/{segment_id}/count"),
        sample=_or_refusal(f"/segments/{segment_id}/sample") if person()["role"] in SEE_SAMPLES else None,
        versions=api.get(f"/segments/{segment_id}/versions", {"cursor": request.args.get("cursor")}),
    )


@bp.get("/segments/<uuid:segment_id>/why")
@allow(*READERS)
def explain(segment_id: UUID) -> str:
    """Whether a member is in it, and which part of the rule says so."""
    segment = api.get(f"/segments/{segment_id}")
    member_id, found, refusal = request.args.get("member", ""), None, None
    if member_id:
        try:
            found = api.get(f"/segments/{segment_id}/members/{api.part(member_id)}")
        except ApiRefusal as error:
            if error.status != 404:
                raise
            refusal = error.message
    return render_template(
        "console/segments/why.html", segment=segment, member_id=member_id, found=found, refusal=refusal
    )


@bp.post("/segments/<uuid:segment_id>/why")
@allow(*READERS)
def ask(segment_id: UUID) -> Response:
    """The member by number or phone; no phone comes into an address."""
    asked = request.form.get("member", "").strip()
    to = "console_pages.segments.explain"
    try:
        return redirect(url_for(to, segment_id=segment_id, member=str(UUID(asked))), code=303)
    except ValueError:
        pass
    try:
        listed = api.get("/members", {"phone": asked, "limit": 1})["data"]
    except ApiRefusal as error:
        if error.status == 401:
            raise
        listed = []
    if not listed:
        flash(t("没有这位会员：请核对编号或手机号。", "No such member: look at the number again."), "warning")
        return redirect(url_for(to, segment_id=segment_id), code=303)
    return redirect(url_for(to, segment_id=segment_id, member=listed[0]["id"]), code=303)


@bp.post("/segments/<uuid:segment_id>/archive")
@allow("admin", "marketer")
def archive(segment_id: UUID) -> Response:
    """Take it out of use."""
    return act(
        lambda _: api.post(f"/segments/{segment_id}/archive"),
        done=Pair("已归档：不再用于新的活动。", "Archived: nothing new can use it."),
        to=url_for("console_pages.segments.show", segment_id=segment_id),
    )


def _or_refusal(path: str) -> dict[str, object]:
    """What the API told, or {"refusal": its words} when that takes too long."""
    try:
        return dict(api.get(path))
    except ApiRefusal as error:
        if error.code != "segment_too_slow":
            raise
        return {"refusal": error.message}
