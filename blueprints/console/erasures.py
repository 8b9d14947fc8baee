"""Members who want to know what is kept about them, or to be forgotten."""

from uuid import UUID

from apiflask import APIBlueprint
from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from blueprints.console import member_words
from blueprints.identity import allow
from blueprints.pages import api, downloads
from blueprints.pages.api import ApiRefusal
from blueprints.pages.forms import PageForm, act
from blueprints.pages.words import Pair, t

bp = APIBlueprint("erasures", __name__, enable_openapi=False)


@bp.get("/erasure-requests")
@allow("admin", "auditor", "manager")
def show_list() -> str:
    """Who asked to be forgotten, and how far it is."""
    state = request.args.get("state", "")
    state = state if state in member_words.WAITS else ""
    page = api.get("/erasure-requests", {"state": state, "cursor": request.args.get("cursor")})
    return render_template("console/members/erasures.html", page=page, state=state, words=member_words)


@bp.post("/erasure-requests/<uuid:erasure_id>/withdrawal")
@allow("admin", "manager")
def withdraw(erasure_id: UUID) -> ResponseReturnValue:
    """The member stays."""
    return act(
        lambda key: api.post(f"/erasure-requests/{erasure_id}/withdrawal", key=key),
        done=Pair("已撤回，会员保持原样。", "Taken back; the member stays as they were."),
        to=url_for(".show_list"),
    )


@bp.get("/members/<uuid:member_id>/erasure")
@allow("admin", "manager")
def show_new(member_id: UUID) -> str:
    """The form of a wish, with what will happen."""
    return render_template("console/members/erase.html", detail=api.get(f"/members/{member_id}"), form=PageForm())


@bp.post("/members/<uuid:member_id>/erasure")
@allow("admin", "manager")
def ask(member_id: UUID) -> ResponseReturnValue:
    """Write the wish down."""
    form = PageForm()
    body = {"reason": request.form.get("reason", "").strip()}
    try:
        api.post(f"/members/{member_id}/erasure", body, key=form.key.data)
    except ApiRefusal as refusal:
        form.take(refusal)
        detail = api.get(f"/members/{member_id}")
        return render_template("console/members/erase.html", detail=detail, form=form), 422
    flash(
        t("已登记：七天后注销，期间可以撤回。", "Written down: erased in seven days, unless it is taken back."),
        "success",
    )
    return redirect(url_for(".show_list"), code=303)


@bp.get("/members/<uuid:member_id>/export")
@allow("admin", "manager")
def export(member_id: UUID) -> Response:
    """Everything kept about a member, as a file for them."""
    return downloads.answer(f"/members/{member_id}/export")
