"""Stacking written a second time, as slowly and plainly as it can be said: every set, every line, in fractions.

Nothing is shared with app/rules but the values that go in. Coupons here carry no conditions but goods and a minimum.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import combinations
from math import floor

from app.rules.coupon_conditions import Bill
from app.rules.coupon_terms import Terms
from app.rules.stacking import Candidate, Policy

ORDER = ["fixed_price", "exchange", "tier", "percent_off", "amount_off", "gift", "experience"]
CATEGORY = {"fixed_price": "goods", "exchange": "goods", "gift": "gift", "experience": "gift"}


@dataclass
class Row:
    """A line: what is left of it, in the units no goods coupon has touched and in the others."""

    sku: str
    category: str
    units: int
    untouched: int
    touched: int = 0

    @property
    def left(self) -> int:
        return self.untouched + self.touched


@dataclass
class Outcome:
    """What a set comes to."""

    coupons: dict[int, int] = field(default_factory=dict)
    tier: int = 0
    rows: dict[int, Row] = field(default_factory=dict)

    @property
    def saved(self) -> int:
        return self.tier + sum(self.coupons.values())


def best(candidates: Sequence[Candidate], bill: Bill, policy: Policy) -> tuple[Outcome, set[int]]:
    """The outcome and the keys of the best allowed set."""
    allowed = [
        (chosen, outcome) for chosen in every_set(candidates) if (outcome := use(chosen, bill, policy)) is not None
    ]

    def standing(found: tuple[Sequence[Candidate], Outcome]) -> tuple[object, ...]:
        chosen, outcome = found
        return -outcome.saved, len(chosen), sorted(c.expires_at for c in chosen), sorted(c.key for c in chosen)

    chosen, outcome = min(allowed, key=standing)
    return outcome, {one.key for one in chosen}


def every_set(candidates: Sequence[Candidate]) -> Iterator[Sequence[Candidate]]:
    for size in range(len(candidates) + 1):
        yield from combinations(candidates, size)


def use(chosen: Sequence[Candidate], bill: Bill, policy: Policy) -> Outcome | None:
    """What exactly these coupons come to; None when they may not be used together or one of them does nothing."""
    if not all(meets(one.terms, bill) for one in chosen) or not may_stand_together(chosen, policy):
        return None
    rows = {line.line_no: Row(line.sku, line.category, line.quantity, line.amount_fen) for line in bill.lines}
    outcome = Outcome(rows=rows)
    steps: list[tuple[int, int, int, Candidate | None]] = [
        (one.terms.rank, ORDER.index(one.terms.kind), one.key, one) for one in chosen
    ]
    if all(one.terms.with_tier_discount for one in chosen):
        steps.append((0, ORDER.index("tier"), 0, None))
    for _, _, _, one in sorted(steps, key=lambda step: step[:3]):
        if one is None:
            outcome.tier = floor(Fraction(sum(row.left for row in rows.values()) * policy.tier_discount_bp, 10_000))
            share_out(outcome.tier, rows)
            continue
        discount = use_one(one.terms, {number: row for number, row in rows.items() if is_for(one.terms, row)})
        if discount == 0 and one.terms.kind not in ("gift", "experience"):
            return None
        outcome.coupons[one.key] = discount
    return outcome


def meets(terms: Terms, bill: Bill) -> bool:
    goods = [line for line in bill.lines if is_for(terms, line)]
    named = terms.skus or terms.not_skus or terms.categories or terms.not_categories
    return bool(goods or not named) and sum(line.amount_fen for line in goods) >= (terms.min_spend_fen or 0)


def is_for(terms: Terms, what: object) -> bool:
    sku, category = getattr(what, "sku", ""), getattr(what, "category", "")
    left_out = sku in terms.not_skus or category in terms.not_categories
    return (
        not left_out
        and (sku in terms.skus or terms.skus == ())
        and (category in terms.categories or terms.categories == ())
    )


def may_stand_together(chosen: Sequence[Candidate], policy: Policy) -> bool:
    terms = [one.terms for one in chosen]
    groups = [one.exclusive_group for one in terms if one.exclusive_group]
    categories = [one.stack_category or CATEGORY.get(one.kind, "order") for one in terms]
    return (
        len(terms) <= policy.max_coupons
        and len(groups) == len(set(groups))
        and (len(terms) < 2 or not any(one.exclusive for one in terms))
        and all(categories.count(name) <= policy.per_category.get(name, 1) for name in categories)
    )


def use_one(terms: Terms, rows: dict[int, Row]) -> int:
    left = sum(row.left for row in rows.values())
    if terms.kind in ("gift", "experience"):
        return 0
    if terms.kind in ("percent_off", "amount_off"):
        wanted = terms.value_fen
        if terms.percent_bp is not None:
            wanted = min(wanted, floor(Fraction(left * terms.percent_bp, 10_000)))
        share_out(min(wanted, left), rows)
        return min(wanted, left)
    # One after the other, the dearest unit first: its whole fen, the odd ones stay with the line's last units.
    taken: dict[int, list[int]] = {}
    for number in sorted((n for n in rows if rows[n].units), key=lambda n: (-(rows[n].untouched // rows[n].units), n)):
        row = rows[number]
        wanted = (terms.quantity or 1) - sum(count for count, _ in taken.values())
        count = min(wanted, row.units)
        if count:
            taken[number] = [count, floor(Fraction(row.untouched, row.units) * count)]
    worth = sum(price for _, price in taken.values())
    discount = max(0, min(terms.value_fen, worth - (terms.price_fen or 0)))
    if discount == 0:
        return 0
    parts = {number: price for number, (_, price) in taken.items()}
    for number, part in largest_remainder(discount, parts).items():
        count, price = taken[number]
        rows[number].units -= count
        rows[number].untouched -= price
        rows[number].touched += price - part
    return discount


def share_out(amount: int, rows: dict[int, Row]) -> None:
    if amount == 0:
        return
    for number, part in largest_remainder(amount, {number: row.left for number, row in rows.items()}).items():
        row = rows[number]
        if part:
            from_touched = floor(Fraction(part * row.touched, row.left))
            row.touched -= from_touched
            row.untouched -= part - from_touched


def largest_remainder(amount: int, weights: dict[int, int]) -> dict[int, int]:
    exact = {number: Fraction(amount * weight, sum(weights.values())) for number, weight in weights.items()}
    parts = {number: floor(share) for number, share in exact.items()}
    while sum(parts.values()) < amount:
        # The one furthest behind its exact share; of equals the first line.
        number = min(parts, key=lambda n: (parts[n] - exact[n], n))
        parts[number] += 1
    return parts
