"""A segment's rule in plain words, zh-CN and English: a marketer reads back what they asked for."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from app.rules.earning_words import Words, amount_of, joined
from app.rules.segment_names import kind_of
from app.rules.segment_rule import Group, Node, Question

# What is named by a code or an id, by kind and code; an unknown one stands for itself.
Names = Mapping[str, Mapping[str, Words]]
_NOBODY: Final[Names] = {}

STAGES: Final[Mapping[str, Words]] = {
    "new": Words("新客", "new"),
    "active": Words("活跃", "active"),
    "loyal": Words("忠诚", "loyal"),
    "at_risk": Words("有流失风险", "at risk"),
    "lapsed": Words("沉睡", "lapsed"),
    "lost": Words("流失", "lost"),
    "won_back": Words("回归", "won back"),
}
_GROUPS: Final[Mapping[str, Words]] = {
    "all": Words("同时满足", "all of"),
    "any": Words("满足任一", "any of"),
    "not": Words("不满足", "not"),
}
_PLAIN: Final[Mapping[str, Words]] = {
    "birthday_this_month": Words("本月生日", "birthday this month"),
    "has_birthday": Words("填写了生日", "told us a birthday"),
    "has_phone": Words("绑定了手机号", "has a phone number"),
    "marketing_consent": Words("同意接收营销消息", "agreed to marketing messages"),
}
_CHOICES: Final[Mapping[str, Words]] = {
    "joined_channel": Words("入会渠道", "joined through"),
    "joined_store": Words("入会门店", "joined at"),
    "birthday_month": Words("生日月份", "birthday in month"),
    "locale": Words("语言", "language"),
    "tag": Words("标签", "tagged"),
    "member_list": Words("在名单", "on the list"),
    "tier": Words("等级", "tier"),
    "lifecycle": Words("生命周期", "stage of life"),
}
# What is measured; amounts of money are told in yuan.
_MEASURES: Final[Mapping[str, Words]] = {
    "joined_days_ago": Words("入会距今天数", "days since joining"),
    "points_balance": Words("积分余额", "points"),
    "points_expiring": Words("将过期积分", "points expiring"),
    "growth": Words("成长值", "growth value"),
    "recency_score": Words("最近消费评分", "recency score"),
    "frequency_score": Words("消费频次评分", "frequency score"),
    "money_score": Words("消费金额评分", "money score"),
    "last_purchase_days_ago": Words("距上次消费天数", "days since the last purchase"),
    "purchases": Words("消费次数", "purchases"),
    "spent_fen": Words("消费金额(元)", "yuan spent"),
    "last_check_in_days_ago": Words("距上次签到天数", "days since the last check-in"),
    "check_ins": Words("签到次数", "check-ins"),
    "coupons_held": Words("持有可用券数", "coupons held"),
    "coupons_expiring": Words("将过期券数", "coupons expiring"),
    "coupons_redeemed": Words("核销券数", "coupons redeemed"),
    "messages_sent": Words("收到消息数", "messages sent"),
    "messages_opened": Words("打开消息数", "messages opened"),
}
_AHEAD: Final = ("points_expiring", "coupons_expiring")
_ASIDES: Final[Mapping[str, Words]] = {
    "stores": Words("门店", "at"),
    "channels": Words("渠道", "through"),
    "categories": Words("品类", "of category"),
    "skus": Words("商品", "of item"),
    "batches": Words("批次", "of batch"),
    "templates": Words("券", "of coupon"),
    "topics": Words("主题", "about"),
}


def sentence(node: Node, names: Names = _NOBODY) -> Words:
    """The whole rule on one line."""
    if isinstance(node, Question):
        return of_question(node, names)
    parts = [sentence(part, names) for part in node.parts]
    head = _GROUPS[node.how]
    return Words(
        f"{head.zh}（{'；'.join(part.zh for part in parts)}）", f"{head.en} ({'; '.join(part.en for part in parts)})"
    )


def of_group(group: Group) -> Words:
    """What holds the parts of a group together."""
    return _GROUPS[group.how]


def of_question(question: Question, names: Names = _NOBODY) -> Words:
    """One question."""
    kind, said = question.kind, question.said
    if kind in _PLAIN:
        return _PLAIN[kind]
    if kind in _CHOICES:
        chosen, head = _chosen(kind, "any_of", said, names), _CHOICES[kind]
        return Words(f"{head.zh}：{chosen.zh}", f"{head.en} {chosen.en}")
    if kind == "joined_on":
        return _dates(said)
    head, (zh, en) = _MEASURES[kind], _range(said, show=amount_of if kind == "spent_fen" else str)
    asides = [_window(kind, said), *(_aside(kind, told, said, names) for told in _ASIDES if told in said)]
    told = [aside for aside in asides if aside]
    return Words(
        f"{''.join(f'{aside.zh}，' for aside in told)}{head.zh} {zh}",
        f"{head.en} {en}{''.join(f', {aside.en}' for aside in told)}",
    )


def _chosen(kind: str, told: str, said: Mapping[str, Any], names: Names) -> Words:
    known = STAGES if kind == "lifecycle" else names.get(kind_of(kind, told) or "", {})
    words = [known.get(str(value), Words(str(value), str(value))) for value in said[told]]
    return Words("、".join(word.zh for word in words), joined([word.en for word in words]).replace(" and ", " or "))


def _aside(kind: str, told: str, said: Mapping[str, Any], names: Names) -> Words:
    chosen, head = _chosen(kind, told, said, names), _ASIDES[told]
    return Words(f"{head.zh}：{chosen.zh}", f"{head.en} {chosen.en}")


def _window(kind: str, said: Mapping[str, Any]) -> Words | None:
    days = said.get("days")
    if days is None:
        return None
    if kind in _AHEAD:
        return Words(f"{days} 天内", f"within {days} days" if days else "today")
    return Words(f"近 {days} 天", f"in the last {days} days" if days > 1 else "today")


def _range(said: Mapping[str, Any], *, show: Callable[[int], str]) -> tuple[str, str]:
    low, high = said.get("min"), said.get("max")
    if low is None and high is None:
        low = 1
    if high is None:
        return f"至少 {show(low or 0)}", f"at least {show(low or 0)}"
    if low is None:
        return f"至多 {show(high)}", f"at most {show(high)}"
    if low == high:
        return f"等于 {show(low)}", f"exactly {show(low)}"
    return f"{show(low)} 至 {show(high)}", f"{show(low)} to {show(high)}"


def _dates(said: Mapping[str, Any]) -> Words:
    first, last = said.get("from"), said.get("until")
    if last is None:
        return Words(f"{first} 起入会", f"joined on or after {first}")
    if first is None:
        return Words(f"{last} 前入会(含当日)", f"joined on or before {last}")
    return Words(f"{first} 至 {last} 入会", f"joined from {first} to {last}")
