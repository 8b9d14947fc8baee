"""What the console calls states, kinds, reasons and answers of campaigns; a code nobody named stands for itself."""

from collections.abc import Mapping
from typing import Final

from blueprints.pages.words import t

Words = Mapping[str, tuple[str, str]]

# (colour of the badge, 中文, English)
STATES: Final[Mapping[str, tuple[str, str, str]]] = {
    "draft": ("secondary", "草稿", "Draft"),
    "in_review": ("info", "待审批", "In review"),
    "approved": ("primary", "已批准", "Approved"),
    "scheduled": ("primary", "已排期", "Scheduled"),
    "expanding": ("warning", "准备名单", "Preparing"),
    "running": ("success", "进行中", "Running"),
    "paused": ("warning", "已暂停", "Paused"),
    "done": ("secondary", "已完成", "Done"),
    "cancelled": ("secondary", "已取消", "Cancelled"),
    "missed": ("danger", "已错过", "Missed"),
    # Runs and days of the calendar besides.
    "skipped": ("secondary", "已跳过", "Skipped"),
    "to_come": ("primary", "将进行", "To come"),
    "waiting": ("info", "待触发", "Waiting"),
}
DELIVERY_STATES: Final[Mapping[str, tuple[str, str, str]]] = {
    "planned": ("info", "待发送", "Waiting"),
    "claimed": ("info", "发送中", "Being sent"),
    "dispatching": ("info", "发送中", "Being sent"),
    "sent": ("success", "已发送", "Sent"),
    "failed": ("danger", "失败", "Failed"),
    "in_doubt": ("warning", "待确认", "In doubt"),
    "suppressed": ("secondary", "未触达", "Not reached"),
    "missed": ("secondary", "已过时", "Too late"),
    "holdout": ("secondary", "对照组", "Held out"),
}
KINDS: Final[Words] = {
    "one_off": ("一次性", "Once"),
    "recurring": ("周期", "Repeating"),
    "festival": ("节日", "Festival"),
    "birthday": ("生日", "Birthday"),
    "anniversary": ("入会周年", "Anniversary of joining"),
    "welcome": ("欢迎新会员", "Welcome"),
    "lapse": ("久未消费", "Not seen for long"),
    "after_purchase": ("消费之后", "After a purchase"),
    "coupon_will_expire": ("券将过期", "Coupon will expire"),
    "points_will_expire": ("积分将过期", "Points will expire"),
    "tier_will_drop": ("等级将降", "Tier will drop"),
    "tier_up": ("升级", "Tier went up"),
    "tier_down": ("降级", "Tier went down"),
    "test": ("测试", "Test"),
}
BROADCASTS: Final = ("one_off", "recurring", "festival")
AUTOMATIONS: Final = tuple(kind for kind in KINDS if kind not in (*BROADCASTS, "test"))
REASONS: Final[Words] = {
    "global": ("全局对照组", "Held out of all marketing"),
    "campaign": ("本活动对照组", "Held out of this campaign"),
    "open_message": ("等待上一条消息的结果", "Waits for the message before"),
    "quiet_hours": ("免打扰时段之后发送", "After the quiet hours"),
    "no_openid": ("未使用小程序", "Does not use the mini-program"),
    "no_marketing_consent": ("未同意营销", "Did not agree to marketing"),
    "switched_off": ("已退订此类消息", "Opted out of this topic"),
    "no_grant": ("没有订阅授权", "No permission left"),
    "too_late": ("已过发送时间", "Too late"),
    "capped": ("已达频次上限", "Had as many messages as allowed"),
    "not_a_member": ("已不是会员", "No member any more"),
    "template_disabled": ("消息模板已停用", "The template is switched off"),
    "capped_today": ("今日已达频控", "Capped for the day"),
    "capped_this_week": ("本周已达频控", "Capped for the week"),
    "capped_this_month": ("本月已达频控", "Capped for the month"),
    "refused": ("用户拒收", "Refused by the member"),
    "gift_unavailable": ("权益已发完", "No benefit left"),
    "gift_given_before": ("权益已领过", "Had the benefit before"),
    "cooling_off": ("同类消息间隔期", "The topic is at rest"),
    "no_longer_true": ("条件已不成立", "No longer true"),
    "cancelled": ("活动已取消", "The campaign was cancelled"),
    "merged": ("会员已合并", "Merged with another member"),
    "no_channel": ("没有可用渠道", "No channel"),
    "no_address": ("没有联系方式", "No address"),
    "channel_off": ("渠道未开通", "The channel is off"),
    "no_birthday": ("没有填写生日", "Told no birthday"),
    "fields_invalid": ("内容不合规范", "The text does not fit"),
    "unknown": ("未知原因", "Unknown"),
}
ERRCODES: Final[Words] = {
    "40003": ("OpenID 无效", "No such OpenID"),
    "40037": ("模板不存在", "No such template"),
    "43101": ("用户未授权或已拒收", "The member gave no permission"),
    "43107": ("账号被封禁", "The account is banned"),
    "43108": ("并发发送", "Sent at the same time"),
    "45009": ("今日额度用完", "The day’s quota is used up"),
    "45011": ("调用太频繁", "Called too often"),
    "47003": ("字段内容不合规范", "A field does not fit"),
    "41030": ("页面路径不存在", "No such page"),
    "48001": ("接口未开通", "The interface is closed to us"),
    "-1": ("微信系统繁忙", "WeChat is busy"),
}
WARNINGS: Final[Words] = {
    "texts_do_not_fit": (
        "有字段不合微信规范，会全部失败：请修改内容。",
        "A field does not fit; every message would fail. Change the text.",
    ),
    "template_disabled": (
        "消息模板已停用：请启用或换一个。",
        "The message template is switched off: switch it on or choose another.",
    ),
    "nobody_targeted": ("没有人符合受众条件：请放宽条件。", "Nobody is in the audience: widen it."),
    "nobody_reachable": ("没有人可以触达：请先争取订阅授权。", "Nobody can be reached: ask for permissions first."),
    "coupons_short": ("券库存不足，后到的人拿不到：请增加库存。", "Too few coupons; latecomers get none. Print more."),
    "takes_too_long": (
        "按当前速度六十天内发不完：请提高速度或缩小受众。",
        "Not done within sixty days at this rate: raise it or narrow the audience.",
    ),
    "few_reachable": (
        "可触达的不到一成：先做订阅引导更划算。",
        "Fewer than one in ten can be reached: first ask for permissions.",
    ),
}
PROBLEMS: Final[Words] = {
    "missing": ("请填写", "Fill this in"),
    "empty": ("请填写", "Fill this in"),
    "not_in_template": ("模板没有此字段", "Not a field of the template"),
    "unknown_type": ("未知字段类型", "Unknown type of field"),
    "blank_at_the_ends": ("首尾有空格", "Blanks at the ends"),
    "control_character": ("含有不可显示的字符", "Has characters nobody can see"),
    "not_a_choice": ("不在可选值中", "Not one of the choices"),
    "too_long_or_wrong_type": ("太长或格式不对", "Too long, or of the wrong form"),
    "unknown_placeholder": ("没有这个占位符", "No such placeholder"),
    "placeholder_needs_a_gift": ("占位符需要先选权益", "The placeholder needs a benefit"),
}
FESTIVALS: Final[Words] = {
    "spring_festival": ("春节", "Spring Festival"),
    "lantern": ("元宵节", "Lantern Festival"),
    "qingming": ("清明节", "Qingming"),
    "dragon_boat": ("端午节", "Dragon Boat Festival"),
    "qixi": ("七夕", "Qixi"),
    "mid_autumn": ("中秋节", "Mid-Autumn Festival"),
    "double_ninth": ("重阳节", "Double Ninth"),
    "new_year": ("元旦", "New Year"),
    "valentines_day": ("情人节", "Valentine’s Day"),
    "womens_day": ("妇女节", "Women’s Day"),
    "labour_day": ("劳动节", "Labour Day"),
    "childrens_day": ("儿童节", "Children’s Day"),
    "mid_year_sale": ("618", "Mid-year sale 6.18"),
    "national_day": ("国庆节", "National Day"),
    "double_eleven": ("双十一", "Double Eleven"),
    "double_twelve": ("双十二", "Double Twelve"),
    "christmas": ("圣诞节", "Christmas"),
}


def name(table: Words, code: str | None) -> str:
    """A code in the reader's language."""
    if code is None:
        return "–"
    return t(*table[code]) if code in table else code


def why(code: str) -> str:
    """A reason of ours or an answer of WeChat's."""
    if code in ERRCODES:
        return f"{code} {name(ERRCODES, code)}"
    return name(REASONS, code)
