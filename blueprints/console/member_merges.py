"""Making one member of two: named, looked at, done."""

from uuid import UUID

from apiflask import APIBlueprint
from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from blueprints.console import member_words
from blueprints.identity import allow
from blueprints.pages import api
from blueprints.pages.api import ApiRefusal
from blueprints.pages.forms import PageForm
from blueprints.pages.words import t

bp = APIBlueprint("member_merges", __name__, enable_openapi=False)


@bp.get("/members/<uuid:member_id>/merge")
@allow("admin", "manager")
def show(member_id: UUID) -> str:
    """Who the other is, and then what would move."""
    other = request.args.get("other", "").strip()
    preview, refusal = None, None
    if other:
        try:
            preview = api.get(f"/members/{member_id}/merge-preview", {"other_id": other})
        except ApiRefusal as error:
            if error.status not in (404, 422):
                raise
            refusal = error
    return _page(member_id, PageForm(), preview=preview, other=other, refusal=refusal)


@bp.post("/members/<uuid:member_id>/merge/other")
@allow("admin", "manager")
def find(member_id: UUID) -> ResponseReturnValue:
    """The other by phone, which stands in no address, or by id."""
    typed = request.form.get("other", "").strip()
    try:
        return redirect(url_for(".show", member_id=member_id, other=str(UUID(typed))), code=303)
    except ValueError:
        pass
    try:
        found = api.get("/members", {"phone": typed, "limit": 1})["data"]
    except ApiRefusal as error:
        if error.status == 401:
            raise
        flash(error.message, "danger")
        found = []
    else:
        if not found:
            flash(t("没有会员使用这个手机号。", "No member has this number."), "warning")
    other = found[0]["id"] if found else None
    return redirect(url_for(".show", member_id=member_id, other=other), code=303)


@bp.post("/members/<uuid:member_id>/merge")
@allow("admin", "manager")
def merge(member_id: UUID) -> ResponseReturnValue:
    """Do it, for good."""
    form = PageForm()
    other = request.form.get("other_id", "")
    body = {"other_id": other, "reason": request.form.get("reason", "").strip()}
    try:
        kept = api.post(f"/members/{member_id}/merge", body, key=form.key.data)
    except ApiRefusal as refusal:
        form.take(refusal)
        preview = api.get(f"/members/{member_id}/merge-preview", {"other_id": other}) if refusal.status == 422 else None
        return _page(member_id, form, preview=preview, other=other, refusal=refusal), 422
    flash(t("已合并为一位会员。", "They are one member now."), "success")
    return redirect(url_for("console_pages.members.show", member_id=kept["member"]["id"]), code=303)


def _page(member_id: UUID, form: PageForm, **told: object) -> str:
    return render_template(
        "console/members/merge.html",
        detail=api.get(f"/members/{member_id}"),
        form=form,
        words=member_words,
        **told,
    )
