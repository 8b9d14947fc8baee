"""The form of an earning rule: the fields a kind has, read into the terms the API takes and filled from them."""

from decimal import Decimal, InvalidOperation
from typing import Any, Final

from wtforms import HiddenField, IntegerField, SelectField, SelectMultipleField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired
from wtforms.widgets import CheckboxInput, ListWidget

from blueprints.console import choices
from blueprints.console.typed_fields import CodesField, listed
from blueprints.pages.api import ApiRefusal
from blueprints.pages.forms import PageForm
from blueprints.pages.words import Pair, fen_of, for_typing, t, typed_instant

NEEDED: Final = InputRequired(message=Pair("请填写。", "Fill this in."))
# Kind → name, what it is good for, icon.
KINDS: Final = {
    "per_yuan": (Pair("按消费金额", "By what is paid"), Pair("每消费几元得几分", "so many for each yuan"), "cash-coin"),
    "multiplier": (
        Pair("倍数", "Multiplier"),
        Pair("某些时段、门店或等级翻倍", "double at some hours, stores or tiers"),
        "x-diamond",
    ),
    "fixed": (
        Pair("固定数额", "A fixed amount"),
        Pair("首单、签到、入会、周年等", "first purchase, check-in, joining, anniversary"),
        "gift",
    ),
}
EVENTS: Final = {
    "purchase": Pair("消费", "a purchase"),
    "check_in": Pair("签到", "a check-in"),
    "joined": Pair("入会", "joining"),
    "phone_bound": Pair("绑定手机号", "adding a phone"),
    "anniversary": Pair("入会周年", "an anniversary of joining"),
}
# Events that come through a way of joining; check-ins and anniversaries come through none.
JOINS: Final = ("joined", "phone_bound")
LEDGERS: Final = {"points": Pair("积分", "points"), "growth": Pair("成长值", "growth")}
WEEKDAYS: Final = (
    Pair("周一", "Mon"), Pair("周二", "Tue"), Pair("周三", "Wed"), Pair("周四", "Thu"), Pair("周五", "Fri"),
    Pair("周六", "Sat"), Pair("周日", "Sun"),
)  # fmt: skip
# Fields of terms as they are typed: whole numbers; words with commas; as they stand.
NUMBERS: Final = (
    "rate", "yuan", "amount", "from_hour", "until_hour", "min_items", "nth_purchase", "every_nth", "cap_per_bill",
    "cap_per_day", "cap_per_member", "pending_days",
)  # fmt: skip
LISTS: Final = ("categories", "skus")
CHOSEN: Final = ("stores", "channels", "tiers")
WORDS: Final = ("group", "from_date", "until_date", "expiry")
_FAULTS: Final = {
    "required": Pair("请填写。", "Fill this in."),
    "out_of_range": Pair("超出允许范围。", "Out of range."),
    "not_a_whole_number": Pair("请填写整数。", "Write a whole number."),
    "only_for_purchases": Pair("仅适用于消费。", "For purchases alone."),
    "only_for_anniversaries": Pair("仅适用于入会周年。", "For anniversaries alone."),
    "only_for_points": Pair("仅适用于积分。", "For points alone."),
    "not_for_this_kind": Pair("不适用于这类规则。", "Not for this kind of rule."),
    "empty_interval": Pair("结束须晚于开始。", "The end has to come after the beginning."),
    "mixed_dates": Pair("两个日期的写法须一致。", "Write both dates the same way."),
    "not_an_expiry": Pair(
        "请写成 12M、90D@quarter、2027-12-31 或 never。", "Write 12M, 90D@quarter, 2027-12-31 or never."
    ),
    "not_a_text": Pair("内容过长或含有空白。", "Too long, or blank at an end."),
    "not_a_name": Pair("请用小写字母、数字和下划线。", "Use small letters, digits and underscores."),
    "not_a_list": Pair("请填写 1 至 50 项，用逗号分隔。", "Write 1 to 50 of them, with commas between."),
    "not_a_date": Pair("请写成 2026-12-01 或每年 12-01。", "Write 2026-12-01, or 12-01 for every year."),
    "unknown_code": Pair("不存在，请核对代码。", "There is no such; check the code."),
}


class _Optional(IntegerField):
    """A whole number, or nothing."""

    def process_formdata(self, valuelist: list[str]) -> None:
        if valuelist and valuelist[0].strip():
            super().process_formdata(valuelist)


class _Boxes(SelectMultipleField):
    """Several of a few."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class RuleForm(PageForm):
    """A version of a rule. Code, event and ledger stay for good, so they are asked with the first alone."""

    code = StringField(Pair("代码", "Code"))
    event = SelectField(Pair("触发", "Paid for"), choices=listed(EVENTS.items()), default="purchase")
    ledger = SelectField(Pair("发放", "Pays"), choices=listed(LEDGERS.items()), default="points")
    kind = HiddenField()
    name = StringField(Pair("名称（中文）", "Name (Chinese)"), validators=[NEEDED])
    name_en = StringField(Pair("名称（英文）", "Name (English)"), validators=[NEEDED])
    rate = _Optional(Pair("得到", "Gives"))
    yuan = _Optional(Pair("每消费（元）", "For every (yuan)"))
    factor = StringField(Pair("倍数", "Times"))
    group = StringField(Pair("同组取最高", "Of one group the highest counts"))
    amount = _Optional(Pair("数额", "Amount"))
    min_paid = StringField(Pair("满（元）", "From (yuan)"))
    min_items = _Optional(Pair("满（件）", "From (items)"))
    nth_purchase = _Optional(Pair("第几次消费", "Which purchase"))
    every_nth = _Optional(Pair("每几次消费", "Every how many purchases"))
    stores = SelectMultipleField(Pair("限门店", "Only at stores"), validate_choice=False)
    channels = CodesField(Pair("限渠道", "Only through channels"))
    categories = StringField(Pair("品类", "Categories"))
    skus = StringField(Pair("商品", "Goods"))
    tiers = SelectMultipleField(Pair("限等级", "Only for tiers"), validate_choice=False)
    weekdays = _Boxes(Pair("星期", "Weekdays"), choices=listed((str(n), day) for n, day in enumerate(WEEKDAYS, 1)))
    years = StringField(Pair("周年", "Years"))
    from_hour = _Optional(Pair("从（时）", "From (hour)"))
    until_hour = _Optional(Pair("到（时）", "Until (hour)"))
    from_date = StringField(Pair("从（日期）", "From (date)"))
    until_date = StringField(Pair("到（日期）", "Until (date)"))
    cap_per_bill = _Optional(Pair("每笔最多", "At most a bill"))
    cap_per_day = _Optional(Pair("每天最多", "At most a day"))
    cap_per_member = _Optional(Pair("每人累计最多", "At most a member"))
    pending_days = _Optional(Pair("几天后可用", "Ready after (days)"))
    expiry = StringField(Pair("有效期", "Life"))
    starts_at = StringField(Pair("开始", "Begins"))
    ends_at = StringField(Pair("结束", "Ends"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.stores.choices = listed(choices.stores())
        self.tiers.choices = listed(choices.tiers())

    def offer_channels(self, event: str | None) -> None:
        """Those the event comes through; both kinds while a fixed rule's `event` is still to be chosen beside them."""
        if self.kind.data != "fixed":
            event = "purchase"
        offered: list[SelectChoice] = []
        if event in (None, "purchase"):
            offered += listed(choices.bill_channels(), group=t("消费", "Purchases"))
        if event in (None, *JOINS):
            offered += listed(choices.rewarded_join_channels(), group=t("入会", "Joining"))
        self.channels.choices = offered

    def body(self, *, is_first: bool) -> dict[str, Any]:
        """What the API takes. Raises ValueError for a time, money or factor nobody can read."""
        said: dict[str, Any] = {
            "name": self.name.data,
            "name_en": self.name_en.data,
            "terms": self._terms(),
            "starts_at": typed_instant(self.starts_at.data),
            "ends_at": typed_instant(self.ends_at.data),
        }
        if is_first:
            event = self.event.data if self.kind.data == "fixed" else "purchase"
            said |= {"code": self.code.data, "event": event, "ledger": self.ledger.data}
        return said

    def _terms(self) -> dict[str, Any]:
        terms: dict[str, Any] = {"kind": self.kind.data}
        terms |= {name: self[name].data for name in NUMBERS if self[name].data is not None}
        terms |= {name: _parts(self[name].data) for name in LISTS if _parts(self[name].data)}
        terms |= {name: self[name].data for name in CHOSEN if self[name].data}
        terms |= {name: self[name].data.strip() for name in WORDS if (self[name].data or "").strip()}
        if self.weekdays.data:
            terms["weekdays"] = [int(day) for day in self.weekdays.data]
        if _parts(self.years.data):
            terms["years"] = [int(year) for year in _parts(self.years.data)]
        if (fen := fen_of(self.min_paid.data)) is not None:
            terms["min_paid_fen"] = fen
        if self.factor.data and self.kind.data == "multiplier":
            terms["factor_bp"] = int(Decimal(self.factor.data) * 10_000)
        return terms


def read(form: RuleForm, *, is_first: bool) -> dict[str, Any] | None:
    """The form's body; None when something typed cannot be read, which then stands beside it."""
    try:
        return form.body(is_first=is_first)
    except (ValueError, InvalidOperation):
        form.form_errors = [
            *form.form_errors,
            t("金额、倍数、周年或时间无法识别。", "An amount, a factor, a year or a time cannot be read."),
        ]
        return None


def fill(form: RuleForm, rule: dict[str, Any]) -> None:
    """Show what a version says, to be changed."""
    terms = rule["terms"]
    form.kind.data = terms["kind"]
    for name in ("name", "name_en"):
        form[name].data = rule[name]
    for name in (*NUMBERS, *WORDS):
        form[name].data = terms[name]
    for name in (*LISTS, "years"):
        form[name].data = ", ".join(map(str, terms[name] or []))
    for name in CHOSEN:
        form[name].data = terms[name] or []
    form.weekdays.data = [str(day) for day in terms["weekdays"] or []]
    if terms["factor_bp"]:
        form.factor.data = f"{Decimal(terms['factor_bp']) / 10_000:f}"
    if terms["min_paid_fen"]:
        form.min_paid.data = f"{Decimal(terms['min_paid_fen']) / 100:f}"
    form.ends_at.data = for_typing(rule["ends_at"])


def take(form: RuleForm, refusal: ApiRefusal) -> None:
    """Each fault beside its field, in words."""
    form.take(refusal, fields={"factor_bp": "factor", "min_paid_fen": "min_paid"}, words=_FAULTS)


def _parts(typed: str | None) -> list[str]:
    return [part.strip() for part in (typed or "").replace("，", ",").replace("、", ",").split(",") if part.strip()]
