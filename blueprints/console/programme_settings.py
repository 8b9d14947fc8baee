"""What the programme's settings are called and how they are typed, section by section."""

from dataclasses import dataclass
from typing import Final

from blueprints.pages.words import Pair


@dataclass(frozen=True)
class Setting:
    """One setting: `kind` says how it is typed (text, number, yuan, percent, yes, map: "3: 5, 7: 20")."""

    name: str
    label: Pair
    kind: str = "number"
    help: Pair | None = None


@dataclass(frozen=True)
class Section:
    """Settings that belong together."""

    code: str
    title: Pair
    settings: tuple[Setting, ...]


SECTIONS: Final = (
    Section(
        "shop",
        Pair("门店与协议", "The shop and its documents"),
        (
            Setting("name", Pair("会员计划名称", "Name of the programme"), "text"),
            Setting(
                "membership_terms_version",
                Pair("会员协议版本", "Version of the membership terms"),
                "text",
                Pair("更换后，新会员须同意新版本。", "Once changed, new members agree to the new one."),
            ),
            Setting("marketing_terms_version", Pair("营销授权版本", "Version of the marketing consent"), "text"),
        ),
    ),
    Section(
        "points",
        Pair("积分", "Points"),
        (
            Setting(
                "points_expiry",
                Pair("有效期", "Life of points"),
                "text",
                Pair(
                    "12M 为 12 个月，12M@year 为满 12 个月的那年年底，90D 为 90 天，never 为永久有效。",
                    "12M: 12 months; 12M@year: to the end of that year; 90D: 90 days; never: for good.",
                ),
            ),
            Setting("expiry_notice_days", Pair("到期前几天提醒", "Told so many days before they expire")),
            Setting("fen_per_100_points", Pair("100 积分抵扣（元）", "100 points are worth (yuan)"), "yuan"),
            Setting(
                "points_pay_max_bp", Pair("一笔最多用积分付（%）", "At most so much of a bill in points (%)"), "percent"
            ),
            Setting(
                "adjustment_limit",
                Pair("单人每日调整上限", "What one person may correct in a day"),
                "number",
                Pair(
                    "超过须第二人批准；导入会员的积分也计入。",
                    "Above it a second person decides; imported points count too.",
                ),
            ),
        ),
    ),
    Section(
        "check_ins",
        Pair("签到", "Check-ins"),
        (
            Setting("check_in_points", Pair("每次签到得", "Points for a check-in")),
            Setting(
                "streak_bonus",
                Pair("连续签到奖励", "Bonus for days in a row"),
                "map",
                Pair("天数: 积分，如 3: 5, 7: 20", "days: points, as 3: 5, 7: 20"),
            ),
            Setting(
                "monthly_bonus",
                Pair("当月累计奖励", "Bonus for days of a month"),
                "map",
                Pair("天数: 积分", "days: points"),
            ),
            Setting("makeup_cost_points", Pair("补签一次扣积分", "Points a make-up costs")),
            Setting("makeup_per_month", Pair("每月可补签次数", "Make-ups a month")),
            Setting("makeup_within_days", Pair("可补签最近几天", "Days that can be made up for")),
        ),
    ),
    Section(
        "counter",
        Pair("收银台与券", "Counter and coupons"),
        (
            Setting("undo_window_minutes", Pair("可撤销（分钟）", "Undo within (minutes)")),
            Setting("coupons_per_bill", Pair("每笔最多用券", "Coupons on a bill")),
            Setting(
                "coupons_per_category",
                Pair("每类最多用券", "Coupons of a stack category"),
                "map",
                Pair(
                    "类别: 张数；order 是整单券，goods 是商品券，gift 是赠品券，也可以是券模板里自己起的类别。",
                    "category: number; order: off the bill, goods: for goods, gift: gifts, or a category of your templates.",
                ),
            ),
            Setting("coupon_hold_seconds", Pair("占用时长（秒）", "A hold lasts (seconds)")),
            Setting("coupon_expiry_notice_days", Pair("券到期前几天提醒", "Told so many days before coupons expire")),
            Setting("clerk_issues_per_day", Pair("店员每日发券上限", "Coupons a clerk may give a day")),
            Setting(
                "clerk_redeems_per_day",
                Pair("店员每日核销上限", "Redemptions of a clerk a day"),
                "number",
                Pair("0 为不允许", "0: none at all"),
            ),
            Setting(
                "clerk_discount_fen_per_day",
                Pair("店员每日优惠上限（元）", "Discount of a clerk a day (yuan)"),
                "yuan",
                Pair("0 为不允许", "0: none at all"),
            ),
        ),
    ),
    Section(
        "messages",
        Pair("消息", "Messages"),
        (
            Setting("quiet_from", Pair("免打扰从", "Quiet from"), "text", Pair("如 21:00", "as 21:00")),
            Setting("quiet_until", Pair("免打扰到", "Quiet until"), "text"),
            Setting("messages_per_day", Pair("每人每日营销消息", "Marketing messages a member a day")),
            Setting("messages_per_week", Pair("每人每周营销消息", "Marketing messages a member a week")),
            Setting("messages_per_month", Pair("每人每月营销消息", "Marketing messages a member a month")),
            Setting("has_campaign_review", Pair("活动须第二人批准", "Campaigns need a second person"), "yes"),
            Setting("holdout_bp", Pair("长期对照组（%）", "Held out for good (%)"), "percent"),
            Setting("attribution_days", Pair("消费归因天数", "Days a purchase counts for a message")),
            Setting("sends_per_second", Pair("每秒发送", "Messages a second")),
            Setting("sends_per_day", Pair("每日发送上限", "Messages a day")),
            Setting(
                "channel_rates",
                Pair("其他渠道每秒发送", "Other channels, a second"),
                "map",
                Pair(
                    "sms 是短信，email 是邮件，oa_template 是公众号；如 sms: 10, email: 5",
                    "sms, email, oa_template (official account); as sms: 10, email: 5",
                ),
            ),
        ),
    ),
    Section(
        "life",
        Pair("生命周期", "Stages of life"),
        (
            Setting(
                "lifecycle",
                Pair("各阶段天数", "Days of the stages"),
                "map",
                Pair(
                    "只写与默认不同的；如 at_risk_days: 90, lapsed_days: 200。留空为默认。",
                    "Only what differs, as at_risk_days: 90, lapsed_days: 200. Empty: the defaults.",
                ),
            ),
        ),
    ),
)
SETTINGS: Final = {setting.name: setting for section in SECTIONS for setting in section.settings}
