"""Taking coupons back: what it would do, said first; done, watched, and given back within the hour."""

from typing import Any
from uuid import UUID

from apiflask import APIBlueprint
from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import IntegerField, StringField
from wtforms.validators import Length

from blueprints.console.typed_fields import NEEDED
from blueprints.identity import allow
from blueprints.pages import api
from blueprints.pages.api import ApiRefusal
from blueprints.pages.forms import PageForm
from blueprints.pages.words import Pair, t

bp = APIBlueprint("revocations", __name__, enable_openapi=False)

WHY = [NEEDED, Length(2, 100, Pair("请填写 2 到 100 个字。", "Write 2 to 100 characters."))]


class RevocationForm(PageForm):
    """Why, and how many were told of."""

    expected = IntegerField(validators=[NEEDED])
    reason = StringField(Pair("原因（会记入审计）", "Why (kept in the audit)"), validators=WHY)


class UndoForm(PageForm):
    """Why they are given back."""

    reason = StringField(
        Pair("恢复的原因（会记入审计）", "Why they are given back (kept in the audit)"), validators=WHY
    )


@bp.get("/revocations")
@allow("admin", "auditor", "manager", "marketer")
def show_list() -> str:
    """Newest first."""
    page = api.get("/revocations", {"cursor": request.args.get("cursor")})
    return render_template("console/revocations.html", page=page)


@bp.get("/coupon-batches/<uuid:batch_id>/revoke")
@allow("admin", "marketer")
def show_batch_form(batch_id: UUID) -> str:
    """What revoking a whole batch would do."""
    return _form(_batch(batch_id))


@bp.post("/coupon-batches/<uuid:batch_id>/revoke")
@allow("admin", "marketer")
def revoke_batch(batch_id: UUID) -> ResponseReturnValue:
    """Do it."""
    return _revoke(_batch(batch_id))


@bp.get("/issue-runs/<uuid:run_id>/revoke")
@allow("admin", "marketer")
def show_run_form(run_id: UUID) -> str:
    """What revoking all that a run gave would do."""
    return _form(_run(run_id))


@bp.post("/issue-runs/<uuid:run_id>/revoke")
@allow("admin", "marketer")
def revoke_run(run_id: UUID) -> ResponseReturnValue:
    """Do it."""
    return _revoke(_run(run_id))


@bp.get("/revocations/<uuid:revocation_id>")
@allow("admin", "auditor", "manager", "marketer")
def show(revocation_id: UUID) -> str:
    """One revocation, how far it is, and giving back."""
    return _shown(revocation_id, UndoForm())


@bp.get("/revocations/<uuid:revocation_id>/progress")
@allow("admin", "auditor", "manager", "marketer")
def progress(revocation_id: UUID) -> str:
    """How far it is: a fragment, asked for while it works."""
    return render_template("console/_revocation.html", revocation=api.get(f"/revocations/{revocation_id}"))


@bp.post("/revocations/<uuid:revocation_id>")
@allow("admin")
def undo(revocation_id: UUID) -> ResponseReturnValue:
    """Give back what it took."""
    form = UndoForm()
    if form.validate():
        try:
            api.post(f"/revocations/{revocation_id}/undo", {"reason": form.reason.data}, key=form.key.data)
        except ApiRefusal as refusal:
            form.take(refusal)
        else:
            flash(t("正在恢复。", "They are being given back."), "success")
            return redirect(url_for(".show", revocation_id=revocation_id), code=303)
    return _shown(revocation_id, form), 422


def _shown(revocation_id: UUID, form: UndoForm) -> str:
    return render_template("console/revocation.html", revocation=api.get(f"/revocations/{revocation_id}"), form=form)


def _batch(batch_id: UUID) -> dict[str, Any]:
    batch = api.get(f"/coupon-batches/{batch_id}")
    return {"what": "batch", "path": f"/coupon-batches/{batch_id}", "batch": batch, "run": None}


def _run(run_id: UUID) -> dict[str, Any]:
    return {"what": "run", "path": f"/issue-runs/{run_id}", "batch": None, "run": api.get(f"/issue-runs/{run_id}")}


def _form(of: dict[str, Any], form: RevocationForm | None = None) -> str:
    would = api.get(f"{of['path']}/revocation-preview")
    shown = form or RevocationForm()
    # What is confirmed is what is shown now, also when it was refused because more had come.
    shown.expected.data = would["active"]
    shown.expected.raw_data = None
    return render_template("console/revoke.html", of=of, would=would, form=shown)


def _revoke(of: dict[str, Any]) -> ResponseReturnValue:
    form = RevocationForm()
    if form.validate():
        body = {"expected": form.expected.data, "reason": form.reason.data}
        try:
            made = api.post(f"{of['path']}/revocations", body, key=form.key.data)
        except ApiRefusal as refusal:
            form.take(refusal)
        else:
            return redirect(url_for(".show", revocation_id=made["id"]), code=303)
    return _form(of, form), 422
