"""What a segment's rule may ask: the questions, what each is told, and the ranges. docs/domain/segments.md

A question is one object, {"is": "purchases", "days": 90, "min": 2}; groups of them are read by rules/segment_rule.py.
"""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from app.rules.lifecycle import STAGES
from app.rules.term_values import date_fault, list_fault, number_fault, text_fault

# Raised when the grammar changes, so that stored rules keep meaning what they meant.
GRAMMAR: Final = 1
MAX_DEPTH: Final = 6
MAX_PARTS: Final = 20
MAX_QUESTIONS: Final = 60

Check = Callable[[Any], str | None]

# Lowest and highest value.
_DAYS: Final = (1, 3_650)
_AHEAD: Final = (0, 3_650)
_AGO: Final = (0, 36_500)
_COUNT: Final = (0, 100_000)
_AMOUNT: Final = (0, 1_000_000_000_000)
_SCORE: Final = (1, 5)
_MONTH: Final = (1, 12)


@dataclass(frozen=True, kw_only=True)
class Shape:
    """What one question is told: each value by its name, those it cannot do without, and the two ends of its range."""

    checks: Mapping[str, Check] = field(default_factory=dict)
    needs: tuple[str, ...] = ()
    ends: tuple[str, str] = ("min", "max")
    # One end must be said. Where it need not, none means "at least one".
    is_bounded: bool = False


def _within(bounds: tuple[int, int]) -> Check:
    return lambda value: number_fault(value, bounds)


def _list_of(entry_fault: Check) -> Check:
    return lambda value: list_fault(value, entry_fault)


def _stage_fault(value: Any) -> str | None:
    return None if isinstance(value, str) and value in STAGES else "unknown_stage"


def _id_fault(value: Any) -> str | None:
    """A public id as the API tells it."""
    try:
        return None if isinstance(value, str) and str(uuid.UUID(value)) == value else "not_an_id"
    except ValueError:
        return "not_an_id"


def _validity_fault(value: Any) -> str | None:
    # No day's end leaves the calendar.
    return date_fault(value) or (None if "1900-01-01" <= value <= "2999-12-31" else "out_of_range")


def _any_of(entry_fault: Check) -> Shape:
    return Shape(checks={"any_of": _list_of(entry_fault)}, needs=("any_of",))


def _between(bounds: tuple[int, int]) -> Shape:
    return Shape(checks=_ends(bounds), is_bounded=True)


def _count(*kinds: Mapping[str, Check], bounds: tuple[int, int] = _COUNT, needs: tuple[str, ...] = ()) -> Shape:
    return Shape(
        checks={**_ends(bounds), **{name: check for kind in kinds for name, check in kind.items()}}, needs=needs
    )


def _ends(bounds: tuple[int, int]) -> dict[str, Check]:
    return {"min": _within(bounds), "max": _within(bounds)}


_TEXTS, _IDS = _list_of(text_fault), _list_of(_id_fault)
_SOON: Final = {"days": _within(_AHEAD)}
_SINCE: Final = {"days": _within(_DAYS)}
_BILLS: Final = {**_SINCE, **dict.fromkeys(("stores", "channels", "categories", "skus"), _TEXTS)}
_COPIES: Final = dict.fromkeys(("batches", "templates"), _IDS)
_MESSAGES: Final = {**_SINCE, "topics": _TEXTS}

QUESTIONS: Final[Mapping[str, Shape]] = {
    # profile
    "joined_on": Shape(
        checks={"from": _validity_fault, "until": _validity_fault}, ends=("from", "until"), is_bounded=True
    ),
    "joined_days_ago": _between(_AGO),
    "joined_channel": _any_of(text_fault),
    "joined_store": _any_of(text_fault),
    "birthday_month": _any_of(_within(_MONTH)),
    "birthday_this_month": Shape(),
    "has_birthday": Shape(),
    "has_phone": Shape(),
    "locale": _any_of(text_fault),
    "marketing_consent": Shape(),
    # what the shop knows and keeps of them
    "tag": _any_of(text_fault),
    "member_list": _any_of(_id_fault),
    "tier": _any_of(text_fault),
    "points_balance": _between(_AMOUNT),
    "points_expiring": _count(_SOON, bounds=_AMOUNT, needs=("days",)),
    "growth": _between(_AMOUNT),
    "lifecycle": _any_of(_stage_fault),
    "recency_score": _between(_SCORE),
    "frequency_score": _between(_SCORE),
    "money_score": _between(_SCORE),
    # what they did
    "last_purchase_days_ago": _between(_AGO),
    "purchases": _count(_BILLS),
    "spent_fen": Shape(checks={**_ends(_AMOUNT), **_BILLS}, is_bounded=True),
    "last_check_in_days_ago": _between(_AGO),
    "check_ins": _count(_SINCE),
    "coupons_held": _count(_COPIES),
    "coupons_expiring": _count(_SOON, _COPIES, needs=("days",)),
    "coupons_redeemed": _count(_SINCE, _COPIES),
    "messages_sent": _count(_MESSAGES),
    "messages_opened": _count(_MESSAGES),
}


def faults_of(kind: str, said: Mapping[str, Any]) -> dict[str, str]:
    """What is wrong with what a known question was told, by name."""
    shape = QUESTIONS[kind]
    faults = dict.fromkeys((name for name in shape.needs if name not in said), "required")
    for name, value in said.items():
        fault = shape.checks[name](value) if name in shape.checks else "unknown_field"
        if fault:
            faults[name] = fault
    return faults or _range_faults(shape, said)


def _range_faults(shape: Shape, said: Mapping[str, Any]) -> dict[str, str]:
    low, high = shape.ends
    if shape.is_bounded and low not in said and high not in said:
        return {low: "required"}
    if low in said and high in said and said[low] > said[high]:
        return {high: "empty_interval"}
    return {}
