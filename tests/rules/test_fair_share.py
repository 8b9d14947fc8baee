"""Shares follow the weights, to the message; whoever is away leaves theirs to the others and cannot claim it later."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from app.rules import fair_share
from app.rules.fair_share import CREDIT, STEP, Shares

WEIGHTS = st.dictionaries(st.integers(1, 99), st.integers(1, 9), min_size=2, max_size=8)


@given(weights=WEIGHTS, rounds=st.integers(1, 20))
def test_each_gets_its_weight_whenever_you_look(weights: dict[int, int], rounds: int) -> None:
    shares, got = Shares(), Counter[int]()
    total = sum(weights.values())
    for _ in range(rounds * total):
        got[fair_share.pick(shares, weights, n=1)] += 1
    for one, weight in weights.items():
        assert abs(got[one] - rounds * weight) <= 1


@given(weights=WEIGHTS, n=st.integers(1, 8))
def test_several_at_once_are_charged_as_several(weights: dict[int, int], n: int) -> None:
    shares, got = Shares(), Counter[int]()
    total = sum(weights.values())
    for _ in range(40 * total):
        got[fair_share.pick(shares, weights, n=n)] += n
    for one, weight in weights.items():
        assert abs(got[one] - 40 * n * weight) <= 2 * n


def test_when_one_runs_dry_the_others_take_over_and_it_cannot_claim_it_back() -> None:
    shares = Shares()
    for _ in range(1_000):
        fair_share.pick(shares, {1: 5, 2: 5}, n=1)
    for _ in range(10_000):
        assert fair_share.pick(shares, {2: 5}, n=1) == 2
    back = [fair_share.pick(shares, {1: 5, 2: 5}, n=1) for _ in range(200)]
    # It begins a little behind the others, no more.
    assert 100 <= back.count(1) <= 100 + CREDIT * 5 // STEP


def test_what_did_not_leave_is_not_charged() -> None:
    shares, got = Shares(), Counter[int]()
    weights = {1: 1, 2: 1}
    for number in range(1_000):
        one = fair_share.pick(shares, weights, n=4)
        left = 1 if number % 2 else 4
        fair_share.refund(shares, one, weight=1, n=4 - left)
        got[one] += left
    assert abs(got[1] - got[2]) <= 8
