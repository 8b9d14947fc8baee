"""Coupons together on one bill: use a set, explain each, propose the best. docs/domain/coupon-terms.md"""

from collections.abc import Iterable
from dataclasses import dataclass

from app.errors import LoyaltyError
from app.rules.coupon_conditions import Bill
from app.rules.stacking_plan import Applied, Candidate, Plan, Policy, Refused, attempt
from app.rules.stacking_search import best_set

__all__ = ["Applied", "Candidate", "Explained", "Plan", "Policy", "Refused", "apply", "attempt", "best", "explain"]


@dataclass(frozen=True, kw_only=True)
class Explained:
    """A coupon alone on the bill. `saves_fen` is below zero when the tier's discount it forbids is worth more."""

    key: int
    applies: bool
    refusal: LoyaltyError | None
    saves_fen: int


def apply(candidates: Iterable[Candidate], bill: Bill, policy: Policy) -> Plan:
    """Use exactly these coupons. Raises the first refusal: a condition, CouponsNotCombinable, CouponNoEffect."""
    outcome = attempt(candidates, bill, policy)
    if isinstance(outcome, Refused):
        raise outcome.error
    return outcome


def explain(candidates: Iterable[Candidate], bill: Bill, policy: Policy) -> list[Explained]:
    """Each coupon by itself, in the order given: whether it applies, why not, what it saves over the bill without it."""
    without = apply([], bill, policy).total_discount_fen
    return [_alone(one.key, attempt([one], bill, policy), without) for one in candidates]


def best(candidates: Iterable[Candidate], bill: Bill, policy: Policy) -> Plan:
    """The set that saves most, the tier's discount included; of equals the fewest coupons, then the soonest to expire.

    What is handed over saves nothing and is left to the member to choose. Exact; measured for twenty candidates.
    """
    return apply(best_set(candidates, bill, policy), bill, policy)


def _alone(key: int, outcome: Plan | Refused, without_fen: int) -> Explained:
    if isinstance(outcome, Refused):
        return Explained(key=key, applies=False, refusal=outcome.error, saves_fen=0)
    return Explained(key=key, applies=True, refusal=None, saves_fen=outcome.total_discount_fen - without_fen)
