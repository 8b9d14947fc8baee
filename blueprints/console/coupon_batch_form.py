"""The forms of a batch: printing one, and changing what may change; and what the API takes of them."""

from decimal import Decimal
from typing import Any, Final

from wtforms import BooleanField, IntegerField, RadioField, SelectField, StringField
from wtforms.validators import NumberRange, Optional

from blueprints.console import choices
from blueprints.console.coupon_terms_form import whole
from blueprints.console.typed_fields import NEEDED, MomentField, ShareField, YuanField, listed
from blueprints.pages import api
from blueprints.pages.forms import PageForm
from blueprints.pages.words import Pair, t

HOWS: Final = (
    ("claim", Pair("会员自己领取", "Members claim it")),
    ("issue", Pair("由我们发放（批量、自动、店员）", "We give it (to many, by events, at the counter)")),
    ("code", Pair("凭券码领取", "By unique codes")),
    ("exchange", Pair("用积分兑换", "For points")),
    ("birthday", Pair("生日自动发放", "On birthdays")),
)
MAX_STOCK, MAX_BUDGET_YUAN = 10_000_000, Decimal(100_000_000)
# The API's word → the field it is typed in, where they differ.
FIELDS: Final = {
    "budget_fen": "budget",
    "payer_share_bp": "payer_share",
    "claim_starts_at": "starts",
    "claim_ends_at": "ends",
}


class BatchForm(PageForm):
    """A new batch."""

    template_id = SelectField(Pair("券模板", "Template"), validate_choice=False, validators=[NEEDED])
    name = StringField(Pair("批次名称", "Name of the batch"), validators=[NEEDED])
    how = SelectField(Pair("怎样到会员手里", "How members get it"), choices=listed(HOWS))
    stock = IntegerField(
        Pair("库存（张）", "Stock (copies)"),
        validators=[NEEDED, NumberRange(1, MAX_STOCK, Pair("请填写 1 到一千万之间的整数。", "From 1 to ten million."))],
    )
    budget = YuanField(Pair("预算（元）", "Budget (yuan)"), is_needed=True, most=MAX_BUDGET_YUAN)
    per_member_limit = IntegerField(
        Pair("每人限领（张）", "Copies for each member"),
        default=1,
        validators=[NEEDED, NumberRange(1, 1000, Pair("请填写 1 到 1000 之间的整数。", "From 1 to 1,000."))],
    )
    per_day_limit = whole(Pair("每人每天限领（张）", "Copies for each member and day"), 0, 1000)
    points_price = whole(Pair("兑换一张需要的积分", "Points for one copy"), 1, 100_000_000)
    starts = MomentField(Pair("开始时间", "From"), is_needed=True)
    ends = MomentField(Pair("结束时间", "Until"), is_needed=True)
    audience = RadioField(
        Pair("给谁", "For whom"),
        choices=listed(
            [
                ("all", Pair("所有会员", "All members")),
                ("list", Pair("一份名单", "A list of members")),
                ("segment", Pair("一个分群", "A segment")),
            ]
        ),
        default="all",
    )
    member_list_id = SelectField(Pair("名单", "List"), validate_choice=False)
    segment_id = SelectField(Pair("分群", "Segment"), validate_choice=False)
    min_tier_rank = SelectField(Pair("最低等级", "From tier"), validate_choice=False)
    payer_id = SelectField(Pair("谁分担成本", "Who shares the cost"), validate_choice=False)
    payer_share = ShareField(Pair("分担比例（%）", "Their share (%)"), least="0")
    clerk_can_issue = BooleanField(Pair("店员可在收银台发放", "Clerks may give it at the counter"))
    alarm_per_minute = whole(Pair("每分钟领取超过多少张就报警", "Alarm above so many a minute"), 1, MAX_STOCK)
    alarm_pauses = BooleanField(Pair("报警时自动暂停", "The alarm pauses the batch"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        none = ("", t("请选择", "Choose"))
        self.template_id.choices = listed([none, *choices.templates()])
        self.member_list_id.choices = listed([none, *choices.member_lists()])
        self.segment_id.choices = listed([none, *choices.segments()])
        self.min_tier_rank.choices = listed([("0", t("不限", "Any tier")), *choices.tier_ranks()])
        self.payer_id.choices = listed([("", t("只有门店自己", "The shop alone")), *choices.payers()])

    def offer_template(self, template_id: str | None) -> None:
        """Let an older version be chosen too, when somebody came from its page."""
        known = {one.value for one in self.template_id.choices}
        if template_id and template_id not in known:
            template = api.get(f"/coupon-templates/{api.part(template_id)}")
            name = f"{template['name']} · " + t("第 {n} 版", "version {n}", n=template["version"])
            self.template_id.choices = [*self.template_id.choices, *listed([(template["id"], name)])]

    def said(self) -> dict[str, Any]:
        """What the API takes."""
        told = {
            "template_id": self.template_id.data,
            "name": self.name.data,
            "how": self.how.data,
            "stock": self.stock.data,
            "budget_fen": self.budget.fen,
            "per_member_limit": self.per_member_limit.data,
            "per_day_limit": self.per_day_limit.data or 0,
            "claim_starts_at": self.starts.instant,
            "claim_ends_at": self.ends.instant,
            "min_tier_rank": int(self.min_tier_rank.data or 0),
            "clerk_can_issue": self.clerk_can_issue.data,
            "alarm_per_minute": self.alarm_per_minute.data,
            "alarm_pauses": self.alarm_pauses.data,
        }
        return told | self._only_where_meant()

    def _only_where_meant(self) -> dict[str, Any]:
        """What another choice in the form switches off is not said, whatever stands in it."""
        told: dict[str, Any] = {}
        if self.how.data == "exchange":
            told["points_price"] = self.points_price.data
        if self.audience.data == "list":
            told["member_list_id"] = self.member_list_id.data or None
        if self.audience.data == "segment":
            told["segment_id"] = self.segment_id.data or None
        if self.payer_id.data:
            told |= {"payer_id": self.payer_id.data, "payer_share_bp": self.payer_share.bp}
        return told

    def validate(self, *args: Any, **kwargs: Any) -> bool:
        """What is chosen must be named."""
        is_fine = bool(super().validate(*args, **kwargs))
        needed = {"list": self.member_list_id, "segment": self.segment_id}.get(self.audience.data)
        if needed is not None and not needed.data:
            needed.errors = [*needed.errors, t("请选择。", "Choose one.")]
            return False
        return is_fine


class BatchChangeForm(PageForm):
    """What may change of a printed batch."""

    stock = IntegerField(Pair("库存（张）", "Stock (copies)"), validators=[NEEDED, NumberRange(1, MAX_STOCK)])
    budget = YuanField(Pair("预算（元）", "Budget (yuan)"), is_needed=True, most=MAX_BUDGET_YUAN)
    clerk_can_issue = BooleanField(Pair("店员可在收银台发放", "Clerks may give it at the counter"))
    alarm_per_minute = IntegerField(
        Pair("每分钟领取超过多少张就报警", "Alarm above so many a minute"),
        validators=[Optional(), NumberRange(1, MAX_STOCK)],
    )
    alarm_pauses = BooleanField(Pair("报警时自动暂停", "The alarm pauses the batch"))
    template_id = SelectField(Pair("券模板的版本", "Version of the template"), validate_choice=False)

    def said(self, batch: dict[str, Any]) -> dict[str, Any]:
        """What differs from the batch, as the API takes it."""
        told = {
            "stock": self.stock.data,
            "budget_fen": self.budget.fen,
            "clerk_can_issue": self.clerk_can_issue.data,
            "alarm_per_minute": self.alarm_per_minute.data,
            "alarm_pauses": self.alarm_pauses.data,
            "template_id": self.template_id.data or None,
        }
        return {name: value for name, value in told.items() if value is not None and value != batch[name]}
