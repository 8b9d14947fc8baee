"""The words, ranges and cross-checks of coupon terms; each fault is one word at one place."""

from collections.abc import Callable, Mapping, Set
from typing import Any, Final

from app.rules.term_values import date_fault, day_fault, list_fault, name_fault, number_fault, text_fault

# Raised when the grammar changes, so that stored terms keep meaning what they meant.
GRAMMAR: Final = 1

KINDS: Final = ("amount_off", "percent_off", "fixed_price", "exchange", "gift", "experience")
# What happens to a used coupon when its purchase is refunded.
ON_REFUND: Final = ("keep", "return_when_full", "return")
# What a kind counts as among combined coupons, unless its terms say otherwise.
CATEGORY_OF: Final = {
    "amount_off": "order",
    "percent_off": "order",
    "fixed_price": "goods",
    "exchange": "goods",
    "gift": "gift",
    "experience": "gift",
}
_HANDING_OVER: Final = ("exchange", "gift", "experience")
NEEDS: Final[Mapping[str, tuple[str, ...]]] = {
    "amount_off": ("min_spend_fen",),
    "percent_off": ("percent_bp",),
    "fixed_price": ("price_fen",),
    **dict.fromkeys(_HANDING_OVER, ("goods",)),
}
BELONGS_TO: Final[Mapping[str, tuple[str, ...]]] = {
    "percent_bp": ("percent_off",),
    "price_fen": ("fixed_price",),
    "quantity": ("exchange",),
    "goods": _HANDING_OVER,
    "goods_en": _HANDING_OVER,
}

# Lowest and highest value; amounts up to the largest bill a schema lets through.
MAX_FEN: Final = 1_000_000_000
RANGES: Final = {
    "value_fen": (1, MAX_FEN),
    "percent_bp": (1, 10_000),
    "price_fen": (0, MAX_FEN),
    "quantity": (1, 99),
    "uses": (1, 100),
    "min_spend_fen": (1, MAX_FEN),
    "from_hour": (0, 23),
    "until_hour": (1, 24),
    "valid_days": (1, 3_650),
    "start_delay_days": (0, 365),
    "rank": (0, 1_000),
    "life_limit": (1, 1_000),
}
TEXT_LISTS: Final = ("stores", "channels", "skus", "not_skus", "categories", "not_categories", "tiers")
WEEKDAY: Final = (1, 7)
FLAGS: Final = ("first_purchase_only", "exclusive", "with_tier_discount", "with_points", "transferable")


def value_fault(key: str, value: Any) -> str | None:
    """What is wrong with one value by itself."""
    return _CHECKS[key](value)


def belonging(said: Mapping[str, Any]) -> dict[str, str]:
    """What a kind or a validity misses, and what has no meaning for it."""
    faults = _validity(said.keys())
    kind = said.get("kind")
    if kind not in KINDS:
        return faults
    faults |= dict.fromkeys((key for key in NEEDS[kind] if key not in said), "required")
    return faults | {key: "not_for_this_kind" for key, kinds in BELONGS_TO.items() if key in said and kind not in kinds}


def pairs(said: Mapping[str, Any]) -> dict[str, str]:
    """What contradicts something else that was said; every value given here is readable by itself."""
    return {**_order(said), **_hours(said), **_both_in_and_out(said)}


def _validity(said: Set[str]) -> dict[str, str]:
    if not said & {"valid_days", "valid_until"}:
        return {"valid_days": "required"}
    if "valid_days" not in said:
        return {"start_delay_days": "only_with_valid_days"} if "start_delay_days" in said else {}
    return {"valid_until": "only_one"} if "valid_until" in said else _only_fixed(said)


def _only_fixed(said: Set[str]) -> dict[str, str]:
    return {"valid_from": "only_with_valid_until"} if "valid_from" in said else {}


def _order(said: Mapping[str, Any]) -> dict[str, str]:
    faults = {}
    # A coupon never pays out.
    if said.get("kind") == "amount_off" and said.get("min_spend_fen", MAX_FEN) < said.get("value_fen", 0):
        faults["min_spend_fen"] = "below_value"
    if {"valid_from", "valid_until"} <= said.keys() and said["valid_until"] < said["valid_from"]:
        faults["valid_until"] = "empty_interval"
    return faults


def _hours(said: Mapping[str, Any]) -> dict[str, str]:
    given = {"from_hour", "until_hour"} & said.keys()
    if len(given) == 1:
        return {({"from_hour", "until_hour"} - given).pop(): "required"}
    return {"until_hour": "empty_interval"} if given and said["from_hour"] == said["until_hour"] else {}


def _both_in_and_out(said: Mapping[str, Any]) -> dict[str, str]:
    kinds = (("skus", "not_skus"), ("categories", "not_categories"))
    return {out: "also_included" for into, out in kinds if set(said.get(into, ())) & set(said.get(out, ()))}


def _validity_date_fault(value: Any) -> str | None:
    # Far enough, and no day's end leaves the calendar.
    return date_fault(value) or (None if "2000-01-01" <= value <= "2199-12-31" else "out_of_range")


def _one_of(words: tuple[str, ...], fault: str) -> Callable[[Any], str | None]:
    return lambda value: None if value in words else fault


def _within(bounds: tuple[int, int]) -> Callable[[Any], str | None]:
    return lambda value: number_fault(value, bounds)


def _list_of(entry_fault: Callable[[Any], str | None]) -> Callable[[Any], str | None]:
    return lambda value: list_fault(value, entry_fault)


def _flag_fault(value: Any) -> str | None:
    return None if isinstance(value, bool) else "not_yes_or_no"


_CHECKS: Final[Mapping[str, Callable[[Any], str | None]]] = {
    "kind": _one_of(KINDS, "unknown_kind"),
    "on_refund": _one_of(ON_REFUND, "unknown_policy"),
    "stack_category": name_fault,
    "exclusive_group": name_fault,
    "goods": text_fault,
    "goods_en": text_fault,
    "valid_from": _validity_date_fault,
    "valid_until": _validity_date_fault,
    "blackout_dates": _list_of(day_fault),
    "weekdays": _list_of(_within(WEEKDAY)),
    **{key: _within(bounds) for key, bounds in RANGES.items()},
    **dict.fromkeys(TEXT_LISTS, _list_of(text_fault)),
    **dict.fromkeys(FLAGS, _flag_fault),
}
