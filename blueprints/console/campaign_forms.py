"""The form of a campaign, made for its kind and its message template."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from wtforms import BooleanField, HiddenField, SelectField, SelectMultipleField, StringField
from wtforms.widgets import CheckboxInput, ListWidget

from blueprints.console import campaign_words as words
from blueprints.console.campaign_sentences import CONDITIONS, WEEKDAYS
from blueprints.console.typed_fields import CodesField, listed
from blueprints.pages.forms import PageForm
from blueprints.pages.words import Pair

VARIANTS: Final = ("A", "B", "C")
# Which fields ask when a campaign of a kind goes out.
TIMING: Final[Mapping[str, tuple[str, ...]]] = {
    "one_off": ("scheduled_at", "max_late_minutes"),
    "recurring": ("every", "weekdays", "month_days", "step", "starts_on", "send_time", "ends_on", "max_late_minutes"),
    "festival": ("festival", "days_before", "send_time", "ends_on", "max_late_minutes"),
    "birthday": ("days_before", "send_time", "is_member_time"),
    "anniversary": ("days_before", "years", "send_time", "is_member_time"),
    "welcome": ("days_after", "channels", "send_time", "is_member_time"),
    "lapse": ("days_after", "send_time", "is_member_time"),
    "after_purchase": (
        "days_after",
        "channels",
        "stores",
        "categories",
        "min_paid_fen",
        "send_time",
        "is_member_time",
    ),
    "coupon_will_expire": ("send_time", "is_member_time"),
    "points_will_expire": ("min_points", "send_time", "is_member_time"),
    "tier_will_drop": ("send_time", "is_member_time"),
    "tier_up": ("tiers", "send_time", "is_member_time"),
    "tier_down": ("tiers", "send_time", "is_member_time"),
}
# What repeats may go out by each member's clock, too.
BY_MEMBER_CLOCK: Final = ("recurring", "festival")
Choice = tuple[str, str | Pair]


class CampaignForm(PageForm):
    """What every campaign is asked. Texts of the template and what belongs to the kind come besides."""

    kind = HiddenField()
    template = HiddenField()
    name = StringField(Pair("名称（只有同事看到）", "Name (for the staff alone)"))
    page = StringField(Pair("点开后的页面（留空用模板的）", "Page it opens (empty: the template’s)"))
    segment_id = SelectField(Pair("人群", "Segment"), validate_choice=False)
    member_list_id = SelectField(Pair("名单", "List"), validate_choice=False)
    tier_ids = SelectMultipleField(
        Pair("等级（不选为不限）", "Tiers (none: any)"),
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
        validate_choice=False,
    )
    holdout_percent = StringField(Pair("对照组（%）", "Held out (%)"), default="0")
    coupon_batch_id = SelectField(Pair("送券（批次）", "Coupon (batch)"), validate_choice=False)
    points_gift = StringField(Pair("送积分", "Points"))
    benefit_for = SelectField(
        Pair("权益给谁", "Benefit for"),
        choices=listed(
            [
                ("everyone", Pair("所有目标会员", "everybody targeted")),
                ("reached", Pair("只给收到消息的", "only whom the message reaches")),
            ]
        ),
        validate_choice=False,
    )
    sends_per_second = StringField(
        Pair("最高速度（每秒条数，留空用店铺的）", "Rate (messages a second; empty: the shop’s)")
    )
    priority = SelectField(
        Pair("优先级", "Priority"),
        choices=listed((str(n), str(n)) for n in range(1, 10)),
        default="5",
        validate_choice=False,
    )


TIMES: Final[dict[str, Any]] = {
    "scheduled_at": lambda: StringField(Pair("开始时间", "Begins at")),
    "max_late_minutes": lambda: StringField(Pair("最多晚多少分钟开始", "Minutes it may begin late"), default="240"),
    "every": lambda: SelectField(
        Pair("重复", "Every"),
        choices=listed(
            [("day", Pair("每天", "day")), ("week", Pair("每周", "week")), ("month", Pair("每月", "month"))]
        ),
        validate_choice=False,
    ),
    "weekdays": lambda: SelectMultipleField(
        Pair("每周几", "On"),
        choices=listed((str(n), Pair(f"周{zh}", en)) for n, (zh, en) in enumerate(WEEKDAYS, start=1)),
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
        validate_choice=False,
    ),
    "month_days": lambda: StringField(Pair("每月几号", "Days of the month")),
    "step": lambda: StringField(Pair("每隔几个周期", "Every so many"), default="1"),
    "starts_on": lambda: StringField(Pair("从哪天起算", "Counted from")),
    "send_time": lambda: StringField(Pair("几点发送", "At")),
    "ends_on": lambda: StringField(Pair("最后一天", "Last date")),
    "festival": lambda: SelectField(
        Pair("节日", "Festival"),
        choices=listed((code, Pair(zh, en)) for code, (zh, en) in words.FESTIVALS.items()),
        validate_choice=False,
    ),
    "days_before": lambda: StringField(Pair("提前几天", "Days before"), default="0"),
    "days_after": lambda: StringField(Pair("之后第几天", "Days after"), default="0"),
    "channels": lambda: CodesField(Pair(*CONDITIONS["channels"])),
    "stores": lambda: CodesField(Pair(*CONDITIONS["stores"])),
    "tiers": lambda: CodesField(Pair(*CONDITIONS["tiers"])),
    "is_member_time": lambda: BooleanField(Pair("按会员当地时间", "By each member’s own clock")),
}


def make(
    kind: str, fields: Sequence[tuple[str, str]], *, values: Mapping[str, Any] | None, choices: Mapping[str, Any]
) -> CampaignForm:
    """The form of a kind for a template's fields [(key, label)]; `values` to begin with, `choices` of its selects."""
    asked = TIMING[kind] + (("is_member_time",) if kind in BY_MEMBER_CLOCK else ())
    made: dict[str, Any] = {name: TIMES[name]() if name in TIMES else _condition(name) for name in asked}
    made |= {key: StringField(label) for key, label in fields}
    for code in VARIANTS:
        made[f"share_{code}"] = StringField(Pair(f"文案 {code} 占比（%）", f"Share of text {code} (%)"))
        made |= {f"{key}_{code}": StringField(label) for key, label in fields}
    form: CampaignForm = type("CampaignFormOf", (CampaignForm,), made)(data=values)
    for name, pairs in choices.items():
        form._fields[name].choices = listed(pairs)
    return form


def _condition(name: str) -> StringField:
    return StringField(Pair(*CONDITIONS[name]))
