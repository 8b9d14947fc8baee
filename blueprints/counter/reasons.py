"""Why not, down to the day, the amount and the person: what the API's refusal knows beyond its sentence."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from blueprints.pages.words import shop_time, t, yuan

Data = Mapping[str, Any]


def detail(code: str, data: Data | None) -> str:
    """What to add to a refusal's message; "" when there is nothing to add."""
    told = _DETAILS.get(code)
    try:
        return "" if told is None else told(data or {})
    except (KeyError, TypeError, ValueError):
        # The message alone is true too.
        return ""


def _local(at: str) -> datetime:
    local = shop_time(at)
    if local is None:
        raise ValueError("no time was told")
    return local


def _expired(data: Data) -> str:
    # It ends at midnight: the day before was the last.
    last = _local(data["expires_at"]) - timedelta(microseconds=1)
    return t("有效期至 {on}。", "It was valid until {on}.", on=f"{last:%Y-%m-%d}")


def _not_started(data: Data) -> str:
    return t("{on} 起可用。", "It is valid from {on}.", on=f"{_local(data['usable_from']):%Y-%m-%d %H:%M}")


def _used(data: Data) -> str:
    at = _local(data["redeemed_at"])
    return t(
        "{at} 在{store}由{clerk}核销。",
        "Used {at} at {store} by {clerk}.",
        at=f"{at:%m-%d %H:%M}",
        store=data["store"],
        clerk=data["clerk"],
    )


def _below(data: Data) -> str:
    missing = data["min_spend_fen"] - data["bill_fen"]
    return t(
        "满 {least} 可用，还差 {missing}。",
        "From {least}; {missing} are missing.",
        least=yuan(data["min_spend_fen"]),
        missing=yuan(missing),
    )


def _not_now(data: Data) -> str:
    return {
        "weekday": t("今天不在可用的星期。", "Not on this day of the week."),
        "hour": t("现在不在可用时段。", "Not at this hour."),
        "blackout": t("今天是该券的不可用日期。", "Not on this date."),
    }.get(data["reason"], "")


def _together(data: Data) -> str:
    return {
        "exclusive": t("其中一张只能单独使用。", "One of them stands alone on a bill."),
        "exclusive_group": t("它们同属一组，只能用一张。", "They are of one group, of which a bill bears one."),
        "category": t("同类的券已到上限。", "There are enough of this kind on the bill already."),
        "too_many": t("张数超过每单上限。", "There are more than a bill may bear."),
        "same_coupon": t("同一张券选了两次。", "One coupon was chosen twice."),
    }.get(data["reason"], "")


def _not_allowed(data: Data) -> str:
    return {
        "redeemed_by_a_colleague": t(
            "这是同事办理的，请由本人或店长撤销。", "A colleague did this: they or a manager can undo it."
        ),
        "shift_of_a_colleague": t("只能交自己的班。", "Only one's own shift can be closed."),
        "own_shift": t("接班要由另一位同事确认。", "Somebody else takes the shift over."),
    }.get(data.get("reason", ""), "")


def _wait(data: Data) -> str:
    return t("请等 {seconds} 秒。", "Wait {seconds} seconds.", seconds=max(1, round(data["retry_after_seconds"])))


def _undo_passed(data: Data) -> str:
    return t("可撤销至 {at}。", "It could be undone until {at}.", at=f"{_local(data['undo_until']):%H:%M}")


def _undone(data: Data) -> str:
    return t("已于 {at} 撤销。", "It was undone at {at}.", at=f"{_local(data['reversed_at']):%m-%d %H:%M}")


_DETAILS: dict[str, Callable[[Data], str]] = {
    "coupon_expired": _expired,
    "coupon_not_started": _not_started,
    "already_redeemed": _used,
    "minimum_spend_not_met": _below,
    "coupon_not_now": _not_now,
    "coupons_not_combinable": _together,
    "not_allowed": _not_allowed,
    "too_many": _wait,
    "undo_window_passed": _undo_passed,
    "already_reversed": _undone,
}
