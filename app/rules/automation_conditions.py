"""What must hold of the event of an automation besides: a closed JSON object by kind. docs/domain/automations.md"""

from collections.abc import Mapping
from typing import Any, Final

from app.errors import AutomationConditionsInvalid
from app.rules.term_values import list_fault, number_fault, text_fault

# What may be asked; nothing asked is every one of them. Of anniversaries the years, of bills where and what was bought.
BELONGS_TO: Final[Mapping[str, frozenset[str]]] = {
    "anniversary": frozenset({"years"}),
    "welcome": frozenset({"channels"}),
    "after_purchase": frozenset({"channels", "stores", "categories", "min_paid_fen"}),
    "points_will_expire": frozenset({"min_points"}),
    "tier_up": frozenset({"tiers"}),
    "tier_down": frozenset({"tiers"}),
}
NUMBERS: Final = {"min_paid_fen": (1, 1_000_000_000), "min_points": (1, 1_000_000_000)}
TEXTS: Final = ("channels", "stores", "categories", "tiers")
YEARS: Final = (1, 100)


def check(written: Mapping[str, Any], *, kind: str) -> None:
    """Raises AutomationConditionsInvalid(fields={place: reason}) naming every fault at once."""
    allowed = BELONGS_TO.get(kind, frozenset())
    known = frozenset().union(*BELONGS_TO.values())
    faults = {key: "not_for_this_kind" if key in known else "unknown_field" for key in written.keys() - allowed}
    for key in written.keys() & allowed:
        fault = _fault(key, written[key])
        if fault:
            faults[key] = fault
    if faults:
        raise AutomationConditionsInvalid(fields=dict(sorted(faults.items())))


def bindings(stored: Mapping[str, Any]) -> dict[str, Any]:
    """As the statements name them: an empty list and a nought ask nothing."""
    lists = {f"ask_{key}": list(stored.get(key, ())) for key in TEXTS}
    return {**lists, **{f"ask_{key}": stored.get(key, 0) for key in NUMBERS}}


def _fault(key: str, value: Any) -> str | None:
    if key in NUMBERS:
        return number_fault(value, NUMBERS[key])
    if key in TEXTS:
        return list_fault(value, text_fault)
    return list_fault(value, lambda entry: number_fault(entry, YEARS))
