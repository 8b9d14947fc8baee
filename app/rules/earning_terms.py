"""What an earning rule may say: a closed JSON object, read into a value nothing can be missing from.

docs/domain/earning.md shows the grammar to a marketer.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Final

from app.errors import ExpiryTermsInvalid, RuleTermsInvalid
from app.rules import expiry_terms
from app.rules.term_values import MAX_ENTRIES, day_fault, list_fault, name_fault, number_fault, text_fault

__all__ = ["MAX_ENTRIES", "NUMBER_LISTS", "RANGES", "Terms", "parse", "read"]

# Raised when the grammar changes, so that stored versions keep meaning what they meant.
GRAMMAR: Final = 1

KINDS: Final = ("per_yuan", "multiplier", "fixed")
# What a kind needs, and what only a bill with lines can answer.
NEEDS: Final = {"per_yuan": "rate", "multiplier": "factor_bp", "fixed": "amount"}
BELONGS_TO: Final = {
    "rate": "per_yuan",
    "yuan": "per_yuan",
    "factor_bp": "multiplier",
    "group": "multiplier",
    "amount": "fixed",
}
ONLY_PURCHASE: Final = frozenset({"categories", "skus", "min_items", "min_paid_fen", "nth_purchase", "every_nth"})
ONLY_POINTS: Final = frozenset({"pending_days", "expiry"})

# Lowest and highest value: with the largest bill a schema lets through no payment leaves 64 bits, by far.
RANGES: Final = {
    "rate": (1, 1_000),
    "yuan": (1, 1_000),
    # ×1.0001 to ×10: basis points of the whole, so ×2 is 20000.
    "factor_bp": (10_001, 100_000),
    "amount": (1, 1_000_000),
    "from_hour": (0, 23),
    "until_hour": (1, 24),
    "min_items": (1, 10_000),
    "min_paid_fen": (1, 1_000_000_000),
    "nth_purchase": (1, 100_000),
    "every_nth": (2, 100_000),
    "cap_per_bill": (1, 100_000_000),
    "cap_per_day": (1, 100_000_000),
    "cap_per_member": (1, 1_000_000_000),
    "pending_days": (0, 365),
}
TEXT_LISTS: Final = ("stores", "channels", "categories", "skus", "tiers")
NUMBER_LISTS: Final = {"weekdays": (1, 7), "years": (1, 100)}


@dataclass(frozen=True, kw_only=True)
class Terms:
    """The terms of one version. An empty list and a missing number mean "any"."""

    kind: str
    # Units for each `yuan` yuan paid.
    rate: int | None = None
    yuan: int | None = None
    factor_bp: int | None = None
    group: str | None = None
    amount: int | None = None
    stores: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    skus: tuple[str, ...] = ()
    tiers: tuple[str, ...] = ()
    # Monday is 1, Sunday 7.
    weekdays: tuple[int, ...] = ()
    # The anniversaries that pay.
    years: tuple[int, ...] = ()
    # Local hours, half-open; 22 to 2 passes midnight.
    from_hour: int | None = None
    until_hour: int | None = None
    # Business dates, both included: "2026-12-01", or "12-01" for every year.
    from_date: str | None = None
    until_date: str | None = None
    min_items: int | None = None
    min_paid_fen: int | None = None
    nth_purchase: int | None = None
    every_nth: int | None = None
    cap_per_bill: int | None = None
    cap_per_day: int | None = None
    cap_per_member: int | None = None
    pending_days: int | None = None
    expiry: str | None = None

    @property
    def counts_purchases(self) -> bool:
        """Whether it matters which purchase of the member's a bill is."""
        return self.nth_purchase is not None or self.every_nth is not None

    def as_json(self) -> dict[str, Any]:
        """What is stored: only what was said, in one order."""
        said = {field.name: getattr(self, field.name) for field in fields(self)}
        listed = {key: list(value) if isinstance(value, tuple) else value for key, value in said.items()}
        return {"v": GRAMMAR, **{key: value for key, value in listed.items() if value not in (None, [])}}


_KNOWN = frozenset(field.name for field in fields(Terms))


def read(stored: Mapping[str, Any]) -> Terms:
    """Terms that `parse` accepted once, as stored."""
    lists = {key: tuple(value) for key, value in stored.items() if isinstance(value, list)}
    return Terms(**{**{key: value for key, value in stored.items() if key != "v"}, **lists})


def parse(written: Mapping[str, Any], *, event: str, ledger: str) -> Terms:
    """Read what a marketer wrote. Raises RuleTermsInvalid(fields={place: reason}) naming every fault at once."""
    faults: dict[str, str] = {}
    said = {key: value for key, value in written.items() if value is not None and key != "v"}
    if written.get("v", GRAMMAR) != GRAMMAR or isinstance(written.get("v"), bool):
        faults["v"] = "unknown_grammar"
    faults |= dict.fromkeys(map(str, said.keys() - _KNOWN), "unknown_field")
    values = {key: _value(key, said[key], faults) for key in sorted(said.keys() & _KNOWN)}
    faults |= {key: why for key, why in _belonging(values, event=event, ledger=ledger).items() if key not in faults}
    if not faults:
        faults |= _pairs(values)
    if faults:
        raise RuleTermsInvalid(fields=faults)
    return Terms(**values)


def _value(key: str, value: Any, faults: dict[str, str]) -> Any:
    why = _fault(key, value)
    if why:
        faults[key] = why
        return value
    return tuple(sorted(set(value))) if isinstance(value, list) else value


def _fault(key: str, value: Any) -> str | None:
    if key in RANGES:
        return number_fault(value, RANGES[key])
    if key in NUMBER_LISTS:
        return list_fault(value, lambda entry: number_fault(entry, NUMBER_LISTS[key]))
    if key in TEXT_LISTS:
        return list_fault(value, text_fault)
    if key == "kind":
        return None if value in KINDS else "unknown_kind"
    return {"group": name_fault, "expiry": _expiry_fault}.get(key, day_fault)(value)


def _expiry_fault(value: Any) -> str | None:
    try:
        expiry_terms.parse(value if isinstance(value, str) else "")
    except ExpiryTermsInvalid:
        return "not_an_expiry"
    return None


def _belonging(values: Mapping[str, Any], *, event: str, ledger: str) -> dict[str, str]:
    """What is missing, and what has no meaning for this kind, event or ledger."""
    kind = values.get("kind")
    if kind not in KINDS:
        return {} if "kind" in values else {"kind": "required"}
    faults = {} if NEEDS[kind] in values else {NEEDS[kind]: "required"}
    if event != "purchase" and kind != "fixed":
        faults["kind"] = "only_for_purchases"
    faults |= {key: "not_for_this_kind" for key, owner in BELONGS_TO.items() if key in values and owner != kind}
    if event != "purchase":
        faults |= dict.fromkeys(ONLY_PURCHASE & values.keys(), "only_for_purchases")
    if event != "anniversary" and "years" in values:
        faults["years"] = "only_for_anniversaries"
    if ledger != "points":
        faults |= dict.fromkeys(ONLY_POINTS & values.keys(), "only_for_points")
    return faults


def _pairs(values: Mapping[str, Any]) -> dict[str, str]:
    faults: dict[str, str] = {}
    for first, last in (("from_hour", "until_hour"), ("from_date", "until_date")):
        given = [key for key in (first, last) if key in values]
        if len(given) == 1 and first == "from_hour":
            faults[last if first in values else first] = "required"
    if "from_hour" in values and values["from_hour"] == values.get("until_hour"):
        faults["until_hour"] = "empty_interval"
    begins, ends = values.get("from_date"), values.get("until_date")
    if begins and ends and len(begins) != len(ends):
        faults["until_date"] = "mixed_dates"
    elif begins and ends and len(begins) == 10 and ends < begins:
        faults["until_date"] = "empty_interval"
    yearly = [key for key in ("from_date", "until_date") if len(values.get(key) or "") == 5]
    if len(yearly) == 1 and not faults:
        # A yearly season without its other end would be the whole year or nothing, nobody could tell which.
        faults[({"from_date", "until_date"} - set(yearly)).pop()] = "required"
    return faults
