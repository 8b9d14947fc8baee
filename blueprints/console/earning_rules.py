"""Earning rules: what is paid now, each rule's versions, a form by kind, and what a bill would earn and why."""

from typing import Any, Final

from apiflask import APIBlueprint
from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import IntegerField, SelectField, StringField
from wtforms.validators import InputRequired, NumberRange

from blueprints.console import choices, earning_rule_form
from blueprints.console.earning_rule_form import EVENTS, KINDS, LEDGERS, RuleForm
from blueprints.console.typed_fields import listed
from blueprints.identity import allow
from blueprints.pages import api
from blueprints.pages.api import ApiRefusal
from blueprints.pages.forms import PageForm, act
from blueprints.pages.words import Pair, fen_of, t, typed_instant

bp = APIBlueprint("earning_rules", __name__, enable_openapi=False)

STATUSES: Final = {
    "in_force": ("success", "生效中", "in force"),
    "planned": ("info", "待生效", "planned"),
    "ended": ("secondary", "已结束", "ended"),
}
# Why a rule pays nothing for a bill.
REASONS: Final = {
    "store": Pair("不在该门店", "not at this store"),
    "channel": Pair("不在该渠道", "not through this channel"),
    "tier": Pair("等级不符", "not for this tier"),
    "date": Pair("不在日期内", "not on this date"),
    "weekday": Pair("不在该星期", "not on this weekday"),
    "hour": Pair("不在该时段", "not at this hour"),
    "goods": Pair("没有适用的商品", "no such goods on the bill"),
    "min_items": Pair("件数不够", "too few items"),
    "min_paid": Pair("金额不够", "not enough paid"),
    "nth_purchase": Pair("不是该次消费", "not this purchase"),
    "years": Pair("不是该周年", "not this anniversary"),
    "nothing_to_multiply": Pair("没有可翻倍的积分", "nothing to multiply"),
    "less_than_one": Pair("不足一个单位", "less than one unit"),
    "better_in_group": Pair("同组有更高的倍数", "a higher one of its group counts"),
    "cap_per_bill_reached": Pair("已达每笔上限", "the cap of a bill is reached"),
    "cap_per_day_reached": Pair("已达当日上限", "the cap of the day is reached"),
    "cap_per_member_reached": Pair("已达累计上限", "the member's cap is reached"),
}


class TrialForm(PageForm):
    """A bill to try."""

    paid = StringField(
        Pair("实付（元）", "Paid (yuan)"), validators=[InputRequired(message=Pair("请填写。", "Fill this in."))]
    )
    quantity = IntegerField(Pair("件数", "Items"), default=1, validators=[NumberRange(1, 10_000)])
    category = StringField(Pair("品类", "Category"))
    tier = SelectField(Pair("会员等级", "The member's tier"), validate_choice=False)
    store_code = SelectField(Pair("门店", "Store"), validate_choice=False)
    nth_purchase = IntegerField(Pair("第几次消费", "Which purchase"), default=1, validators=[NumberRange(1, 100_000)])
    occurred_at = StringField(Pair("时间（留空为现在）", "When (empty: now)"))


@bp.get("/earning-rules")
@allow("admin", "auditor", "manager", "marketer")
def show_list() -> str:
    """Every rule with its newest version, by what it is paid for."""
    rules = api.get("/earning-rules")["data"]
    by_event = {event: [rule for rule in rules if rule["event"] == event] for event in EVENTS}
    return render_template("console/earning_rules.html", by_event=by_event, **_words())


@bp.get("/earning-rules/new")
@allow("admin", "marketer")
def show_new() -> str:
    """First the kind, then its form."""
    kind = request.args.get("kind", "")
    if kind not in KINDS:
        return render_template("console/earning_kinds.html", kinds=KINDS)
    return _form(RuleForm(kind=kind))


@bp.post("/earning-rules/new")
@allow("admin", "marketer")
def create() -> ResponseReturnValue:
    """Make the rule and its first version."""
    form = RuleForm()
    body = earning_rule_form.read(form, is_first=True) if form.validate() else None
    if body is not None:
        try:
            made = api.post("/earning-rules", body, key=form.key.data)
        except ApiRefusal as refusal:
            earning_rule_form.take(form, refusal)
        else:
            flash(t("规则已建立。", "The rule is made."), "success")
            return redirect(url_for(".show", code=made["code"]), code=303)
    return _form(form), 422


@bp.get("/earning-rules/dry-run")
@allow("admin", "auditor", "manager", "marketer")
def show_trial() -> str:
    """A bill to try."""
    return _trial(TrialForm(formdata=None))


@bp.post("/earning-rules/dry-run")
@allow("admin", "auditor", "manager", "marketer")
def trial() -> ResponseReturnValue:
    """What it would earn and why. Nothing is changed."""
    form = TrialForm()
    if form.validate():
        try:
            return _trial(form, told=api.post("/earning-rules/dry-run", _bill(form)))
        except ApiRefusal as refusal:
            form.take(refusal)
        except (ValueError, ArithmeticError):
            form.form_errors = [t("金额或时间无法识别。", "The amount or the time cannot be read.")]
    return _trial(form), 422


@bp.get("/earning-rules/<string:code>")
@allow("admin", "auditor", "manager", "marketer")
def show(code: str) -> str:
    """One rule with all its versions, newest first."""
    versions = api.get(f"/earning-rules/{api.part(code)}/versions")["data"]
    return render_template("console/earning_rule.html", versions=versions, rule=versions[0], **_words())


@bp.get("/earning-rules/<string:code>/edit")
@allow("admin", "marketer")
def show_edit(code: str) -> str:
    """The newest version, to be followed by another."""
    rule = _newest(code)
    form = RuleForm(formdata=None)
    earning_rule_form.fill(form, rule)
    return _form(form, rule=rule)


@bp.post("/earning-rules/<string:code>/edit")
@allow("admin", "marketer")
def edit(code: str) -> ResponseReturnValue:
    """Let the next version follow."""
    form = RuleForm()
    body = earning_rule_form.read(form, is_first=False) if form.validate() else None
    if body is not None:
        try:
            api.post(f"/earning-rules/{api.part(code)}/versions", body, key=form.key.data)
        except ApiRefusal as refusal:
            earning_rule_form.take(form, refusal)
        else:
            flash(t("新版本已建立。", "The next version is made."), "success")
            return redirect(url_for(".show", code=code), code=303)
    return _form(form, rule=_newest(code)), 422


@bp.post("/earning-rules/<string:code>/stop")
@allow("admin", "marketer")
def stop(code: str) -> ResponseReturnValue:
    """End the rule now."""

    def do(key: str | None) -> None:
        api.post(f"/earning-rules/{api.part(code)}/stop", {}, key=key)

    return act(do, done=Pair("规则已停止。", "The rule is stopped."), to=url_for(".show", code=code))


def _newest(code: str) -> dict[str, Any]:
    return dict(api.get(f"/earning-rules/{api.part(code)}/versions")["data"][0])


def _form(form: RuleForm, *, rule: dict[str, Any] | None = None) -> str:
    form.offer_channels(rule["event"] if rule else None)
    return render_template("console/earning_rule_form.html", form=form, rule=rule, kinds=KINDS)


def _bill(form: TrialForm) -> dict[str, Any]:
    line: dict[str, Any] = {"sku": "-", "amount_fen": fen_of(form.paid.data), "quantity": form.quantity.data}
    if form.category.data:
        line["category"] = form.category.data
    told = {
        "occurred_at": typed_instant(form.occurred_at.data),
        "store_code": form.store_code.data or None,
        "tier_code": form.tier.data or None,
    }
    return {"lines": [line], "nth_purchase": form.nth_purchase.data, **{k: v for k, v in told.items() if v is not None}}


def _trial(form: TrialForm, *, told: dict[str, Any] | None = None) -> str:
    unsaid = ("", t("不指定", "any"))
    form.tier.choices = listed([unsaid, *choices.tiers()])
    form.store_code.choices = listed([unsaid, *choices.stores()])
    return render_template("console/earning_trial.html", form=form, told=told, reasons=REASONS, **_words())


def _words() -> dict[str, Any]:
    return {"statuses": STATUSES, "events": EVENTS, "ledgers": LEDGERS}
