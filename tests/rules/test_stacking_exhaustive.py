"""The proposed combination is the best allowed one: made-up wallets and bills against a search that weighs every set."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.errors import LoyaltyError
from app.rules import stacking
from app.rules.coupon_conditions import Bill
from app.rules.coupon_terms import Terms
from app.rules.earning_conditions import Line
from app.rules.stacking import Candidate, Plan, Policy
from tests.rules import exhaustive_stacking as exhaustive

NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
FEN = st.one_of(st.integers(1, 40), st.integers(1, 40).map(lambda yuan: yuan * 100))
SOME = {"skus": st.sampled_from(["a", "b", "c", ""]), "categories": st.sampled_from(["x", "y", ""])}

LINES = st.lists(
    st.builds(
        Line,
        line_no=st.just(0),
        amount_fen=st.one_of(st.just(0), FEN, st.integers(1, 20_000)),
        quantity=st.sampled_from([1, 2, 3, 7]),
        sku=SOME["skus"],
        category=SOME["categories"],
    ),
    min_size=1,
    max_size=4,
).map(lambda lines: tuple(Line(**{**one.__dict__, "line_no": 9 - n}) for n, one in enumerate(lines)))

GOODS: st.SearchStrategy[dict[str, tuple[str, ...]]] = st.one_of(
    st.just({}),
    st.just({}),
    SOME["skus"].map(lambda sku: {"skus": (sku,)}),
    SOME["skus"].map(lambda sku: {"not_skus": (sku,)}),
    SOME["categories"].map(lambda name: {"categories": (name,)}),
    SOME["categories"].map(lambda name: {"not_categories": (name,)}),
)
KINDS = st.one_of(
    FEN.map(lambda fen: {"kind": "amount_off", "value_fen": fen, "min_spend_fen": fen}),
    st.builds(
        lambda fen, bp: {"kind": "percent_off", "value_fen": fen, "percent_bp": bp},
        FEN,
        st.sampled_from([1, 500, 1_000, 2_000, 3_333, 10_000]),
    ),
    st.builds(lambda fen, price: {"kind": "fixed_price", "value_fen": fen, "price_fen": price - 1}, FEN, FEN),
    st.builds(
        lambda fen, n: {"kind": "exchange", "value_fen": fen, "quantity": n, "goods": "茶"}, FEN, st.integers(1, 3)
    ),
    st.builds(
        lambda fen, kind: {"kind": kind, "value_fen": fen, "goods": "袋"}, FEN, st.sampled_from(["gift", "experience"])
    ),
)
TERMS = st.builds(
    lambda kind, goods, rest: Terms(**{**rest, **kind, **goods}),
    KINDS,
    GOODS,
    st.fixed_dictionaries(
        {
            "exclusive": st.sampled_from([False, False, False, False, False, True]),
            "exclusive_group": st.sampled_from([None, None, None, "one", "two"]),
            "stack_category": st.sampled_from([None, None, "order", "goods", "own"]),
            "rank": st.sampled_from([0, 0, 0, 0, 5, 1_000]),
            "with_tier_discount": st.sampled_from([True, True, True, False]),
        }
    ),
)


def wallet(terms: list[Terms], picks: list[tuple[int, int]]) -> list[Candidate]:
    """Several copies of a few terms, as in a real wallet, keys in any order."""
    keys = [(7 * place) % 11 for place in range(len(picks))]
    return [
        Candidate(key=key, terms=terms[which % len(terms)], expires_at=NOW + timedelta(days=days))
        for key, (which, days) in zip(keys, picks, strict=True)
    ]


WALLETS = st.builds(
    wallet,
    st.lists(TERMS, min_size=1, max_size=6),
    st.lists(st.tuples(st.integers(0, 5), st.integers(1, 3)), max_size=6),
)
POLICIES = st.builds(
    Policy,
    max_coupons=st.sampled_from([0, 1, 2, 3, 3, 4, 5, 6, 6]),
    per_category=st.sampled_from(
        [
            Policy().per_category,
            {"order": 6, "goods": 6, "gift": 6},
            {"order": 6, "goods": 6, "own": 2},
            {"order": 3},
            {},
        ]
    ),
    tier_discount_bp=st.sampled_from([0, 0, 500, 1_200, 10_000]),
)


def bill_of(lines: tuple[Line, ...]) -> Bill:
    return Bill(
        on=date(2026, 11, 20),
        hour=10,
        store_code="S1",
        channel="store:S1",
        tier_code=None,
        is_first_purchase=False,
        lines=lines,
    )


def check_sums(plan: Plan, bill: Bill) -> None:
    """Line by line and in all, in whole fen, nothing below zero."""
    before = {line.line_no: line for line in bill.lines}
    taken = {line.line_no: before[line.line_no].amount_fen - line.amount_fen for line in plan.lines_after}
    assert taken.keys() == before.keys()
    assert all(type(line.amount_fen) is int and line.amount_fen >= 0 for line in plan.lines_after)
    assert all(fen >= 0 for fen in taken.values())
    assert sum(taken.values()) == plan.total_discount_fen
    assert plan.total_discount_fen == plan.tier_discount_fen + sum(one.discount_fen for one in plan.applied)
    assert plan.payable_fen == sum(line.amount_fen for line in plan.lines_after)
    assert all(one.before_fen - one.discount_fen == one.after_fen for one in plan.applied)


def check_rules(plan: Plan, candidates: list[Candidate], policy: Policy) -> None:
    terms = {one.key: one.terms for one in candidates}
    used = [terms[one.key] for one in plan.applied]
    assert exhaustive.may_stand_together(
        [one for one in candidates if one.key in {a.key for a in plan.applied}], policy
    )
    for one in plan.applied:
        assert one.cost_fen <= terms[one.key].value_fen
        assert one.discount_fen > 0 or terms[one.key].kind in ("gift", "experience")
    if not all(one.with_tier_discount for one in used):
        assert plan.tier_discount_fen == 0


@settings(max_examples=400, deadline=None)
@given(candidates=WALLETS, lines=LINES, policy=POLICIES)
def test_the_best_set_is_the_best_of_all_sets(
    candidates: list[Candidate], lines: tuple[Line, ...], policy: Policy
) -> None:
    bill = bill_of(lines)
    plan = stacking.best(candidates, bill, policy)
    outcome, keys = exhaustive.best(candidates, bill, policy)
    assert plan.total_discount_fen == outcome.saved
    assert {one.key for one in plan.applied} == keys
    check_sums(plan, bill)
    check_rules(plan, candidates, policy)


@settings(max_examples=400, deadline=None)
@given(candidates=WALLETS, lines=LINES, policy=POLICIES)
def test_every_set_comes_to_the_same_or_is_refused_by_both(
    candidates: list[Candidate], lines: tuple[Line, ...], policy: Policy
) -> None:
    bill = bill_of(lines)
    for chosen in exhaustive.every_set(candidates):
        outcome = exhaustive.use(chosen, bill, policy)
        if outcome is None:
            with pytest.raises(LoyaltyError):
                stacking.apply(chosen, bill, policy)
            continue
        plan = stacking.apply(chosen, bill, policy)
        assert {one.key: one.discount_fen for one in plan.applied} == outcome.coupons
        assert plan.tier_discount_fen == outcome.tier
        assert {line.line_no: line.amount_fen for line in plan.lines_after} == {
            n: r.left for n, r in outcome.rows.items()
        }
        check_sums(plan, bill)


@settings(max_examples=100, deadline=None)
@given(candidates=WALLETS, lines=LINES, policy=POLICIES)
def test_each_coupon_is_explained_by_itself(
    candidates: list[Candidate], lines: tuple[Line, ...], policy: Policy
) -> None:
    bill = bill_of(lines)
    without = exhaustive.use([], bill, policy)
    assert without is not None
    for one, told in zip(candidates, stacking.explain(candidates, bill, policy), strict=True):
        outcome = exhaustive.use([one], bill, policy)
        assert told.key == one.key
        assert told.applies == (outcome is not None) == (told.refusal is None)
        assert told.saves_fen == (outcome.saved - without.saved if outcome else 0)
