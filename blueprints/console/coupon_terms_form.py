"""The form of a coupon's terms: a field for every word of the grammar (docs/domain/coupon-terms.md), shown by kind."""

from typing import Any, Final

from wtforms import (
    BooleanField,
    DateField,
    HiddenField,
    IntegerField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
)
from wtforms.validators import NumberRange, Optional

from blueprints.console import choices
from blueprints.console.typed_fields import NEEDED, CodesField, EntriesField, ShareField, YuanField, listed
from blueprints.pages.forms import PageForm
from blueprints.pages.words import Pair

KINDS: Final = {
    "amount_off": (Pair("满减券", "Amount off"), Pair("满 100 减 20", "¥20 off a bill of ¥100"), "cash-coin"),
    "percent_off": (Pair("折扣券", "Percent off"), Pair("全单八折，最多减 50", "20% off, at most ¥50"), "percent"),
    "fixed_price": (Pair("特价券", "Fixed price"), Pair("9.9 元购一杯拿铁", "A latte for ¥9.90"), "tag"),
    "exchange": (Pair("兑换券", "Goods free"), Pair("免费兑换一杯美式", "An americano for nothing"), "cup-hot"),
    "gift": (Pair("赠品券", "Gift"), Pair("买单时赠小蛋糕", "A cake beside the bill"), "gift"),
    "experience": (Pair("体验券", "Experience"), Pair("免费体验拉花课", "A latte-art class to try"), "stars"),
}
WEEKDAYS: Final = (
    (1, Pair("周一", "Mon")),
    (2, Pair("周二", "Tue")),
    (3, Pair("周三", "Wed")),
    (4, Pair("周四", "Thu")),
    (5, Pair("周五", "Fri")),
    (6, Pair("周六", "Sat")),
    (7, Pair("周日", "Sun")),
)
MOST: Final = Pair("最多优惠（元）", "Takes off at most (yuan)")
VALUES: Final = {
    "amount_off": Pair("减多少（元）", "Takes off (yuan)"),
    "gift": Pair("价值（元，用于预算）", "Worth (yuan, for the budget)"),
    "experience": Pair("价值（元，用于预算）", "Worth (yuan, for the budget)"),
}
REFUNDS: Final = (
    ("return_when_full", Pair("全额退款后退回", "Given back after a full refund")),
    ("return", Pair("任何退款后都退回", "Given back after any refund")),
    ("keep", Pair("退款后不退回", "Not given back")),
)


def whole(label: Pair, lowest: int, highest: int) -> IntegerField:
    """A whole number that may be left out."""
    told = Pair(f"请填写 {lowest} 到 {highest} 之间的整数。", f"Enter a whole number from {lowest} to {highest}.")
    return IntegerField(label, validators=[Optional(), NumberRange(lowest, highest, told)])


class TermsForm(PageForm):
    """The terms of one version. What is left empty means "any" or "no limit"."""

    kind = HiddenField()
    value = YuanField(Pair("金额（元）", "Amount (yuan)"), is_needed=True)
    percent = ShareField(Pair("减免比例（%）", "Share taken off (%)"))
    price = YuanField(Pair("特价（元）", "Price (yuan)"), least="0")
    quantity = whole(Pair("兑换件数", "Items"), 1, 99)
    goods = StringField(Pair("商品或服务名称", "What is handed over"))
    goods_en = StringField(Pair("英文名称（可不填）", "Its English name (optional)"))
    min_spend = YuanField(Pair("最低消费（元）", "Least spend (yuan)"))
    uses = whole(Pair("可用次数", "Uses of one coupon"), 1, 100)
    validity = RadioField(
        Pair("有效期", "Valid"),
        choices=listed(
            [
                ("days", Pair("领取后若干天", "Days after claiming")),
                ("dates", Pair("固定日期", "Fixed dates")),
            ]
        ),
        default="days",
    )
    valid_days = whole(Pair("有效天数", "Days valid"), 1, 3650)
    start_delay_days = whole(Pair("领取几天后生效", "Starts so many days later"), 0, 365)
    valid_from = DateField(Pair("第一天（可不填）", "First day (optional)"), validators=[Optional()])
    valid_until = DateField(Pair("最后一天", "Last day"), validators=[Optional()])
    stores = SelectMultipleField(Pair("限门店", "Only at stores"), validate_choice=False)
    channels = CodesField(Pair("限渠道", "Only through channels"))
    tiers = SelectMultipleField(Pair("限等级", "Only for tiers"), validate_choice=False)
    categories = EntriesField(Pair("限品类", "Only categories"))
    not_categories = EntriesField(Pair("不含品类", "Not categories"))
    skus = EntriesField(Pair("限商品编码", "Only SKUs"))
    not_skus = EntriesField(Pair("不含商品编码", "Not SKUs"))
    weekdays = SelectMultipleField(Pair("限星期", "Only on"), choices=listed(WEEKDAYS), coerce=int)
    from_hour = whole(Pair("从几点", "From hour"), 0, 23)
    until_hour = whole(Pair("到几点", "Until hour"), 1, 24)
    blackout_dates = EntriesField(Pair("不可用日期", "Not on"))
    first_purchase_only = BooleanField(Pair("仅限首次消费", "Only for a member's first purchase"))
    exclusive = BooleanField(Pair("不与其他券同用", "Not together with other coupons"))
    exclusive_group = StringField(Pair("互斥组", "One of this group a bill"))
    stack_category = StringField(Pair("叠加类别", "Counts among"))
    rank = whole(Pair("计算顺序", "Place in the order"), 0, 1000)
    with_tier_discount = BooleanField(Pair("可与等级折扣同享", "Together with the tier discount"), default=True)
    with_points = BooleanField(Pair("可与积分抵扣同用", "Together with points as money"), default=True)
    on_refund = SelectField(Pair("退款时", "After a refund"), choices=listed(REFUNDS))
    life_limit = whole(Pair("每人累计限领（张）", "Copies for each member, ever"), 1, 1000)
    transferable = BooleanField(Pair("可转赠好友", "May be given to a friend"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.stores.choices = listed(choices.stores())
        self.channels.choices = listed(choices.bill_channels())
        self.tiers.choices = listed(choices.tiers())
        # What the amount means for this kind.
        self.value.label.text = str(VALUES.get(str(self.kind.data), MOST))


class TemplateForm(TermsForm):
    """A new template: a name, and the terms of its first version."""

    name = StringField(Pair("券名称", "Name of the coupon"), validators=[NEEDED])
