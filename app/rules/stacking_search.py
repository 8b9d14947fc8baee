"""The best set of coupons for a bill: every set is weighed or shown to be no better, so the answer is exact.

Coupons are tried in the order they are applied, so that sets with the same beginning share its work. A branch is left when
the most its other coupons could still save does not beat what was found.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import accumulate, groupby

from app.rules.coupon_conditions import Bill, why_not
from app.rules.coupon_effect import WHOLE_BP, OpenBill, discount_of, most, opened, take, take_evenly
from app.rules.coupon_terms import Terms
from app.rules.stacking_plan import Candidate, Policy, before_tier, covered, in_order, place_of

# Of two sets the smaller merit is the better: saved fen below zero, coupons, when they expire, their keys.
Merit = tuple[int, int, list[datetime], list[int]]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Option:
    """A candidate with what the search asks of it again and again."""

    one: Candidate
    terms: Terms
    category: str
    covered: Sequence[int]
    most_fen: int
    # The option before says the same and goes first: nobody takes this one without that one.
    is_twin: bool


@dataclass(slots=True)
class Best:
    """The best set found so far."""

    merit: Merit
    chosen: list[Candidate] = field(default_factory=list)

    def offer(self, saved_fen: int, options: Sequence[Option]) -> None:
        """Keep a set if it is better."""
        if saved_fen < -self.merit[0]:
            return
        chosen = [option.one for option in options]
        expiries, keys = sorted(one.expires_at for one in chosen), sorted(one.key for one in chosen)
        merit = (-saved_fen, len(chosen), expiries, keys)
        if merit < self.merit:
            self.merit, self.chosen = merit, chosen


def best_set(candidates: Iterable[Candidate], bill: Bill, policy: Policy) -> list[Candidate]:
    """The coupons of the best set; none when none saves anything."""
    useful = {one.key: one for one in candidates if not one.terms.hands_over and why_not(one.terms, bill) is None}
    lines = in_order(bill)
    start = opened(lines)
    places = {key: covered(one.terms, lines) for key, one in useful.items()}
    # Without any coupon the tier's discount is saved.
    best = Best((-(sum(start.left) * policy.tier_discount_bp // WHOLE_BP), 0, [], []))
    for family, with_tier in _families(sorted(useful.values(), key=place_of), policy):
        options = list(_options(family, places, start))
        Walk(options, policy=policy, with_tier=with_tier, best=best).go(start)
    return best.chosen


def _families(ordered: Sequence[Candidate], policy: Policy) -> Iterator[tuple[Sequence[Candidate], bool]]:
    """Coupons that may stand together, and whether the tier's discount stands with them."""
    together = [one for one in ordered if not one.terms.exclusive]
    for family in (together, *([one] for one in ordered if one.terms.exclusive)):
        friendly = [one for one in family if one.terms.with_tier_discount or not policy.tier_discount_bp]
        yield friendly, True
        if len(friendly) < len(family):
            yield family, False


def _options(family: Sequence[Candidate], places: dict[int, list[int]], start: OpenBill) -> Iterator[Option]:
    # Coupons of the same terms next to each other change places freely: the soonest to expire goes first.
    for terms, twins in groupby(family, key=lambda one: one.terms):
        for nth, one in enumerate(sorted(twins, key=lambda one: (one.expires_at, one.key))):
            most_fen = most(terms, places[one.key], start)
            yield Option(
                one=one,
                terms=terms,
                category=terms.stacks_as,
                covered=places[one.key],
                most_fen=most_fen,
                is_twin=nth > 0,
            )


@dataclass(frozen=True, slots=True, eq=False)
class Ahead:
    """The most that the options from a place on can do: by how many of them, and who could be the best in a tie."""

    # Saved fen by none, one, two… of them.
    most_fen: list[int]
    soonest: list[datetime]
    keys: list[int]

    def by(self, count: int) -> int:
        """The most that up to so many of them can save."""
        return self.most_fen[min(count, len(self.most_fen) - 1)]

    def best_tie(self, most_fen: int, base_fen: int, chosen: Sequence[Option]) -> Merit:
        """The best merit a set of exactly so much saved could have."""
        more = max(1, bisect_left(self.most_fen, most_fen - base_fen))
        expiries = [option.one.expires_at for option in chosen] + self.soonest[:more]
        keys = [option.one.key for option in chosen] + self.keys[:more]
        return -most_fen, len(chosen) + more, sorted(expiries), sorted(keys)


def _ahead(options: Sequence[Option], policy: Policy) -> Ahead:
    room: Counter[str] = Counter()
    amounts = []
    for option in sorted(options, key=lambda option: -option.most_fen):
        room[option.category] += 1
        if room[option.category] <= policy.limit_of(option.category):
            amounts.append(option.most_fen)
    amounts = [0, *accumulate(amounts[: policy.max_coupons])]
    soonest = sorted(option.one.expires_at for option in options)
    return Ahead(amounts, soonest, sorted(option.one.key for option in options))


class Walk:
    """One walk over a family; what it finds goes to `best`."""

    def __init__(self, options: Sequence[Option], *, policy: Policy, with_tier: bool, best: Best) -> None:
        self.options = options
        self.policy = policy
        self.best = best
        self.discount_bp = policy.tier_discount_bp if with_tier else 0
        self.tier_at = sum(before_tier(option.one) for option in options)
        self.ahead = [_ahead(options[place:], policy) for place in range(len(options))]
        # A set without the tier's discount needs a coupon that forbids it; from this place on there is none.
        forbidding = [place for place, option in enumerate(options) if not option.terms.with_tier_discount]
        self.too_late = len(options) if with_tier else max(forbidding, default=-1) + 1
        self.complete_at_once = with_tier
        self.bill_fen = 0

    def go(self, start: OpenBill) -> None:
        """Weigh every set worth weighing."""
        self.bill_fen = sum(start.left)
        self._extend([], 0, start, 0)

    def _extend(self, chosen: list[Option], first: int, bill: OpenBill, saved_fen: int) -> None:
        """Weigh the sets that go on from `chosen` with options from a place on."""
        for place in range(first, len(self.options)):
            if place == self.tier_at:
                tier_fen = self._tier_fen(saved_fen)
                saved_fen, bill = saved_fen + tier_fen, take_evenly(tier_fen, range(len(bill.left)), bill)
            if not self._may_improve(chosen, place, saved_fen):
                return
            option = self.options[place]
            # A twin whose elder is not in the set is left out as well.
            if not (option.is_twin and place > first) and self._fits(option, chosen):
                self._weigh([*chosen, option], place, bill, saved_fen)

    def _weigh(self, chosen: list[Option], place: int, bill: OpenBill, saved_fen: int) -> None:
        """Weigh one set, and those that go on from it. `bill` and what is saved are from before its last coupon."""
        option, is_full = chosen[-1], len(chosen) == self.policy.max_coupons
        if is_full:
            # Nobody asks how a last coupon is spread.
            discount = discount_of(option.terms, option.covered, bill)
        else:
            discount, bill = take(option.terms, option.covered, bill)
        if not discount:
            return
        saved_fen += discount
        if self._is_complete(chosen):
            self.best.offer(saved_fen + (self._tier_fen(saved_fen) if place < self.tier_at else 0), chosen)
        if not is_full:
            self._extend(chosen, place + 1, bill, saved_fen)

    def _tier_fen(self, saved_fen: int) -> int:
        return (self.bill_fen - saved_fen) * self.discount_bp // WHOLE_BP

    def _is_complete(self, chosen: Sequence[Option]) -> bool:
        return self.complete_at_once or not all(option.terms.with_tier_discount for option in chosen)

    def _fits(self, option: Option, chosen: Sequence[Option]) -> bool:
        group = option.terms.exclusive_group
        if group is not None and any(other.terms.exclusive_group == group for other in chosen):
            return False
        alike = sum(other.category == option.category for other in chosen)
        return alike < self.policy.limit_of(option.category)

    def _may_improve(self, chosen: Sequence[Option], place: int, saved_fen: int) -> bool:
        if place >= self.too_late and not self._is_complete(chosen):
            return False
        ahead, best = self.ahead[place], self.best.merit
        base = saved_fen + (self._tier_fen(saved_fen) if place < self.tier_at else 0)
        most_fen = min(self.bill_fen, base + ahead.by(self.policy.max_coupons - len(chosen)))
        if most_fen != -best[0]:
            return most_fen > -best[0]
        return ahead.best_tie(most_fen, base, chosen) < best
