"""Achievement badges: what there is, a new one, how one looks, whether it is still given."""

from typing import Any, Final
from uuid import UUID

from apiflask import APIBlueprint
from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import SelectField, StringField
from wtforms.validators import InputRequired

from app.errors import NotFound
from blueprints.console import emblems
from blueprints.console.typed_fields import listed
from blueprints.identity import allow
from blueprints.pages import api
from blueprints.pages.api import ApiRefusal
from blueprints.pages.forms import PageForm, act
from blueprints.pages.words import Pair, fen_of, t

bp = APIBlueprint("badges", __name__, enable_openapi=False)

NEEDED: Final = InputRequired(message=Pair("请填写。", "Fill this in."))
FACTS: Final = {
    "purchases": Pair("消费次数", "Purchases"),
    "spent_fen": Pair("累计消费（元）", "Spent in all (yuan)"),
    "categories": Pair("买过的品类数", "Categories bought"),
    "streak": Pair("连续签到天数", "Check-ins in a row"),
    "check_ins": Pair("签到总天数", "Check-ins in all"),
    "member_months": Pair("入会月数", "Months of membership"),
}


class BadgeForm(PageForm):
    """A badge, and what it takes."""

    code = StringField(Pair("代码", "Code"), validators=[NEEDED])
    name = StringField(Pair("名称（中文）", "Name (Chinese)"), validators=[NEEDED])
    name_en = StringField(Pair("名称（英文）", "Name (English)"), validators=[NEEDED])
    fact = SelectField(Pair("依据", "Given for"), choices=listed(FACTS.items()))
    target = StringField(Pair("达到", "From"), validators=[NEEDED])
    emblem = SelectField(Pair("图案", "Emblem"), choices=emblems.choices())


class BadgeLookForm(PageForm):
    """How a badge looks."""

    name = StringField(Pair("名称（中文）", "Name (Chinese)"), validators=[NEEDED])
    name_en = StringField(Pair("名称（英文）", "Name (English)"), validators=[NEEDED])
    emblem = SelectField(Pair("图案", "Emblem"), choices=emblems.choices())


@bp.get("/badges")
@allow("admin", "auditor", "manager", "marketer")
def show_list() -> str:
    """Every badge, and the form for a new one."""
    return _list(BadgeForm(formdata=None))


@bp.post("/badges")
@allow("admin", "marketer")
def create() -> ResponseReturnValue:
    """Add one; whoever has reached it already gets it within minutes."""
    form = BadgeForm()
    if form.validate():
        try:
            said = {name: form[name].data for name in ("code", "name", "name_en", "fact", "emblem")}
            api.post("/badges", said | {"target": _target(form)}, key=form.key.data)
        except ApiRefusal as refusal:
            form.take(refusal)
        except (ValueError, ArithmeticError):
            form.target.errors = [t("请填写正数。", "Write a number above 0.")]
        else:
            flash(
                t("徽章已建立，已达标的会员几分钟内获得。", "Made; who has reached it gets it within minutes."),
                "success",
            )
            return redirect(url_for(".show_list"), code=303)
    return _list(form), 422


@bp.get("/badges/<uuid:badge_id>")
@allow("admin", "marketer")
def show(badge_id: UUID) -> str:
    """One badge."""
    badge = _get(badge_id)
    return render_template("console/badge.html", one=badge, form=BadgeLookForm(formdata=None, data=badge), facts=FACTS)


@bp.post("/badges/<uuid:badge_id>")
@allow("admin", "marketer")
def change(badge_id: UUID) -> ResponseReturnValue:
    """Change how it looks."""
    form = BadgeLookForm()
    if form.validate():
        try:
            api.patch(f"/badges/{badge_id}", {name: form[name].data for name in ("name", "name_en", "emblem")})
        except ApiRefusal as refusal:
            form.take(refusal)
        else:
            flash(t("已保存。", "Saved."), "success")
            return redirect(url_for(".show_list"), code=303)
    return render_template("console/badge.html", one=_get(badge_id), form=form, facts=FACTS), 422


@bp.post("/badges/<uuid:badge_id>/giving")
@allow("admin", "marketer")
def turn(badge_id: UUID) -> ResponseReturnValue:
    """Give it out, or give it out no more."""
    is_active = request.form.get("is_active") == "y"

    def do(_: str | None) -> None:
        api.patch(f"/badges/{badge_id}", {"is_active": is_active})

    done = (
        Pair("已恢复发放。", "It is given out again.")
        if is_active
        else Pair("已停止发放。", "It is given out no more.")
    )
    return act(do, done=done, to=url_for(".show_list"))


def _get(badge_id: UUID) -> dict[str, Any]:
    found = next((one for one in api.get("/badges")["data"] if one["id"] == str(badge_id)), None)
    if found is None:
        raise NotFound(kind="badge")
    return dict(found)


def _target(form: BadgeForm) -> int:
    if form.fact.data == "spent_fen":
        return fen_of(form.target.data) or 0
    return int(form.target.data or 0)


def _list(form: BadgeForm) -> str:
    return render_template("console/badges.html", form=form, badges=api.get("/badges")["data"], facts=FACTS)
