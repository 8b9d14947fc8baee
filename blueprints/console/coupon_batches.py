"""Coupon batches: all of them, printing one with what it may cost, one in figures, the kill switch, topping up."""

from typing import Any, Final
from uuid import UUID

from apiflask import APIBlueprint
from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from blueprints.console import coupon_faults
from blueprints.console.coupon_batch_form import FIELDS, HOWS, BatchChangeForm, BatchForm
from blueprints.console.typed_fields import listed, yuan_typed
from blueprints.identity import allow
from blueprints.pages import api
from blueprints.pages.api import ApiRefusal
from blueprints.pages.forms import act
from blueprints.pages.words import Pair, t

bp = APIBlueprint("coupon_batches", __name__, enable_openapi=False)

STATUSES: Final = {
    "active": Pair("进行中", "Active"),
    "paused": Pair("已暂停", "Paused"),
    "closed": Pair("已关闭", "Closed"),
}
DONE: Final = {
    "active": Pair("批次已恢复。", "The batch is on again."),
    "paused": Pair("批次已暂停，下一次领取起生效。", "The batch is paused; it acts on the next claim."),
    "closed": Pair("批次已关闭。", "The batch is closed for good."),
}


@bp.get("/coupon-batches")
@allow("admin", "auditor", "manager", "marketer")
def show_list() -> str:
    """Newest first, by state and by how they are handed out."""
    asked = {name: request.args.get(name) for name in ("cursor", "status", "how")}
    page = api.get("/coupon-batches", asked)
    return render_template("console/coupon_batches.html", page=page, asked=asked, statuses=STATUSES, hows=HOWS)


@bp.get("/coupon-batches/new")
@allow("admin", "marketer")
def show_new() -> str:
    """The form; `template` chooses the template, `how` the way."""
    asked = {"template_id": request.args.get("template"), "how": request.args.get("how")}
    form = BatchForm(data={name: value for name, value in asked.items() if value})
    form.offer_template(asked["template_id"])
    return _form(form)


@bp.post("/coupon-batches/new")
@allow("admin", "marketer")
def create() -> ResponseReturnValue:
    """Print it."""
    form = BatchForm()
    if form.validate():
        try:
            batch = api.post("/coupon-batches", form.said())
        except ApiRefusal as refusal:
            form.take(refusal, fields=FIELDS, words=coupon_faults.WORDS)
        else:
            flash(t("批次已印好，到开始时间就能用。", "Printed. It is open in its window."), "success")
            return _to(batch["id"])
    return _form(form), 422


@bp.post("/coupon-batches/estimate")
@allow("admin", "marketer")
def estimate() -> str:
    """What it may cost at most, and for how many the budget is enough: a fragment."""
    form, template = BatchForm(), None
    if form.template_id.data:
        try:
            template = api.get(f"/coupon-templates/{api.part(form.template_id.data)}")
        except ApiRefusal as refusal:
            form.take(refusal)
    return render_template("console/_coupon_estimate.html", form=form, template=template)


@bp.get("/coupon-batches/<uuid:batch_id>")
@allow("admin", "auditor", "manager", "marketer")
def show(batch_id: UUID) -> str:
    """One batch: stock, budget, what became of its coupons, runs and revocations."""
    of_batch = {"batch_id": batch_id, "limit": 5}
    return render_template(
        "console/coupon_batch.html",
        batch=api.get(f"/coupon-batches/{batch_id}"),
        runs=api.get("/issue-runs", of_batch),
        revocations=api.get("/revocations", of_batch),
    )


@bp.post("/coupon-batches/<uuid:batch_id>/status")
@allow("admin", "marketer")
def switch(batch_id: UUID) -> ResponseReturnValue:
    """Pause, resume or close."""
    status = request.form.get("status", "")
    return act(
        lambda _: api.patch(f"/coupon-batches/{batch_id}", {"status": status}),
        done=DONE.get(status, ""),
        to=url_for(".show", batch_id=batch_id),
    )


@bp.get("/coupon-batches/<uuid:batch_id>/change")
@allow("admin", "marketer")
def show_change(batch_id: UUID) -> str:
    """The form with the figures in force."""
    batch = api.get(f"/coupon-batches/{batch_id}")
    names = ("stock", "clerk_can_issue", "alarm_per_minute", "alarm_pauses", "template_id")
    return _change_form(
        BatchChangeForm(data={name: batch[name] for name in names} | {"budget": yuan_typed(batch["budget_fen"])}), batch
    )


@bp.post("/coupon-batches/<uuid:batch_id>/change")
@allow("admin", "marketer")
def change(batch_id: UUID) -> ResponseReturnValue:
    """First say what would change; then, confirmed, change it."""
    form, batch = BatchChangeForm(), api.get(f"/coupon-batches/{batch_id}")
    if not form.validate():
        return _change_form(form, batch), 422
    changes = form.said(batch)
    if not changes:
        form.form_errors = [t("没有任何改动。", "Nothing is different.")]
        return _change_form(form, batch), 422
    if "confirmed" not in request.form:
        return render_template("console/coupon_batch_changes.html", form=form, batch=batch, changes=changes)
    try:
        api.patch(f"/coupon-batches/{batch_id}", changes)
    except ApiRefusal as refusal:
        form.take(refusal, fields=FIELDS, words=coupon_faults.WORDS)
        return _change_form(form, batch), 422
    flash(t("已更改，下一次领取起生效。", "Changed; it acts on the next claim."), "success")
    return _to(batch_id)


def _form(form: BatchForm) -> str:
    return render_template("console/coupon_batch_form.html", form=form)


def _change_form(form: BatchChangeForm, batch: dict[str, Any]) -> str:
    template = api.get(f"/coupon-templates/{batch['template_id']}")
    versions = api.get("/coupon-templates", {"family_id": template["family_id"]})["data"]
    form.template_id.choices = listed(
        (one["id"], t("第 {n} 版", "Version {n}", n=one["version"]) + f" · {one['words']}") for one in versions
    )
    return render_template("console/coupon_batch_change.html", form=form, batch=batch)


def _to(batch_id: UUID | str) -> ResponseReturnValue:
    return redirect(url_for("console_pages.coupon_batches.show", batch_id=batch_id), code=303)
