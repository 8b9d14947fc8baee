"""What a coupon may say: a closed JSON object, read into a value nothing can be missing from.

Stored with its template and never changed there: an edit is a new version. docs/domain/coupon-terms.md
"""

import json
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from datetime import date, timedelta
from functools import lru_cache
from typing import Any, Final

from app.errors import CouponTermsInvalid
from app.rules.coupon_grammar import CATEGORY_OF, GRAMMAR, belonging, pairs, value_fault


@dataclass(frozen=True, kw_only=True, slots=True)
class Terms:
    """The terms of one template version. An empty list and a missing number mean "any"."""

    kind: str
    # What one use of amount_off takes off; of every other kind, the most one use may cost.
    value_fen: int
    # The share taken off: 2000 is 八折.
    percent_bp: int | None = None
    # What one unit costs then.
    price_fen: int | None = None
    # Units handed over free.
    quantity: int | None = None
    # What is handed over, in words.
    goods: str = ""
    goods_en: str = ""
    uses: int | None = None
    # On the goods the coupon covers, as rung up: before any coupon.
    min_spend_fen: int | None = None
    stores: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    skus: tuple[str, ...] = ()
    not_skus: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    not_categories: tuple[str, ...] = ()
    tiers: tuple[str, ...] = ()
    # Monday is 1, Sunday 7.
    weekdays: tuple[int, ...] = ()
    # Local hours, half-open; 22 to 2 passes midnight.
    from_hour: int | None = None
    until_hour: int | None = None
    # Business dates: "2026-12-25", or "12-25" for every year.
    blackout_dates: tuple[str, ...] = ()
    first_purchase_only: bool = False
    valid_days: int | None = None
    start_delay_days: int | None = None
    # Business dates, both included.
    valid_from: str | None = None
    valid_until: str | None = None
    stack_category: str | None = None
    exclusive: bool = False
    exclusive_group: str | None = None
    # The lower, the earlier it is applied.
    rank: int = 0
    with_tier_discount: bool = True
    with_points: bool = True
    on_refund: str = "return_when_full"
    life_limit: int | None = None
    transferable: bool = False

    @property
    def stacks_as(self) -> str:
        """The category it counts in when coupons are combined."""
        return self.stack_category or CATEGORY_OF[self.kind]

    @property
    def times(self) -> int:
        """How often one copy can be used."""
        return self.uses or 1

    @property
    def most_fen(self) -> int:
        """The most one copy may ever cost, over all its uses."""
        return self.value_fen * self.times

    @property
    def hands_over(self) -> bool:
        """Whether something is given beside the bill, which takes nothing off it."""
        return self.kind in {"gift", "experience"}

    def usable_days(self, *, issued_on: date) -> tuple[date, date]:
        """The first and last business date of a copy given out on a day; the first is that day unless terms say later."""
        if self.valid_until is not None:
            begins = date.fromisoformat(self.valid_from) if self.valid_from else issued_on
            return max(begins, issued_on), date.fromisoformat(self.valid_until)
        first = issued_on + timedelta(days=self.start_delay_days or 0)
        return first, first + timedelta(days=self.valid_days or 0)

    def as_json(self) -> dict[str, Any]:
        """What is stored: only what was said, in one order."""
        said = {field.name: getattr(self, field.name) for field in fields(self)}
        listed = {key: list(value) if isinstance(value, tuple) else value for key, value in said.items()}
        return {"v": GRAMMAR, **{key: value for key, value in listed.items() if said[key] != _DEFAULTS[key]}}


_DEFAULTS: Final = {field.name: field.default for field in fields(Terms)}
_REQUIRED: Final = [key for key, default in _DEFAULTS.items() if default is MISSING]


def read(stored: Mapping[str, Any]) -> Terms:
    """Terms that `parse` accepted once, as stored."""
    lists = {key: tuple(value) for key, value in stored.items() if isinstance(value, list)}
    return Terms(**{**{key: value for key, value in stored.items() if key != "v"}, **lists})


@lru_cache(maxsize=1024)
def read_text(stored: str) -> Terms:
    """As `read`, from the JSON itself: a version never changes, and a crowd claims the same few."""
    return read(json.loads(stored))


def parse(written: Mapping[str, Any]) -> Terms:
    """Read what a marketer wrote. Raises CouponTermsInvalid(fields={place: reason}) naming every fault at once."""
    said = {key: value for key, value in written.items() if value is not None and key != "v"}
    faults: dict[str, str] = {}
    if written.get("v", GRAMMAR) != GRAMMAR or isinstance(written.get("v"), bool):
        faults["v"] = "unknown_grammar"
    faults |= dict.fromkeys(map(str, said.keys() - _DEFAULTS.keys()), "unknown_field")
    known = {key: value for key, value in said.items() if key in _DEFAULTS}
    faults |= dict.fromkeys((key for key in _REQUIRED if key not in known), "required")
    faults |= {key: fault for key in sorted(known) if (fault := value_fault(key, known[key]))}
    faults = belonging(known) | faults
    # Two values are only worth comparing when both are readable.
    faults = pairs({key: value for key, value in known.items() if key not in faults}) | faults
    if faults:
        raise CouponTermsInvalid(fields=faults)
    lists = {key: tuple(sorted(set(value))) for key, value in known.items() if isinstance(value, list)}
    return Terms(**{**known, **lists})
