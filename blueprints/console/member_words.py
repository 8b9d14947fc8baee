"""Words of a member's timeline and states, for templates: {word: (colour, zh, en)}."""

from typing import Any, Final

from app.rules.channel_names import JOINING
from blueprints.console import campaign_words
from blueprints.pages.words import t

Words = dict[str, tuple[str, str, str]]

KINDS: Final[Words] = {
    "purchase": ("primary", "消费", "Purchase"),
    "refund": ("warning", "退款", "Refund"),
    "points": ("info", "积分", "Points"),
    "coupon": ("success", "优惠券", "Coupon"),
    "message": ("secondary", "消息", "Message"),
    "check_in": ("info", "签到", "Check-in"),
    "tier": ("primary", "等级", "Tier"),
    "note": ("warning", "备注", "Note"),
    "consent": ("secondary", "同意", "Consent"),
}
ICONS: Final = {
    "purchase": "bag",
    "refund": "arrow-counterclockwise",
    "points": "coin",
    "coupon": "ticket-perforated",
    "message": "chat-dots",
    "check_in": "calendar-check",
    "tier": "award",
    "note": "journal-text",
    "consent": "hand-thumbs-up",
}
EVENTS: Final[Words] = {
    "paid": ("success", "已付款", "paid"),
    "refunded": ("warning", "已退款", "refunded"),
    "voided": ("secondary", "已作废", "voided"),
    "earn": ("success", "获得", "earned"),
    "spend": ("primary", "使用", "spent"),
    "expire": ("secondary", "到期", "expired"),
    "adjust": ("warning", "人工调整", "corrected"),
    "reverse": ("secondary", "冲正", "undone"),
    "settle": ("secondary", "抵还", "settled"),
    "merge": ("secondary", "合并", "joined"),
    "issued": ("success", "发放", "issued"),
    "used": ("primary", "核销", "used"),
    "returned": ("warning", "退回", "given back"),
    "expired": ("secondary", "过期", "expired"),
    "revoked": ("danger", "作废", "revoked"),
    "given": ("info", "转赠", "given away"),
    "planned": ("info", "待发送", "planned"),
    "claimed": ("info", "待发送", "planned"),
    "dispatching": ("info", "发送中", "leaving"),
    "sent": ("success", "已发送", "sent"),
    "failed": ("danger", "失败", "failed"),
    "in_doubt": ("warning", "结果未知", "in doubt"),
    "suppressed": ("secondary", "未发送", "not sent"),
    "missed": ("secondary", "已错过", "missed"),
    "holdout": ("secondary", "对照组", "held out"),
    "on_time": ("success", "当天", "on the day"),
    "made_up": ("info", "补签", "made up"),
    "held": ("primary", "变为", "now"),
    "written": ("warning", "店员备注", "written"),
    "granted": ("success", "同意", "agreed"),
    "withdrawn": ("secondary", "撤回", "withdrawn"),
}
PURPOSES: Final = {"membership": ("会员协议", "Membership"), "marketing": ("营销消息", "Marketing")}
WAITS: Final[Words] = {
    "waiting": ("warning", "冷静期内", "thinking it over"),
    "withdrawn": ("secondary", "已撤回", "taken back"),
    "merged": ("secondary", "因合并终止", "ended by a merge"),
    "done": ("success", "已注销", "erased"),
}
ADJUSTMENTS: Final[Words] = {
    "waiting": ("warning", "待审批", "waiting"),
    "booked": ("success", "已入账", "booked"),
    "rejected": ("secondary", "已驳回", "rejected"),
}
LEDGERS: Final = {"points": ("积分", "points"), "growth": ("成长值", "growth")}
REASONS: Final = {
    "service": ("服务补偿", "Service"),
    "goodwill": ("关怀", "Goodwill"),
    "mistake": ("更正错误", "Mistake"),
    "fraud": ("违规扣回", "Fraud"),
    "migration": ("迁移", "Migration"),
}
CHANNELS: Final = {
    "subscribe": ("订阅消息", "Subscribe message"),
    "oa_template": ("公众号", "Official account"),
    "sms": ("短信", "SMS"),
    "email": ("邮件", "E-mail"),
}
CAUTIONS: Final = {
    "phone_let_go": (
        "两边都有手机号：保留较早会员的，另一个号码会被释放。",
        "Both have a number: the older member’s stays, the other is let go.",
    ),
    "two_wechat": (
        "两边都绑定过微信：请确认确实是同一个人。",
        "Both were used in WeChat: be sure that it is one person.",
    ),
    "birthdays_differ": (
        "两边生日不同：保留较早会员的。",
        "Their birthdays differ: the older member’s stays.",
    ),
    "points_owed": ("有待扣积分：合并后从总数中抵还。", "Points are owed: they are settled from the sum."),
}
COUNTS: Final = (
    ("points", "积分", "Points"),
    ("points_owed", "待扣积分", "Points owed"),
    ("growth", "成长值", "Growth"),
    ("coupons", "优惠券", "Coupons"),
    ("check_ins", "签到", "Check-ins"),
    ("purchases", "消费", "Purchases"),
    ("badges", "徽章", "Badges"),
    ("tags", "标签", "Tags"),
    ("notes", "备注", "Notes"),
    ("lists", "所在名单", "Lists"),
    ("grants", "订阅授权", "Message permissions"),
    ("messages_waiting", "待发消息", "Messages waiting"),
)
CAME_THROUGH: Final = {code: (name.zh, name.en) for code, name in JOINING.items()}
# Why a tier became theirs, and why a coupon came back.
WHYS: Final = {
    "joined": ("入会", "joined"),
    "growth": ("成长值达到", "growth reached it"),
    "reversal": ("退款或撤销后", "after a refund or an undo"),
    "merge": ("合并会员", "members merged"),
    "review": ("等级复核", "review"),
    "ladder": ("换用新等级方案", "a new ladder"),
    "adjust": ("人工调整", "corrected"),
    "undo": ("收银台撤销", "undone at the counter"),
    "refund": ("退款", "refund"),
}


def why(entry: dict[str, Any]) -> str:
    """What an entry of the timeline gives as its reason: ours in words, people's as they typed it."""
    reason = str(entry["reason"])
    if entry["kind"] == "message":
        return campaign_words.why(reason)
    is_ours = entry["kind"] == "tier" or entry["event"] == "returned"
    return t(*WHYS[reason]) if is_ours and reason in WHYS else reason
