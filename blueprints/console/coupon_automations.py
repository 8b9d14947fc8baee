"""Coupons that come by themselves when something happens: written, switched, ended."""

from typing import Any, Final
from uuid import UUID

from apiflask import APIBlueprint
from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import RadioField, SelectField, SelectMultipleField, StringField

from blueprints.console import choices, coupon_faults
from blueprints.console.coupon_terms_form import whole
from blueprints.console.typed_fields import NEEDED, CodesField, EntriesField, MomentField, YuanField, listed
from blueprints.identity import allow
from blueprints.pages import api
from blueprints.pages.api import ApiRefusal
from blueprints.pages.forms import PageForm, act
from blueprints.pages.words import Pair, t

bp = APIBlueprint("coupon_automations", __name__, enable_openapi=False)

EVENTS: Final = {
    "joined": Pair("加入会员", "A membership begins"),
    "anniversary": Pair("入会周年", "A year of membership is full"),
    "tier_up": Pair("等级上升", "A tier is reached"),
    "purchase": Pair("完成一笔消费", "A bill is paid"),
    "check_in": Pair("签到", "A member checks in"),
}
# Where what the event is asked is another list than a bill's.
CHANNELS: Final = {"joined": {"channels": "join_channels"}}
FIELDS: Final = {"min_paid_fen": "min_paid", "ends_at": "ends", "starts_at": "starts"}


class AutomationForm(PageForm):
    """An event, what it must be like, and the coupon it brings."""

    name = StringField(Pair("名称", "Name"), validators=[NEEDED])
    event = RadioField(Pair("什么时候送", "When"), choices=listed(EVENTS.items()), default="joined")
    batch_id = SelectField(Pair("送哪一批的券", "A coupon of"), validate_choice=False, validators=[NEEDED])
    join_channels = CodesField(Pair("限入会渠道", "Only who joined through"))
    channels = CodesField(Pair("限消费渠道", "Only bills through"))
    years = EntriesField(Pair("限第几年", "Only these years"))
    tiers = SelectMultipleField(Pair("限升到", "Only to these tiers"), validate_choice=False)
    categories = EntriesField(Pair("限品类", "Only categories"))
    skus = EntriesField(Pair("限商品编码", "Only SKUs"))
    min_paid = YuanField(Pair("实付满（元）", "Paid at least (yuan)"))
    nth = whole(Pair("会员的第几笔消费", "The member’s n-th purchase"), 1, 100_000)
    streak = whole(Pair("连续签到第几天", "Days in a row"), 1, 3660)
    monthly_count = whole(Pair("当月签到第几天", "Days in the month"), 1, 31)
    starts = MomentField(Pair("开始（不填为现在）", "From (now unless said)"))
    ends = MomentField(Pair("结束（可不填）", "Until (optional)"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.batch_id.choices = listed([("", t("请选择", "Choose")), *choices.batches("issue")])
        self.join_channels.choices = listed(choices.rewarded_join_channels())
        self.channels.choices = listed(choices.bill_channels())
        self.tiers.choices = listed(choices.tiers())

    def said(self) -> dict[str, Any]:
        """What the API takes; only what may be asked of the event."""
        asked: dict[str, dict[str, Any]] = {
            "joined": {"channels": self.join_channels.data},
            "anniversary": {"years": [int(one) if one.isdecimal() else one for one in self.years.entries]},
            "tier_up": {"tiers": self.tiers.data},
            "purchase": {
                "channels": self.channels.data,
                "categories": self.categories.entries,
                "skus": self.skus.entries,
                "min_paid_fen": self.min_paid.fen,
                "nth": self.nth.data,
            },
            "check_in": {"streak": self.streak.data, "monthly_count": self.monthly_count.data},
        }
        told = asked[self.event.data]
        return {
            "name": self.name.data,
            "event": self.event.data,
            "batch_id": self.batch_id.data,
            "conditions": {name: value for name, value in told.items() if value not in (None, [])},
            "starts_at": self.starts.instant,
            "ends_at": self.ends.instant,
        }


@bp.get("/coupon-automations")
@allow("admin", "auditor", "manager", "marketer")
def show_list() -> str:
    """All of them, with what each has brought."""
    page = api.get("/coupon-automations", {"cursor": request.args.get("cursor")})
    return render_template("console/coupon_automations.html", page=page, events=EVENTS)


@bp.get("/coupon-automations/new")
@allow("admin", "marketer")
def show_new() -> str:
    """The form."""
    return _form(AutomationForm())


@bp.post("/coupon-automations/new")
@allow("admin", "marketer")
def create() -> ResponseReturnValue:
    """Put it in force."""
    form = AutomationForm()
    if form.validate():
        try:
            api.post("/coupon-automations", form.said())
        except ApiRefusal as refusal:
            form.take(refusal, fields=FIELDS | CHANNELS.get(form.event.data, {}), words=coupon_faults.WORDS)
        else:
            flash(t("已生效，只对今后发生的事有效。", "In force, for what happens from now on."), "success")
            return redirect(url_for(".show_list"), code=303)
    return _form(form), 422


@bp.post("/coupon-automations/<uuid:automation_id>")
@allow("admin", "marketer")
def switch(automation_id: UUID) -> ResponseReturnValue:
    """Off, or on again."""
    is_active = request.form.get("is_active") == "yes"
    return act(
        lambda _: api.patch(f"/coupon-automations/{automation_id}", {"is_active": is_active}),
        done=Pair("已打开。", "It is on.") if is_active else Pair("已停用。", "It is off."),
        to=url_for(".show_list"),
    )


def _form(form: AutomationForm) -> str:
    return render_template("console/coupon_automation_form.html", form=form)
