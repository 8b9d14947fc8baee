"""What tier a member holds now: up at once, reviewed when its time is over, down with growth taken back (I12).

Every decision is a function of dates and sums, so a review that comes late, early or twice ends the same.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from app.rules import tier_ladder, tier_periods
from app.rules.tier_ladder import Step
from app.rules.tier_periods import Policy

# Growth that counts from the first date to the last, both included.
GrowthOf = Callable[[date, date], int]


@dataclass(frozen=True, slots=True)
class InForce:
    """The ladder in force, lowest rung first; `settling_after_id` while members are still being moved onto it."""

    steps: tuple[Step, ...]
    policy: Policy
    settling_after_id: int | None = None

    def rank_of(self, growth: int) -> int:
        """The rank a growth value qualifies for."""
        return tier_ladder.standing(self.steps, growth=growth)[0].rank


@dataclass(frozen=True, slots=True)
class Held:
    """A tier by rank and the last date it is sure; None for the lowest rung and for life."""

    rank: int
    through: date | None = None


def settled(ladder: InForce, held: Held, *, growth_of: GrowthOf, today: date) -> Held:
    """What a member of a ladder with periods holds today: reviews that are due first, then up to what they qualify for."""
    policy = ladder.policy
    held = held if held.rank else Held(0)
    while held.rank and held.through is not None and tier_periods.is_due(policy, held.through, today=today):
        held = _reviewed(ladder, held.rank, held.through, growth_of=growth_of)
    return _raised(ladder, held, growth_of=growth_of, today=today)


def moved_to(ladder: InForce, held: Held, *, qualified: int, today: date) -> Held:
    """What a member holds when this ladder takes over: as a review of everybody, on the day, without grace."""
    if ladder.policy.is_for_life:
        return Held(qualified)
    rank = qualified if qualified > held.rank else after_review(ladder.policy.downgrade, held.rank, qualified=qualified)
    return Held(rank, tier_periods.valid_through(ladder.policy, today) if rank else None)


def after_review(downgrade: str, rank: int, *, qualified: int) -> int:
    """The rank after a review: kept when earned again, else by the ladder's word; never below what is qualified for."""
    if qualified >= rank or downgrade == "keep":
        return rank
    return max(rank - 1, qualified) if downgrade == "one_down" else qualified


def justified(ladder: InForce, days: Mapping[date, int], *, today: date) -> Held:
    """The best tier the growth that is left still gives, with the latest last date: `days` is growth by date.

    A tier earned in March stays until its time is over, even when a bigger purchase of May is returned.
    """
    best = Held(0)
    for on in sorted(day for day in {*days, today} if day <= today):
        through = tier_periods.valid_through(ladder.policy, on)
        if through is None or tier_periods.is_due(ladder.policy, through, today=today):
            continue
        first = tier_periods.counts_from(ladder.policy, on)
        rank = ladder.rank_of(sum(amount for day, amount in days.items() if first <= day <= on))
        if rank and rank >= best.rank:
            best = Held(rank, through)
    return best


def better(first: Held, second: Held) -> Held:
    """Two members become one: the higher tier, and the later last date."""
    rank = max(first.rank, second.rank)
    dates = [held.through for held in (first, second) if held.through is not None]
    return Held(rank, max(dates) if rank and dates else None)


def _reviewed(ladder: InForce, rank: int, through: date, *, growth_of: GrowthOf) -> Held:
    first, last = tier_periods.counts_from(ladder.policy, through), tier_periods.last_chance(ladder.policy, through)
    rank = after_review(ladder.policy.downgrade, rank, qualified=ladder.rank_of(growth_of(first, last)))
    return Held(rank, tier_periods.renewed(ladder.policy, through) if rank else None)


def _raised(ladder: InForce, held: Held, *, growth_of: GrowthOf, today: date) -> Held:
    qualified = ladder.rank_of(growth_of(tier_periods.counts_from(ladder.policy, today), today))
    through = tier_periods.valid_through(ladder.policy, today)
    if qualified > held.rank:
        return Held(qualified, through)
    # A year's growth that reaches the rung again makes it sure for the next year already.
    again = qualified == held.rank > 0 and ladder.policy.qualification == "calendar_year"
    return Held(held.rank, max(held.through or date.min, through)) if again and through else held


def by_dates(days: Mapping[date, int] | Sequence[tuple[date, int]]) -> GrowthOf:
    """Growth by date as a function of an interval."""
    pairs = list(days.items()) if isinstance(days, Mapping) else list(days)
    return lambda first, last: sum(amount for day, amount in pairs if first <= day <= last)
