"""Tiers: how each looks and what it gives; a new one on top."""

from decimal import Decimal, InvalidOperation
from typing import Any, Final
from uuid import UUID

from apiflask import APIBlueprint
from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import IntegerField, SelectField, StringField
from wtforms.validators import InputRequired, Regexp

from app.errors import NotFound
from blueprints.console import choices, emblems
from blueprints.identity import allow
from blueprints.pages import api
from blueprints.pages.api import ApiRefusal
from blueprints.pages.forms import PageForm, act
from blueprints.pages.words import Pair, t

bp = APIBlueprint("tiers", __name__, enable_openapi=False)

NEEDED: Final = InputRequired(message=Pair("请填写。", "Fill this in."))
BENEFITS: Final = {
    "birthday_gift": Pair("生日礼券", "Birthday gift"),
    "upgrade_gift": Pair("升级礼券", "Upgrade gift"),
    "monthly_pack": Pair("每月礼券", "Monthly coupons"),
    "discount": Pair("消费折扣", "Discount"),
    "priority": Pair("优先服务", "Priority service"),
}


class LookForm(PageForm):
    """How a tier looks."""

    name = StringField(Pair("名称（中文）", "Name (Chinese)"), validators=[NEEDED])
    name_en = StringField(Pair("名称（英文）", "Name (English)"), validators=[NEEDED])
    colour = StringField(
        Pair("颜色", "Colour"),
        default="#0f766e",
        validators=[Regexp(r"^#[0-9a-fA-F]{6}$", message=Pair("如 #0f766e。", "As #0f766e."))],
    )
    emblem = SelectField(Pair("图案", "Emblem"), choices=emblems.choices())


class TierForm(LookForm):
    """A new tier, above all others."""

    code = StringField(Pair("代码", "Code"), validators=[NEEDED])
    growth_threshold = IntegerField(Pair("成长值门槛", "Growth it takes"), validators=[NEEDED])


@bp.get("/tiers/new")
@allow("admin")
def show_new() -> str:
    """A tier on top of the ladder."""
    return render_template("console/tier_new.html", form=TierForm(formdata=None))


@bp.post("/tiers/new")
@allow("admin")
def create() -> ResponseReturnValue:
    """Add it."""
    form = TierForm()
    if form.validate():
        said = {name: form[name].data for name in ("code", "name", "name_en", "growth_threshold", "emblem")}
        try:
            made = api.post("/tiers", said | {"colour": str(form.colour.data).lower()}, key=form.key.data)
        except ApiRefusal as refusal:
            form.take(refusal)
        else:
            return redirect(url_for(".show", tier_id=made["id"]), code=303)
    return render_template("console/tier_new.html", form=form), 422


@bp.get("/tiers/<uuid:tier_id>")
@allow("admin", "marketer")
def show(tier_id: UUID) -> str:
    """How a tier looks, and what it gives."""
    tier = _get(tier_id)
    form = LookForm(formdata=None, data=tier)
    return _page(tier, form)


@bp.post("/tiers/<uuid:tier_id>")
@allow("admin")
def change(tier_id: UUID) -> ResponseReturnValue:
    """Change how it looks."""
    form = LookForm()
    if form.validate():
        said = {name: form[name].data for name in ("name", "name_en", "emblem")}
        try:
            api.patch(f"/tiers/{tier_id}", said | {"colour": str(form.colour.data).lower()})
        except ApiRefusal as refusal:
            form.take(refusal)
        else:
            flash(t("已保存。", "Saved."), "success")
            return redirect(url_for(".show", tier_id=tier_id), code=303)
    return _page(_get(tier_id), form), 422


@bp.post("/tiers/<uuid:tier_id>/benefits")
@allow("admin")
def put_benefit(tier_id: UUID) -> ResponseReturnValue:
    """Set one benefit."""
    kind, said = request.form.get("kind", ""), _benefit()

    def do(_: str | None) -> None:
        api.put(f"/tiers/{tier_id}/benefits/{api.part(kind)}", said)

    return act(do, done=Pair("权益已设置。", "The benefit is set."), to=url_for(".show", tier_id=tier_id))


@bp.post("/tiers/<uuid:tier_id>/benefits/<string:kind>/removal")
@allow("admin")
def remove_benefit(tier_id: UUID, kind: str) -> ResponseReturnValue:
    """Take one away."""

    def do(_: str | None) -> None:
        api.delete(f"/tiers/{tier_id}/benefits/{api.part(kind)}")

    return act(do, done=Pair("权益已取消。", "The benefit is gone."), to=url_for(".show", tier_id=tier_id))


def _get(tier_id: UUID) -> dict[str, Any]:
    found = next((tier for tier in api.get("/tiers")["data"] if tier["id"] == str(tier_id)), None)
    if found is None:
        raise NotFound(kind="tier")
    return dict(found)


def _page(tier: dict[str, Any], form: LookForm) -> str:
    # Gifts come from batches the shop gives from.
    batches = choices.every("/coupon-batches", how="issue", status="active")
    benefits = api.get(f"/tiers/{tier['id']}/benefits")["data"]
    return render_template(
        "console/tier.html", tier=tier, form=form, benefits=benefits, kinds=BENEFITS, batches=batches
    )


def _benefit() -> dict[str, Any]:
    kind = request.form.get("kind", "")
    if kind == "priority":
        return {}
    if kind != "discount":
        return {"coupon_batch_id": request.form.get("coupon_batch_id") or None}
    try:
        # "5" is five per cent off.
        return {"discount_bp": int(Decimal(request.form.get("percent_off", "")) * 100)}
    except InvalidOperation:
        return {}
