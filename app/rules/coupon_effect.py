"""What one coupon takes off a bill that others have taken from already, line by line. Integers of fen throughout.

Rounding: a share in per cent rounds once, down, in the shop's favour; so does one unit of a line that does not divide.
"""

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from app.rules.coupon_terms import Terms
from app.rules.earning_conditions import Line

WHOLE_BP: Final = 10_000


class OpenBill(NamedTuple):
    """Lines by their number: what is left to pay of each, and of its units no coupon for goods has had yet."""

    left: tuple[int, ...]
    # Of `left`, what belongs to the untouched units, and how many these are.
    fresh: tuple[int, ...]
    units: tuple[int, ...]


class _Picked(NamedTuple):
    """Units of one line a coupon for goods is used on, and what they would cost without it."""

    place: int
    units: int
    worth_fen: int


def opened(lines: Iterable[Line]) -> OpenBill:
    """A bill before its first coupon."""
    amounts = tuple(line.amount_fen for line in lines)
    return OpenBill(amounts, amounts, tuple(line.quantity for line in lines))


def discount_of(terms: Terms, covered: Sequence[int], bill: OpenBill) -> int:
    """What it would take off now, fen; 0 when it has no effect. `covered` are the places of its lines, ascending."""
    if terms.kind == "percent_off":
        base = sum(bill.left[index] for index in covered)
        return min(terms.value_fen, base * (terms.percent_bp or 0) // WHOLE_BP)
    if terms.kind == "amount_off":
        return min(terms.value_fen, sum(bill.left[index] for index in covered))
    if terms.hands_over:
        return 0
    return _off_goods(terms, _pick(terms, covered, bill))


def take(terms: Terms, covered: Sequence[int], bill: OpenBill) -> tuple[int, OpenBill]:
    """The discount, and what is left of every line after it."""
    if terms.kind not in {"fixed_price", "exchange"}:
        discount = discount_of(terms, covered, bill)
        return discount, take_evenly(discount, covered, bill)
    picked = _pick(terms, covered, bill)
    discount = _off_goods(terms, picked)
    return discount, _hand_out(discount, picked, bill) if discount else bill


def take_evenly(discount_fen: int, covered: Sequence[int], bill: OpenBill) -> OpenBill:
    """Take an amount from lines in proportion to what is left of each."""
    if not discount_fen:
        return bill
    left, fresh = list(bill.left), list(bill.fresh)
    shares = spread(discount_fen, [left[index] for index in covered])
    for index, share in zip(covered, shares, strict=True):
        if share:
            touched = left[index] - fresh[index]
            fresh[index] -= share - share * touched // left[index]
            left[index] -= share
    return OpenBill(tuple(left), tuple(fresh), bill.units)


def spread(amount_fen: int, weights: Sequence[int]) -> list[int]:
    """An amount in proportion to weights, by largest remainder, the first of equals first; no share above its weight.

    The amount is at most the sum of the weights.
    """
    whole = sum(weights)
    parts = [divmod(weight * amount_fen, whole) for weight in weights]
    shares = [share for share, _ in parts]
    missing = amount_fen - sum(shares)
    for index in sorted(range(len(parts)), key=lambda index: -parts[index][1])[:missing]:
        shares[index] += 1
    return shares


def most(terms: Terms, covered: Sequence[int], bill: OpenBill) -> int:
    """A bound no discount exceeds, whatever other coupons come before it."""
    if terms.kind in {"percent_off", "amount_off"}:
        return discount_of(terms, covered, bill)
    # A line that does not divide leaves its odd fen to its last units.
    units = sorted((-(-bill.fresh[index] // bill.units[index]), bill.units[index]) for index in covered)
    rest, worth = terms.quantity or 1, 0
    for price, count in reversed(units):
        taken = min(rest, count)
        worth, rest = worth + taken * price, rest - taken
    return max(0, min(terms.value_fen, worth - (terms.price_fen or 0)))


def _pick(terms: Terms, covered: Sequence[int], bill: OpenBill) -> list[_Picked]:
    """The dearest units no other coupon for goods has had, so that a coupon is worth the most it can be."""
    fresh, units = bill.fresh, bill.units
    dearest = sorted((-(fresh[index] // units[index]), index) for index in covered if units[index])
    rest, picked = terms.quantity or 1, []
    for _, index in dearest:
        count = min(rest, units[index])
        picked.append(_Picked(index, count, fresh[index] * count // units[index]))
        rest -= count
        if not rest:
            break
    return picked


def _off_goods(terms: Terms, picked: Iterable[_Picked]) -> int:
    worth = sum(one.worth_fen for one in picked)
    return max(0, min(terms.value_fen, worth - (terms.price_fen or 0)))


def _hand_out(discount_fen: int, picked: Sequence[_Picked], bill: OpenBill) -> OpenBill:
    left, fresh, units = list(bill.left), list(bill.fresh), list(bill.units)
    shares = spread(discount_fen, [one.worth_fen for one in picked])
    for one, share in zip(picked, shares, strict=True):
        left[one.place] -= share
        fresh[one.place] -= one.worth_fen
        units[one.place] -= one.units
    return OpenBill(tuple(left), tuple(fresh), tuple(units))
