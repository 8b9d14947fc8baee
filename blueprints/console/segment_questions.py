"""What the builder calls a segment's questions and what each is told, and where the choices of a list come from."""

from collections.abc import Mapping
from typing import Any, Final

from app.rules.lifecycle import STAGES
from app.rules.segment_grammar import QUESTIONS
from app.rules.segment_words import STAGES as STAGE_WORDS
from blueprints.console.choices import bill_channels, every, join_channels, told
from blueprints.pages import api
from blueprints.pages.words import is_english, t

Named = tuple[str, str]

# Questions by what they are about, in the order of the list to choose from.
GROUPS: Final[tuple[tuple[Named, Mapping[str, Named]], ...]] = (
    (
        ("会员资料", "Profile"),
        {
            "joined_days_ago": ("入会多少天", "Days since joining"),
            "joined_on": ("入会日期", "Date of joining"),
            "joined_channel": ("入会渠道", "Joined through"),
            "joined_store": ("入会门店", "Joined at store"),
            "birthday_this_month": ("本月生日", "Birthday this month"),
            "birthday_month": ("生日月份", "Month of birthday"),
            "has_birthday": ("填写了生日", "Told a birthday"),
            "has_phone": ("绑定了手机号", "Has a phone number"),
            "locale": ("语言", "Language"),
            "marketing_consent": ("同意接收营销", "Agreed to marketing"),
        },
    ),
    (
        ("价值与阶段", "Value and stage"),
        {
            "tier": ("等级", "Tier"),
            "lifecycle": ("生命周期", "Stage of life"),
            "points_balance": ("积分余额", "Points"),
            "points_expiring": ("将过期积分", "Points about to expire"),
            "growth": ("成长值", "Growth value"),
            "recency_score": ("R 最近消费评分", "Recency score"),
            "frequency_score": ("F 消费频次评分", "Frequency score"),
            "money_score": ("M 消费金额评分", "Money score"),
        },
    ),
    (
        ("消费", "Purchases"),
        {
            "last_purchase_days_ago": ("距上次消费天数", "Days since the last purchase"),
            "purchases": ("消费次数", "Number of purchases"),
            "spent_fen": ("消费金额", "Money spent"),
        },
    ),
    (
        ("签到、券与消息", "Check-ins, coupons, messages"),
        {
            "last_check_in_days_ago": ("距上次签到天数", "Days since the last check-in"),
            "check_ins": ("签到次数", "Number of check-ins"),
            "coupons_held": ("持有可用券", "Coupons held"),
            "coupons_expiring": ("将过期的券", "Coupons about to expire"),
            "coupons_redeemed": ("核销过的券", "Coupons redeemed"),
            "messages_sent": ("收到的消息", "Messages received"),
            "messages_opened": ("打开的消息", "Messages opened"),
        },
    ),
    (("标签与名单", "Tags and lists"), {"tag": ("标签", "Tag"), "member_list": ("名单", "List")}),
)
NAMES: Final[Mapping[str, Named]] = {kind: name for _, kinds in GROUPS for kind, name in kinds.items()}
FIELDS: Final[Mapping[str, Named]] = {
    "min": ("至少", "At least"),
    "max": ("至多", "At most"),
    "from": ("从", "From"),
    "until": ("到（含当日）", "Until, included"),
    "days": ("近几天内", "In the last days"),
    "any_of": ("是其中之一", "One of"),
    "stores": ("门店", "Stores"),
    "channels": ("渠道", "Channels"),
    "categories": ("品类", "Categories"),
    "skus": ("商品编码", "Items"),
    "batches": ("券批次", "Batches"),
    "templates": ("券模板", "Coupon templates"),
    "topics": ("消息主题", "Topics"),
}
AHEAD: Final = ("points_expiring", "coupons_expiring")
# As `words` of a fault, for the marketer.
FAULTS: Final[Mapping[str, Named]] = {
    "required": ("请填写", "fill this in"),
    "not_a_whole_number": ("请填写整数", "a whole number, please"),
    "out_of_range": ("超出范围", "out of range"),
    "empty_interval": ("上限小于下限", "the upper end is below the lower"),
    "not_a_list": ("请至少选一个", "choose one at least"),
    "not_a_text": ("文字不合规", "no such text"),
    "not_a_date": ("请选择日期", "a date, please"),
    "not_an_id": ("请从列表选择", "choose from the list"),
    "unknown_stage": ("没有这个阶段", "no such stage"),
    "unknown_question": ("没有这个条件", "no such question"),
    "too_deep": ("嵌套太深（最多 6 层）", "too deep (6 levels at most)"),
    "too_many_parts": ("一组最多 20 条", "20 in a group at most"),
    "too_many_questions": ("最多 60 个条件", "60 questions at most"),
}
# Lists somebody types, by commas; the others are chosen from.
TYPED: Final = ("categories", "skus", "locale")


def fields_of(kind: str) -> list[str]:
    """What a question is told, in the order of the form."""
    told = QUESTIONS[kind].checks if kind in QUESTIONS else {}
    return [name for name in FIELDS if name in told]


def label(kind: str, name: str) -> str:
    """What a field of a question is called."""
    if name == "days" and kind in AHEAD:
        return t("几天之内", "Within days")
    if kind == "spent_fen" and name in ("min", "max"):
        return t(*FIELDS[name]) + t("（元）", " (yuan)")
    return t(*FIELDS[name])


def source(kind: str, name: str) -> str | None:
    """Where the choices of a list come from; None: somebody types it."""
    what = kind if name == "any_of" else name
    if what in TYPED:
        return None
    return {"joined_store": "stores", "tag": "tags", "tier": "tiers", "member_list": "lists"}.get(what, what)


def is_list(name: str) -> bool:
    """Whether a field takes several."""
    return name not in ("min", "max", "from", "until", "days")


def choices(sources: set[str]) -> dict[str, list[Named]]:
    """[(value, name)] of each source."""
    return {name: _SOURCES[name]() for name in sorted(sources) if name in _SOURCES}


def _named(path: str, value: str = "id") -> list[Named]:
    return told([(row[value], row["name"]) for row in every(path)])


def _whole(path: str, value: str) -> list[Named]:
    """A list that comes at once."""
    name = "name_en" if is_english() else "name"
    return [(row[value], row.get(name) or row["name"]) for row in api.get(path)["data"]]


_SOURCES: Final[Mapping[str, Any]] = {
    "tiers": lambda: _whole("/tiers", "code"),
    "stores": lambda: _named("/stores", "code"),
    "channels": bill_channels,
    "joined_channel": join_channels,
    "tags": lambda: _named("/tags", "name"),
    "lists": lambda: _named("/member-lists"),
    "batches": lambda: _named("/coupon-batches"),
    "templates": lambda: _named("/coupon-templates"),
    "topics": lambda: _whole("/message-topics", "code"),
    "lifecycle": lambda: [(stage, t(STAGE_WORDS[stage].zh, STAGE_WORDS[stage].en)) for stage in STAGES],
    "birthday_month": lambda: [(str(month), t(f"{month} 月", str(month))) for month in range(1, 13)],
}
