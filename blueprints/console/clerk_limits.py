"""What one person at a counter may do in a day: seen by all of the console, changed by admins."""

from apiflask import APIBlueprint
from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from wtforms import IntegerField
from wtforms.validators import NumberRange

from blueprints.console.typed_fields import YuanField, yuan_typed
from blueprints.identity import allow
from blueprints.pages import api
from blueprints.pages.api import ApiRefusal
from blueprints.pages.forms import PageForm
from blueprints.pages.words import Pair, t

bp = APIBlueprint("clerk_limits", __name__, enable_openapi=False)

TIMES = NumberRange(0, 100_000, Pair("请填写 0 到 100000 之间的整数。", "From 0 to 100,000."))
NAMES = ("clerk_issues_per_day", "clerk_redeems_per_day")


class LimitsForm(PageForm):
    """Of one person and business day."""

    clerk_issues_per_day = IntegerField(Pair("发券（张）", "Coupons given"), validators=[TIMES])
    clerk_redeems_per_day = IntegerField(Pair("核销（次）", "Redemptions"), validators=[TIMES])
    discount = YuanField(Pair("优惠金额（元）", "Discount (yuan)"), is_needed=True, least="0")


@bp.get("/clerk-limits")
@allow("admin", "auditor", "manager", "marketer")
def show() -> str:
    """The limits in force."""
    told = api.get("/programme")
    values = {name: told[name] for name in NAMES} | {"discount": yuan_typed(told["clerk_discount_fen_per_day"])}
    return render_template("console/clerk_limits.html", form=LimitsForm(data=values))


@bp.post("/clerk-limits")
@allow("admin")
def change() -> ResponseReturnValue:
    """Other limits from now on."""
    form = LimitsForm()
    if form.validate():
        body = {name: form[name].data for name in NAMES} | {"clerk_discount_fen_per_day": form.discount.fen}
        try:
            api.patch("/programme", body)
        except ApiRefusal as refusal:
            form.take(refusal)
        else:
            flash(t("已更改，下一次操作起生效。", "Changed; it acts on the next thing anybody does."), "success")
            return redirect(url_for(".show"), code=303)
    return render_template("console/clerk_limits.html", form=form), 422
