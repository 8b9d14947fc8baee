"""The shop's stores."""

from apiflask import APIBlueprint
from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import StringField
from wtforms.validators import Length, Regexp

from blueprints.console.typed_fields import NEEDED
from blueprints.identity import allow
from blueprints.pages import api
from blueprints.pages.api import ApiRefusal
from blueprints.pages.forms import PageForm
from blueprints.pages.words import Pair, t

bp = APIBlueprint("stores", __name__, enable_openapi=False)

CODE = Regexp(r"^[A-Za-z0-9_.:-]{1,64}$", message=Pair("请用字母、数字和 - _ . :", "Use letters, digits and - _ . :"))


class StoreForm(PageForm):
    """A new store."""

    name = StringField(Pair("名称", "Name"), validators=[NEEDED, Length(max=100)])
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


def _page(form: StoreForm) -> str:
    page = api.get("/stores", {"cursor": request.args.get("cursor")})
    return render_template("console/stores.html", page=page, form=form)
