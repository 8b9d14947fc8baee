"""The stages of a member's life with the shop (S20), told by when and how often they buy. docs/domain/segments.md

Told by figures and the day alone, never by the stage before: whoever counts again finds the same.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date
from typing import Any, Final

from app.errors import LifecycleInvalid
from app.rules.term_values import number_fault

STAGES: Final = ("new", "active", "loyal", "at_risk", "lapsed", "lost", "won_back")
_RANGE: Final = (1, 3_650)


@dataclass(frozen=True, kw_only=True, slots=True)
class Thresholds:
    """Days without a purchase, unless said otherwise. The defaults suit a café; a furniture shop says longer ones."""

    # After the first purchase.
    new_days: int = 30
    at_risk_days: int = 60
    lapsed_days: int = 120
    lost_days: int = 365
    # After the purchase that ended a gap of more than `lapsed_days`.
    won_back_days: int = 60
    # Purchases within 365 days.
    loyal_purchases: int = 6


@dataclass(frozen=True, kw_only=True, slots=True)
class Figures:
    """What a stage is told by."""

    joined_on: date
    first_purchase_on: date | None = None
    last_purchase_on: date | None = None
    # The newest purchase after a gap of more than `lapsed_days`.
    returned_on: date | None = None
    purchases_year: int = 0


def parse(written: Mapping[str, Any]) -> Thresholds:
    """What a shop says of its own. Raises LifecycleInvalid(fields={name: reason}) naming every fault."""
    known = {field.name for field in fields(Thresholds)}
    faults = {name: "unknown_field" for name in written if name not in known}
    faults |= {name: fault for name in known & written.keys() if (fault := number_fault(written[name], _RANGE))}
    if not faults:
        said = Thresholds(**written)
        if said.lapsed_days <= said.at_risk_days:
            faults["lapsed_days"] = "not_after_at_risk_days"
        if said.lost_days <= said.lapsed_days:
            faults["lost_days"] = "not_after_lapsed_days"
    if faults:
        raise LifecycleInvalid(fields=faults)
    return Thresholds(**written)


def stage_of(figures: Figures, *, thresholds: Thresholds, today: date) -> str:
    """The one stage of a member on a day; statements/figures.py says the same over many."""
    quiet = (today - (figures.last_purchase_on or figures.joined_on)).days
    for stage, days in (
        ("lost", thresholds.lost_days),
        ("lapsed", thresholds.lapsed_days),
        ("at_risk", thresholds.at_risk_days),
    ):
        if quiet > days:
            return stage
    if figures.returned_on and (today - figures.returned_on).days <= thresholds.won_back_days:
        return "won_back"
    if figures.purchases_year >= thresholds.loyal_purchases:
        return "loyal"
    is_new = figures.first_purchase_on is None or (today - figures.first_purchase_on).days <= thresholds.new_days
    return "new" if is_new else "active"
