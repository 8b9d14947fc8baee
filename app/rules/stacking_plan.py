"""One set of coupons on one bill: whether its coupons may stand side by side, in which order they come, what each takes off."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from app.errors import CouponNoEffect, CouponsNotCombinable, LoyaltyError
from app.rules.coupon_conditions import Bill, covers, why_not
from app.rules.coupon_effect import WHOLE_BP, OpenBill, opened, take, take_evenly
from app.rules.coupon_terms import Terms
from app.rules.earning_conditions import Line

PER_CATEGORY: Final[Mapping[str, int]] = {"order": 1, "goods": 2, "gift": 2}
PER_UNNAMED_CATEGORY: Final = 1
# Goods first, while their prices are whole; then the tier's share, then shares and amounts; what is handed over last.
_TIER_PLACE: Final = (0, 2)
_KIND_PLACE: Final = {"fixed_price": 0, "exchange": 1, "percent_off": 3, "amount_off": 4, "gift": 5, "experience": 6}


@dataclass(frozen=True, kw_only=True)
class Policy:
    """The programme's: how many coupons on a bill, how many of a category (one not named: 1), the tier's discount."""

    max_coupons: int = 3
    per_category: Mapping[str, int] = field(default_factory=lambda: PER_CATEGORY)
    tier_discount_bp: int = 0

    def limit_of(self, category: str) -> int:
        """How many coupons of a category a bill bears."""
        return self.per_category.get(category, PER_UNNAMED_CATEGORY)


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A coupon that might be used; `key` is whatever number its caller knows it by."""

    key: int
    terms: Terms
    expires_at: datetime


@dataclass(frozen=True, kw_only=True)
class Applied:
    """One coupon's part. What is handed over takes nothing off and costs its worth; before and after are the bill's."""

    key: int
    discount_fen: int
    cost_fen: int
    before_fen: int
    after_fen: int


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Coupons in the order they are applied; the total is theirs and the tier's. Lines by number, as they are paid."""

    applied: tuple[Applied, ...]
    tier_discount_fen: int
    total_discount_fen: int
    payable_fen: int
    lines_after: tuple[Line, ...]


@dataclass(frozen=True, kw_only=True)
class Refused:
    """The first coupon of a set that cannot be part of it, and why."""

    key: int
    error: LoyaltyError


def attempt(candidates: Iterable[Candidate], bill: Bill, policy: Policy) -> Plan | Refused:
    """What using exactly these coupons would come to, or which of them prevents it."""
    ordered = sorted(candidates, key=place_of)
    for one in ordered:
        if error := why_not(one.terms, bill):
            return Refused(key=one.key, error=error)
    return _conflict(ordered, policy) or _use(ordered, bill, policy)


def place_of(one: Candidate) -> tuple[int, int, int]:
    """Where a coupon stands in the order of application."""
    return one.terms.rank, _KIND_PLACE[one.terms.kind], one.key


def before_tier(one: Candidate) -> bool:
    """Whether a coupon comes before the tier's discount, which has the lowest rank."""
    return place_of(one)[:2] < _TIER_PLACE


def tier_discount(bill: OpenBill, discount_bp: int) -> int:
    """The tier's share of what is left, rounded down."""
    return sum(bill.left) * discount_bp // WHOLE_BP


def in_order(bill: Bill) -> tuple[Line, ...]:
    """The lines in the order shares are settled by."""
    return tuple(sorted(bill.lines, key=lambda line: line.line_no))


def covered(terms: Terms, lines: Sequence[Line]) -> list[int]:
    """The places of the lines a coupon covers."""
    return [place for place, line in enumerate(lines) if covers(terms, line)]


def _use(ordered: Sequence[Candidate], bill: Bill, policy: Policy) -> Plan | Refused:
    lines = in_order(bill)
    state = opened(lines)
    with_tier = all(one.terms.with_tier_discount for one in ordered)
    applied: list[Applied] = []
    tier_fen = 0
    # None stands for the tier's discount among the coupons.
    for step in _steps(ordered):
        before = sum(state.left)
        if step is None:
            tier_fen = tier_discount(state, policy.tier_discount_bp) if with_tier else 0
            state = take_evenly(tier_fen, range(len(lines)), state)
            continue
        discount, state = take(step.terms, covered(step.terms, lines), state)
        if not (discount or step.terms.hands_over):
            return Refused(key=step.key, error=CouponNoEffect())
        cost = discount or step.terms.value_fen
        after = before - discount
        applied.append(Applied(key=step.key, discount_fen=discount, cost_fen=cost, before_fen=before, after_fen=after))
    return Plan(
        applied=tuple(applied),
        tier_discount_fen=tier_fen,
        total_discount_fen=tier_fen + sum(one.discount_fen for one in applied),
        payable_fen=sum(state.left),
        lines_after=tuple(replace(line, amount_fen=fen) for line, fen in zip(lines, state.left, strict=True)),
    )


def _steps(ordered: Sequence[Candidate]) -> Iterator[Candidate | None]:
    yield from (one for one in ordered if before_tier(one))
    yield None
    yield from (one for one in ordered if not before_tier(one))


def _conflict(ordered: Sequence[Candidate], policy: Policy) -> Refused | None:
    """The first coupon that may not stand beside those before it."""
    for place, one in enumerate(ordered):
        for reason, others in _clashes(one, ordered[:place], policy):
            keys = [other.key for other in others]
            return Refused(key=one.key, error=CouponsNotCombinable(reason=reason, **{"with": keys}))
    return None


def _clashes(one: Candidate, others: Sequence[Candidate], policy: Policy) -> Iterator[tuple[str, Sequence[Candidate]]]:
    if twins := [other for other in others if other.key == one.key]:
        yield "same_coupon", twins
    if alone := others if one.terms.exclusive else [other for other in others if other.terms.exclusive]:
        yield "exclusive", alone
    group = one.terms.exclusive_group
    if rivals := [other for other in others if group is not None and other.terms.exclusive_group == group]:
        yield "exclusive_group", rivals
    alike = [other for other in others if other.terms.stacks_as == one.terms.stacks_as]
    if len(alike) >= policy.limit_of(one.terms.stacks_as):
        yield "category", alike
    if len(others) >= policy.max_coupons:
        yield "too_many", others
