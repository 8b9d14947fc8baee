"""Ladders: the one in force, drafts, who would move, putting one in force."""

from typing import Any, Final
from uuid import UUID

from apiflask import APIBlueprint
from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import IntegerField, SelectField, StringField
from wtforms.validators import InputRequired, NumberRange, Optional

from blueprints.console.typed_fields import listed
from blueprints.identity import allow
from blueprints.pages import api
from blueprints.pages.api import ApiRefusal
from blueprints.pages.forms import PageForm, act
from blueprints.pages.words import Pair, t

bp = APIBlueprint("ladders", __name__, enable_openapi=False)

STATUSES: Final = {
    "active": ("success", "生效中", "in force"),
    "draft": ("info", "草稿", "draft"),
    "retired": ("secondary", "已停用", "retired"),
}
QUALIFICATIONS: Final = {
    "lifetime": Pair("累计成长值（终身有效）", "all growth counts, for life"),
    "rolling": Pair("近若干个月的成长值", "growth of the last months"),
    "calendar_year": Pair("自然年的成长值", "growth of the calendar year"),
}
DOWNGRADES: Final = {
    "keep": Pair("不降级", "never down"),
    "one_down": Pair("每次降一级", "one step down"),
    "balance_based": Pair("按成长值重新定级", "to what the growth gives"),
}
NEEDED: Final = InputRequired(message=Pair("请填写。", "Fill this in."))


class LadderForm(PageForm):
    """How tiers are earned and kept; the thresholds come with the tiers there are."""

    name = StringField(Pair("名称", "Name"), validators=[NEEDED])
    qualification = SelectField(Pair("定级方式", "How a tier is earned"), choices=listed(QUALIFICATIONS.items()))
    qualification_months = IntegerField(
        Pair("统计几个月", "Months that count"), validators=[Optional(), NumberRange(1, 36)]
    )
    validity_months = IntegerField(
        Pair("等级有效几个月", "Months a tier lasts"), validators=[Optional(), NumberRange(1, 36)]
    )
    downgrade = SelectField(
        Pair("到期未达标", "Not earned again"), choices=listed(DOWNGRADES.items()), default="balance_based"
    )
    grace_days = IntegerField(Pair("宽限天数", "Days of grace"), default=0, validators=[NumberRange(0, 180)])
    notice_days = IntegerField(Pair("提前几天提醒", "Days told ahead"), default=30, validators=[NumberRange(0, 180)])


@bp.get("/ladders")
@allow("admin", "marketer")
def show_list() -> str:
    """The tiers as they are, and every ladder."""
    page = api.get("/ladders", {"cursor": request.args.get("cursor")})
    return render_template("console/ladders.html", tiers=api.get("/tiers")["data"], page=page, **_words())


@bp.get("/ladders/new")
@allow("admin")
def show_new() -> str:
    """A draft that begins as the ladder in force."""
    form = LadderForm(formdata=None)
    now = next((one for one in api.get("/ladders")["data"] if one["status"] == "active"), None)
    if now is not None:
        for name in (
            "qualification",
            "qualification_months",
            "validity_months",
            "downgrade",
            "grace_days",
            "notice_days",
        ):
            form[name].data = now[name]
    return _form(form)


@bp.post("/ladders/new")
@allow("admin")
def create() -> ResponseReturnValue:
    """Draft it; its page shows who would move."""
    form = LadderForm()
    if form.validate():
        try:
            made = api.post("/ladders", _said(form), key=form.key.data)
            return redirect(url_for(".show", ladder_id=made["id"]), code=303)
        except ApiRefusal as refusal:
            form.take(refusal)
        except ValueError:
            form.form_errors = [t("门槛须为整数。", "Thresholds are whole numbers.")]
    return _form(form), 422


@bp.get("/ladders/<uuid:ladder_id>")
@allow("admin", "marketer")
def show(ladder_id: UUID) -> str:
    """What it says, and who would move if it were put in force now."""
    ladder, tiers = api.get(f"/ladders/{ladder_id}"), api.get("/tiers")["data"]
    tried = api.get(f"/ladders/{ladder_id}/simulation") if ladder["status"] == "draft" else None
    cells = {(cell["from_tier"], cell["to_tier"]): cell["members"] for cell in tried["matrix"]} if tried else {}
    names = {tier["code"]: t(tier["name"], tier["name_en"]) for tier in tiers}
    return render_template(
        "console/ladder.html", ladder=ladder, tiers=tiers, tried=tried, cells=cells, names=names, **_words()
    )


@bp.post("/ladders/<uuid:ladder_id>/activation")
@allow("admin")
def activate(ladder_id: UUID) -> ResponseReturnValue:
    """Put it in force."""

    def do(key: str | None) -> None:
        api.post(f"/ladders/{ladder_id}/activation", {}, key=key)

    done = Pair("已启用，会员将在几分钟内调整到位。", "In force; members are moved onto it within minutes.")
    return act(do, done=done, to=url_for(".show", ladder_id=ladder_id))


def _said(form: LadderForm) -> dict[str, Any]:
    is_rolling = form.qualification.data == "rolling"
    thresholds = {
        name.removeprefix("threshold_"): int(value)
        for name, value in request.form.items()
        if name.startswith("threshold_")
    }
    return {
        "name": form.name.data,
        "qualification": form.qualification.data,
        "qualification_months": form.qualification_months.data if is_rolling else None,
        "validity_months": form.validity_months.data if is_rolling else None,
        "downgrade": form.downgrade.data,
        "grace_days": form.grace_days.data,
        "notice_days": form.notice_days.data,
        "thresholds": thresholds,
    }


def _form(form: LadderForm) -> str:
    tiers = api.get("/tiers")["data"]
    typed = {tier["code"]: request.form.get(f"threshold_{tier['code']}", tier["growth_threshold"]) for tier in tiers}
    return render_template("console/ladder_form.html", form=form, tiers=tiers, typed=typed)


def _words() -> dict[str, Any]:
    return {"statuses": STATUSES, "qualifications": QUALIFICATIONS, "downgrades": DOWNGRADES}
