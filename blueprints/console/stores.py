"""The shop's stores: added, renamed, closed and opened again. A code never changes."""

from uuid import UUID

from apiflask import APIBlueprint
from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import StringField
from wtforms.validators import Length, Regexp

from blueprints.console.typed_fields import NEEDED
from blueprints.identity import allow
from blueprints.pages import api
from blueprints.pages.api import ApiRefusal
from blueprints.pages.forms import PageForm, act
from blueprints.pages.words import Pair, t

bp = APIBlueprint("stores", __name__, enable_openapi=False)

CODE = Regexp(r"^[A-Za-z0-9_.:-]{1,64}$", message=Pair("请用字母、数字和 - _ . :", "Use letters, digits and - _ . :"))

OPENED = Pair("已恢复营业，店员可以登录。", "Open again; clerks can sign in.")
CLOSED = Pair("已停用：该店的登录立即失效。", "Closed: whoever was signed in there is out at once.")


class NameForm(PageForm):
    """What may be changed of a store in a field."""

    name = StringField(Pair("名称", "Name"), validators=[NEEDED, Length(max=100)])


class StoreForm(NameForm):
    """A new store."""

    code = StringField(Pair("门店编号", "Store code"), validators=[NEEDED, CODE])


@bp.get("/stores")
@allow("admin", "auditor", "manager", "marketer")
def show_list() -> str:
    """Every store, oldest first; for admins the form of a new one."""
    return _page(StoreForm())


@bp.post("/stores")
@allow("admin")
def create() -> ResponseReturnValue:
    """Open one."""
    form = StoreForm()
    if form.validate():
        try:
            api.post("/stores", {"code": form.code.data, "name": form.name.data})
        except ApiRefusal as refusal:
            form.take(refusal)
        else:
            flash(
                t("门店已添加。店员登录时填写门店编号。", "The store is there. Clerks sign in with its code."),
                "success",
            )
            return redirect(url_for(".show_list"), code=303)
    return _page(form), 422


@bp.get("/stores/<uuid:store_id>")
@allow("admin")
def show(store_id: UUID) -> str:
    """One store, and what becomes of what when it is closed."""
    store = api.get(f"/stores/{store_id}")
    return render_template("console/store.html", store=store, form=NameForm(data={"name": store["name"]}))


@bp.post("/stores/<uuid:store_id>")
@allow("admin")
def rename(store_id: UUID) -> ResponseReturnValue:
    """Give it another name."""
    form = NameForm()
    if form.validate():
        try:
            api.patch(f"/stores/{store_id}", {"name": form.name.data})
        except ApiRefusal as refusal:
            form.take(refusal)
        else:
            flash(t("已保存，各处立即显示新名称。", "Saved; the new name shows everywhere at once."), "success")
            return redirect(url_for(".show", store_id=store_id), code=303)
    return render_template("console/store.html", store=api.get(f"/stores/{store_id}"), form=form), 422


@bp.post("/stores/<uuid:store_id>/state")
@allow("admin")
def switch(store_id: UUID) -> ResponseReturnValue:
    """Close it, or open it again."""
    is_open = request.form.get("state") == "open"
    return act(
        lambda _: api.patch(f"/stores/{store_id}", {"is_active": is_open}),
        done=OPENED if is_open else CLOSED,
        to=url_for(".show", store_id=store_id),
    )


def _page(form: StoreForm) -> str:
    page = api.get("/stores", {"cursor": request.args.get("cursor")})
    return render_template("console/stores.html", page=page, form=form)
