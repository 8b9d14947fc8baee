"""Payers: who shares the cost of coupons, what a period comes to with one, and closing it."""

from typing import Any
from uuid import UUID

from apiflask import APIBlueprint
from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import RadioField, StringField
from wtforms.validators import Regexp

from blueprints.console import report_period
from blueprints.console.typed_fields import NEEDED, listed
from blueprints.identity import allow
from blueprints.pages import api, downloads
from blueprints.pages.api import ApiRefusal
from blueprints.pages.forms import PageForm, act
from blueprints.pages.words import Pair, t

bp = APIBlueprint("payers", __name__, enable_openapi=False)

KINDS = {"supplier": Pair("供应商", "Supplier"), "department": Pair("部门", "Department")}
CODE = Regexp(
    r"^[A-Za-z0-9][A-Za-z0-9_-]{0,31}$",
    message=Pair("请用字母、数字、- 和 _，最多 32 位。", "Use letters, digits, - and _, 32 at most."),
)


class RenameForm(PageForm):
    """What it is called."""

    name = StringField(Pair("名称", "Name"), validators=[NEEDED])


class PayerForm(RenameForm):
    """A new payer."""

    code = StringField(Pair("编号", "Code"), validators=[NEEDED, CODE])
    kind = RadioField(Pair("类型", "Kind"), choices=listed(KINDS.items()), default="supplier")


@bp.get("/payers")
@allow("admin", "auditor", "manager", "marketer")
def show_list() -> str:
    """All payers."""
    page = api.get("/payers", {"cursor": request.args.get("cursor")})
    return render_template("console/payers.html", page=page, kinds=KINDS)


@bp.get("/payers/new")
@allow("admin", "marketer")
def show_new() -> str:
    """The form."""
    return render_template("console/payer_form.html", form=PayerForm(), payer=None)


@bp.post("/payers/new")
@allow("admin", "marketer")
def create() -> ResponseReturnValue:
    """Add one."""
    form = PayerForm()
    if form.validate():
        body = {"code": form.code.data, "name": form.name.data, "kind": form.kind.data}
        try:
            payer = api.post("/payers", body, key=form.key.data)
        except ApiRefusal as refusal:
            form.take(refusal)
        else:
            return redirect(url_for(".show", payer_id=payer["id"]), code=303)
    return render_template("console/payer_form.html", form=form, payer=None), 422


@bp.get("/payers/<uuid:payer_id>")
@allow("admin", "auditor", "marketer")
def show(payer_id: UUID) -> str:
    """What a period comes to with a payer, batch by batch, and its closed periods."""
    settled = api.get(f"/payers/{payer_id}/settlements", {"limit": 10})
    days = report_period.chosen()
    told: dict[str, Any] = {"account": None, "lines": None, "refusal": None}
    try:
        told["account"] = api.get(f"/payers/{payer_id}/account", days.query)
        asked = days.query | {"cursor": request.args.get("cursor")}
        told["lines"] = api.get(f"/payers/{payer_id}/account/lines", asked)
    except ApiRefusal as refusal:
        if refusal.code != "invalid_input":
            raise
        told["refusal"] = refusal
    payer = api.get(f"/payers/{payer_id}")
    return render_template("console/payer.html", payer=payer, kinds=KINDS, days=days, settled=settled, **told)


@bp.get("/payers/<uuid:payer_id>/account.csv")
@allow("admin", "auditor", "marketer")
def account_csv(payer_id: UUID) -> Response:
    """The period as a file."""
    return downloads.answer(f"/payers/{payer_id}/account.csv", report_period.chosen().query)


@bp.post("/payers/<uuid:payer_id>/settlements")
@allow("admin", "auditor")
def close(payer_id: UUID) -> ResponseReturnValue:
    """Close a period for good."""
    form, body = PageForm(), {name: request.form.get(name) for name in ("first_on", "until_on")}
    try:
        closed = api.post(f"/payers/{payer_id}/settlements", body, key=form.key.data)
    except ApiRefusal as refusal:
        if refusal.status == 401:
            raise
        flash(refusal.message, "danger")
        return redirect(url_for(".show", payer_id=payer_id), code=303)
    flash(t("账期已结清，从此不变。", "The period is closed and never changes."), "success")
    return redirect(url_for("console_pages.settlements.show", settlement_id=closed["id"]), code=303)


@bp.get("/payers/<uuid:payer_id>/change")
@allow("admin", "marketer")
def show_change(payer_id: UUID) -> str:
    """The form with its name."""
    payer = api.get(f"/payers/{payer_id}")
    return render_template("console/payer_form.html", form=RenameForm(data={"name": payer["name"]}), payer=payer)


@bp.post("/payers/<uuid:payer_id>/change")
@allow("admin", "marketer")
def change(payer_id: UUID) -> ResponseReturnValue:
    """Rename it."""
    form = RenameForm()
    if form.validate():
        try:
            api.patch(f"/payers/{payer_id}", {"name": form.name.data})
        except ApiRefusal as refusal:
            form.take(refusal)
        else:
            flash(t("已改名。", "Renamed."), "success")
            return redirect(url_for(".show", payer_id=payer_id), code=303)
    payer = api.get(f"/payers/{payer_id}")
    return render_template("console/payer_form.html", form=form, payer=payer), 422


@bp.post("/payers/<uuid:payer_id>/activity")
@allow("admin", "marketer")
def switch(payer_id: UUID) -> ResponseReturnValue:
    """Let it pay for new batches, or not any more."""
    is_active = request.form.get("is_active") == "yes"
    return act(
        lambda _: api.patch(f"/payers/{payer_id}", {"is_active": is_active}),
        done=Pair("已更改。", "Changed."),
        to=url_for(".show", payer_id=payer_id),
    )
