"""When an event brings a coupon: a closed JSON object of conditions for each event, and whether one holds.

docs/domain/coupon-automations.md shows the grammar to a marketer.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any, Final

from app.errors import AutomationConditionsInvalid
from app.rules.earning_conditions import Line, in_channels
from app.rules.term_values import list_fault, number_fault, text_fault

# What may be asked of an event. Nothing asked is every one of them.
BELONGS_TO: Final = {
    "joined": frozenset({"channels"}),
    "anniversary": frozenset({"years"}),
    "tier_up": frozenset({"tiers"}),
    "purchase": frozenset({"channels", "categories", "skus", "min_paid_fen", "nth"}),
    "check_in": frozenset({"streak", "monthly_count"}),
}
RANGES: Final = {
    "min_paid_fen": (1, 1_000_000_000),
    "nth": (1, 100_000),
    "streak": (1, 3_660),
    "monthly_count": (1, 31),
}
YEARS: Final = (1, 100)
TEXT_LISTS: Final = ("channels", "categories", "skus", "tiers")


@dataclass(frozen=True, kw_only=True, slots=True)
class Conditions:
    """All of them must hold; an empty list and a missing number ask nothing."""

    channels: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    skus: tuple[str, ...] = ()
    # Paid for the goods named; for the whole bill when none are.
    min_paid_fen: int | None = None
    # Which purchase of the member's it must be.
    nth: int | None = None
    years: tuple[int, ...] = ()
    tiers: tuple[str, ...] = ()
    # Exactly one of them: the check-in that reaches so many days in a row, or so many in its calendar month.
    streak: int | None = None
    monthly_count: int | None = None

    def as_json(self) -> dict[str, Any]:
        """What is stored: only what was said."""
        said = {field.name: getattr(self, field.name) for field in fields(self)}
        listed = {key: list(value) if isinstance(value, tuple) else value for key, value in said.items()}
        return {key: value for key, value in listed.items() if value not in (None, [])}


@dataclass(frozen=True, kw_only=True, slots=True)
class Happening:
    """What is known of an event that happened to a member."""

    channel: str = ""
    lines: tuple[Line, ...] = ()
    # Asked only when a condition wants to know: it costs a look at the purchases.
    nth: Callable[[], int] = lambda: 1
    years: int = 0
    tier_code: str = ""
    streak: int = 0
    monthly_count: int = 0


def parse(written: Mapping[str, Any], *, event: str) -> Conditions:
    """Read what a marketer wrote. Raises AutomationConditionsInvalid(fields={place: reason}) naming every fault at once."""
    known, allowed = {field.name for field in fields(Conditions)}, BELONGS_TO[event]
    said = {str(key): value for key, value in written.items() if value is not None}
    faults = {key: "not_for_this_event" if key in known else "unknown_field" for key in said.keys() - allowed}
    for key in said.keys() & allowed:
        fault = _fault(key, said[key])
        if fault:
            faults[key] = fault
    asked = said.keys() & BELONGS_TO["check_in"]
    if event == "check_in" and len(asked) != 1:
        faults |= dict.fromkeys(asked or {"streak"}, "exactly_one_of_streak_and_monthly_count")
    if faults:
        raise AutomationConditionsInvalid(fields=dict(sorted(faults.items())))
    return read({key: sorted(set(value)) if isinstance(value, list) else value for key, value in said.items()})


def read(stored: Mapping[str, Any]) -> Conditions:
    """Conditions that `parse` accepted once, as stored."""
    said: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in stored.items()}
    return Conditions(**said)


def holds(conditions: Conditions, happening: Happening) -> bool:
    """Whether this happening brings the coupon."""
    return all(
        (
            in_channels(happening.channel, conditions.channels),
            not conditions.years or happening.years in conditions.years,
            not conditions.tiers or happening.tier_code in conditions.tiers,
            conditions.streak in (None, happening.streak),
            conditions.monthly_count in (None, happening.monthly_count),
            _goods(conditions, happening),
        )
    ) and (conditions.nth is None or conditions.nth == happening.nth())


def _goods(conditions: Conditions, happening: Happening) -> bool:
    named = bool(conditions.categories or conditions.skus)
    covered = [
        line
        for line in happening.lines
        if (not conditions.categories or line.category in conditions.categories)
        and (not conditions.skus or line.sku in conditions.skus)
    ]
    if named and not covered:
        return False
    return conditions.min_paid_fen is None or sum(line.amount_fen for line in covered) >= conditions.min_paid_fen


def _fault(key: str, value: Any) -> str | None:
    if key in RANGES:
        return number_fault(value, RANGES[key])
    if key in TEXT_LISTS:
        return list_fault(value, text_fault)
    return list_fault(value, lambda entry: number_fault(entry, YEARS))
