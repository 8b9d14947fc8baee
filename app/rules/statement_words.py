"""Why an entry stands in a statement, in plain words: zh-CN and English."""

from collections.abc import Mapping
from typing import Final

from app.rules.earning_words import Words

# By the part of an entry's source before the colon.
_SOURCES: Final[Mapping[str, Words]] = {
    "purchase": Words("消费", "Purchase"),
    "refund": Words("退款收回", "Taken back with a refund"),
    "void": Words("订单作废", "Bill voided"),
    "check_in": Words("签到", "Check-in"),
    "hold": Words("积分抵扣", "Paid with points"),
    "exchange": Words("积分兑换", "Exchanged for a coupon"),
    "exchange_return": Words("兑换退回", "Exchange returned"),
    "makeup": Words("补签", "Make-up check-in"),
    "joined": Words("入会", "Joining"),
    "phone_bound": Words("绑定手机号", "Phone number added"),
    "anniversary": Words("入会周年", "Anniversary of joining"),
    "adjustment": Words("人工调整", "Correction by the shop"),
    "merge": Words("账户合并", "Accounts joined"),
    "settle": Words("抵还待扣积分", "Settled what was owed"),
}
# What nobody gave a name of its own.
_KINDS: Final[Mapping[str, Words]] = {
    "earn": Words("获得", "Earned"),
    "spend": Words("使用", "Spent"),
    "expire": Words("到期", "Expired"),
    "adjust": Words("人工调整", "Correction by the shop"),
    "reverse": Words("冲正", "Undone"),
    "settle": Words("抵还待扣积分", "Settled what was owed"),
    "merge": Words("账户合并", "Accounts joined"),
}


def key_of(source: str) -> str:
    """The word a client may decide by: "purchase", "check_in", "adjustment"… The rest of a source is internal."""
    return source.partition(":")[0]


def title(*, kind: str, source: str, rule: Words | None) -> Words:
    """The rule's own name for what a rule paid, else what the event is called, else what kind of entry it is."""
    if rule is not None and kind == "earn":
        return rule
    if kind in ("expire", "settle", "merge"):
        return _KINDS[kind]
    return _SOURCES.get(key_of(source), _KINDS[kind])
