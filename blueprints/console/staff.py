"""The people of the shop: who may do what and where, and who must sign in with a second step."""

from typing import Any
from uuid import UUID

from apiflask import APIBlueprint
from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import BooleanField, PasswordField, SelectField, SelectMultipleField, StringField
from wtforms.validators import Length, Optional, Regexp

from blueprints.console import choices
from blueprints.console.typed_fields import NEEDED, listed
from blueprints.identity import allow
from blueprints.pages import api
from blueprints.pages.api import ApiRefusal
from blueprints.pages.forms import PageForm, act
from blueprints.pages.words import Pair, t

bp = APIBlueprint("staff", __name__, enable_openapi=False)

ROLES = {
    "clerk": Pair("店员：收银台", "Clerk: the counter"),
    "manager": Pair("店长：收银台与后台，审核", "Manager: counter and console, approvals"),
    "marketer": Pair("运营：优惠券与活动", "Marketer: coupons and campaigns"),
    "auditor": Pair("审计：只读", "Auditor: reads everything"),
    "admin": Pair("管理员：员工与设置", "Admin: people and settings"),
}
LOGIN = Regexp(
    r"^[A-Za-z0-9][A-Za-z0-9._-]{1,39}$",
    message=Pair("请用 2 至 40 位字母、数字和 . - _", "Use 2 to 40 letters, digits and . - _"),
)
PASSWORD = Length(min=10, max=200, message=Pair("至少 10 位。", "At least ten characters."))


class ChangeForm(PageForm):
    """What may be changed of a person."""

    display_name = StringField(Pair("姓名", "Name"), validators=[NEEDED, Length(max=100)])
    role = SelectField(Pair("角色", "Role"), choices=listed(ROLES.items()))
    store_ids = SelectMultipleField(Pair("门店", "Stores"))
    is_active = BooleanField(Pair("可以登录", "May sign in"))
    password = PasswordField(Pair("新密码", "New password"), validators=[Optional(), PASSWORD])

    def offer(self, stores: list[dict[str, Any]]) -> None:
        """The stores to choose from."""
        self.store_ids.choices = listed((one["id"], one["name"]) for one in stores)


class NewForm(ChangeForm):
    """A new person."""

    login = StringField(Pair("账号", "Login"), validators=[NEEDED, LOGIN])
    password = PasswordField(Pair("初始密码", "First password"), validators=[NEEDED, PASSWORD])


@bp.get("/staff")
@allow("admin", "auditor", "manager")
def show_list() -> str:
    """Everybody, oldest first."""
    return render_template(
        "console/staff.html",
        page=api.get("/staff", {"cursor": request.args.get("cursor")}),
        required=api.get("/programme")["second_step_roles"],
        roles=ROLES,
    )


@bp.get("/staff/new")
@allow("admin")
def show_new() -> str:
    """The form."""
    form = NewForm(data={"role": "clerk"})
    form.offer(_stores())
    return render_template("console/staff_form.html", form=form, who=None)


@bp.post("/staff/new")
@allow("admin")
def create() -> ResponseReturnValue:
    """Let somebody in."""
    form = NewForm()
    form.offer(_stores())
    if form.validate():
        names = ("login", "display_name", "role", "password", "store_ids")
        try:
            api.post("/staff", {name: form[name].data for name in names})
        except ApiRefusal as refusal:
            form.take(refusal)
        else:
            flash(t("已添加。请当面告知初始密码。", "Added. Tell them the first password in person."), "success")
            return redirect(url_for(".show_list"), code=303)
    return render_template("console/staff_form.html", form=form, who=None), 422


@bp.get("/staff/<uuid:staff_id>")
@allow("admin")
def show_change(staff_id: UUID) -> str:
    """The form with what there is."""
    who = _find(staff_id)
    form = ChangeForm(data={**who, "store_ids": [one["id"] for one in who["stores"]]})
    form.offer(_stores())
    return render_template("console/staff_form.html", form=form, who=who)


@bp.post("/staff/<uuid:staff_id>")
@allow("admin")
def change(staff_id: UUID) -> ResponseReturnValue:
    """Change somebody; it acts on their next click."""
    form = ChangeForm()
    form.offer(_stores())
    if form.validate():
        names = ("display_name", "role", "is_active", "store_ids")
        body = {name: form[name].data for name in names} | (
            {"password": form.password.data} if form.password.data else {}
        )
        try:
            api.patch(f"/staff/{staff_id}", body)
        except ApiRefusal as refusal:
            form.take(refusal)
        else:
            flash(t("已保存，立即生效。", "Saved; it acts at once."), "success")
            return redirect(url_for(".show_list"), code=303)
    return render_template("console/staff_form.html", form=form, who=_find(staff_id)), 422


@bp.post("/staff/<uuid:staff_id>/second-step-reset")
@allow("admin")
def reset_second_step(staff_id: UUID) -> ResponseReturnValue:
    """For who lost phone and codes."""
    return act(
        lambda _: api.post(f"/staff/{staff_id}/second-step-reset"),
        done=Pair("已重置，该员工已退出所有登录。", "Reset; the person is signed out everywhere."),
        to=url_for(".show_change", staff_id=staff_id),
    )


@bp.post("/staff/second-step-roles")
@allow("admin")
def require_second_step() -> ResponseReturnValue:
    """Say which roles must sign in with a second step."""
    roles = [role for role in request.form.getlist("roles") if role in ROLES]
    return act(
        lambda _: api.patch("/programme", {"second_step_roles": roles}),
        done=Pair("已保存，立即生效。", "Saved; it acts at once."),
        to=url_for(".show_list"),
    )


def _stores() -> list[dict[str, Any]]:
    return choices.every("/stores")


def _find(staff_id: UUID) -> dict[str, Any]:
    return dict(api.get(f"/staff/{staff_id}"))
