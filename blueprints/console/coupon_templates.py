"""Coupon templates: all of them, the card and what it says, a form by kind, other versions."""

from typing import Any
from uuid import UUID

from apiflask import APIBlueprint
from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from blueprints.console import coupon_faults, coupon_terms_reading
from blueprints.console.coupon_terms_form import KINDS, TemplateForm, TermsForm
from blueprints.identity import allow
from blueprints.pages import api
from blueprints.pages.api import ApiRefusal
from blueprints.pages.words import t

bp = APIBlueprint("coupon_templates", __name__, enable_openapi=False)


@bp.get("/coupon-templates")
@allow("admin", "auditor", "manager", "marketer")
def show_list() -> str:
    """The newest version of each template."""
    page = api.get("/coupon-templates", {"is_latest": "true", "cursor": request.args.get("cursor")})
    return render_template("console/coupon_templates.html", page=page, kinds=KINDS)


@bp.get("/coupon-templates/new")
@allow("admin", "marketer")
def show_new() -> str:
    """First the kind, then its form."""
    kind = request.args.get("kind", "")
    if kind not in KINDS:
        return render_template("console/coupon_kinds.html", kinds=KINDS)
    return _form(TemplateForm(kind=kind))


@bp.post("/coupon-templates/new")
@allow("admin", "marketer")
def create() -> ResponseReturnValue:
    """Write the first version."""
    form = TemplateForm()
    if form.validate():
        try:
            body = {"name": form.name.data, "terms": coupon_terms_reading.said(form)}
            return _made(api.post("/coupon-templates", body))
        except ApiRefusal as refusal:
            form.take(refusal, fields=coupon_terms_reading.FIELDS, words=coupon_faults.WORDS)
    return _form(form), 422


@bp.post("/coupon-templates/look")
@allow("admin", "marketer")
def look() -> str:
    """The card while it is being written: a fragment."""
    form = TemplateForm()
    try:
        seen = api.post("/coupon-template-previews", {"terms": coupon_terms_reading.said(form)})
    except ApiRefusal as refusal:
        form.take(refusal, fields=coupon_terms_reading.FIELDS, words=coupon_faults.WORDS)
        return render_template("console/_coupon_look.html", look=None, form=form, kinds=KINDS)
    return render_template("console/_coupon_look.html", look=seen, form=form, kinds=KINDS)


@bp.get("/coupon-templates/<uuid:template_id>")
@allow("admin", "auditor", "manager", "marketer")
def show(template_id: UUID) -> str:
    """One version: the card, all it says, other versions, and what was printed of it."""
    template = api.get(f"/coupon-templates/{template_id}")
    family = {"family_id": template["family_id"]}
    return render_template(
        "console/coupon_template.html",
        template=template,
        versions=api.get("/coupon-templates", family)["data"],
        batches=api.get("/coupon-batches", family),
        kinds=KINDS,
    )


@bp.get("/coupon-templates/<uuid:template_id>/versions/new")
@allow("admin", "marketer")
def show_revision(template_id: UUID) -> str:
    """The form with the terms in force."""
    template = api.get(f"/coupon-templates/{template_id}")
    return _form(TermsForm(data=coupon_terms_reading.typed(template["terms"])), template)


@bp.post("/coupon-templates/<uuid:template_id>/versions/new")
@allow("admin", "marketer")
def revise(template_id: UUID) -> ResponseReturnValue:
    """Write the next version."""
    form = TermsForm()
    if form.validate():
        try:
            return _made(
                api.post(f"/coupon-templates/{template_id}/versions", {"terms": coupon_terms_reading.said(form)})
            )
        except ApiRefusal as refusal:
            form.take(refusal, fields=coupon_terms_reading.FIELDS, words=coupon_faults.WORDS)
    return _form(form, api.get(f"/coupon-templates/{template_id}")), 422


def _form(form: TermsForm, template: dict[str, Any] | None = None) -> str:
    return render_template("console/coupon_template_form.html", form=form, template=template, kinds=KINDS)


def _made(template: dict[str, Any]) -> ResponseReturnValue:
    flash(
        t("已保存。接下来印一个批次，会员才能得到它。", "Saved. Print a batch next, so that members can have it."),
        "success",
    )
    return redirect(url_for("console_pages.coupon_templates.show", template_id=template["id"]), code=303)
