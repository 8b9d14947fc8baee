"""What the API finds wrong with the terms and conditions of coupons, said to whoever typed them."""

from collections.abc import Mapping
from typing import Final

from blueprints.pages.words import Pair

WORDS: Final[Mapping[str, Pair]] = {
    "below_value": Pair("门槛不能低于优惠金额。", "Must not be below the amount taken off."),
    "unknown": Pair("有不存在的门店或等级，请重新选择。", "There is no such store or tier; choose again."),
    "unknown_kind": Pair("没有这种券。", "There is no such kind of coupon."),
    "not_for_this_kind": Pair("这种券不需要此项。", "Not for this kind of coupon."),
    "not_for_this_event": Pair("此事件不支持这个条件。", "Not for this event."),
    "only_one": Pair("“领取后天数”和“固定日期”只能选一种。", "Days after claiming or fixed dates, not both."),
    "only_with_valid_days": Pair("只能和“领取后天数”一起用。", "Only with days after claiming."),
    "only_with_valid_until": Pair("只能和截止日期一起用。", "Only with a last day."),
    "empty_interval": Pair("结束必须晚于开始。", "The end must come after the beginning."),
    "also_included": Pair("同一项不能既包含又排除。", "The same entry cannot be both included and left out."),
    "exactly_one_of_streak_and_monthly_count": Pair(
        "连续天数和当月天数，请只填一项。", "Give either days in a row or days in the month."
    ),
    "wrong_form": Pair("日期请写成 2026-12-25 或 12-25。", "Write dates as 2026-12-25 or 12-25."),
}
