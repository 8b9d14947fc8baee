"""Lift: published examples, edges, and too few people."""

import random
from statistics import fmean, variance

import pytest

from app.rules import lift, message_cost, message_link
from app.rules.lift import Arm

# R. G. Newcombe, Statistics in Medicine 17 (1998), table II, method 10: hits and people of both, low and high.
NEWCOMBE = [
    ((56, 70, 48, 80), (0.0524, 0.3339)),
    ((9, 10, 3, 10), (0.1705, 0.8090)),
    ((6, 7, 2, 7), (0.0582, 0.8062)),
    ((5, 56, 0, 29), (-0.0381, 0.1926)),
    ((0, 10, 0, 20), (-0.1611, 0.2775)),
    ((0, 10, 0, 10), (-0.2775, 0.2775)),
    ((10, 10, 0, 20), (0.6791, 1.0)),
    ((10, 10, 0, 10), (0.6075, 1.0)),
]
# Two-sided 95 % points of Student's t, as tables have them.
STUDENT = [(10, 2.2281), (30, 2.0423), (120, 1.9799), (1_000_000, 1.9600)]


def arm(spends: list[int]) -> Arm:
    return Arm(
        people=len(spends),
        bought=sum(fen > 0 for fen in spends),
        spent_fen=sum(spends),
        spent_squared=sum(fen * fen for fen in spends),
    )


@pytest.mark.parametrize(("counts", "interval"), NEWCOMBE)
def test_shares_as_published(counts: tuple[int, int, int, int], interval: tuple[float, float]) -> None:
    found = lift.difference_of_shares(*counts)
    assert (found.low, found.high) == pytest.approx(interval, abs=0.00006)
    other = lift.difference_of_shares(*counts[2:], *counts[:2])
    assert (other.low, other.high) == pytest.approx((-interval[1], -interval[0]), abs=0.00006)


@pytest.mark.parametrize(("freedom", "point"), STUDENT)
def test_student(freedom: float, point: float) -> None:
    assert lift._t(freedom) == pytest.approx(point, abs=0.0002)


def test_means_are_welch_s() -> None:
    draw = random.Random(7)
    first = [draw.choice((0, 0, 0, 9_900, 15_000)) for _ in range(300)]
    other = [draw.choice((0, 0, 0, 0, 12_000)) for _ in range(150)]
    found = lift.difference_of_means(arm(first), arm(other))
    error = (variance(first) / 300 + variance(other) / 150) ** 0.5
    assert found.value == pytest.approx(fmean(first) - fmean(other))
    # Some 400 degrees of freedom: 1.966.
    assert found.high - found.value == pytest.approx(1.966 * error, rel=0.001)
    assert found.value - found.low == pytest.approx(found.high - found.value)


def test_large_sums_keep_their_difference() -> None:
    # A million members who spend 10,000.00 to the fen but for one: floats alone would see no spread, or a negative one.
    spends = arm([1_000_000])
    many = Arm(
        people=10**6,
        bought=10**6,
        spent_fen=10**6 * spends.spent_fen + 1,
        spent_squared=(10**6 - 1) * 10**12 + (10**6 + 1) ** 2,
    )
    assert lift._variance(many) == pytest.approx(1e-6, rel=0.01)


@pytest.mark.parametrize(
    ("treated", "control", "verdict"),
    [
        ((99, 50), (1_000, 50), "too_few"),
        ((1_000, 5), (1_000, 4), "too_few"),
        ((0, 0), (0, 0), "too_few"),
        ((1_000, 100), (1_000, 98), "no_difference"),
        ((1_000, 200), (1_000, 100), "higher"),
        ((1_000, 100), (1_000, 200), "lower"),
    ],
)
def test_verdicts(treated: tuple[int, int], control: tuple[int, int], verdict: str) -> None:
    arms = [
        Arm(people=people, bought=bought, spent_fen=bought * 100, spent_squared=bought * 10_000)
        for people, bought in (treated, control)
    ]
    found = lift.compare(*arms)
    assert found.verdict == verdict
    assert (found.share is None) == (verdict == "too_few")


def test_what_it_brought_is_the_difference_over_everybody() -> None:
    found = lift.compare(arm([100] * 50 + [0] * 150), arm([100] * 25 + [0] * 175))
    assert found.extra_fen == 50 * 100 - 25 * 100


def test_costs_are_rounded_up_once() -> None:
    assert message_cost.of({"sms": 3, "subscribe": 1_000, "email": 1}, {"sms": 450, "email": 1}) == 14
    assert message_cost.of({}, {"sms": 450}) == 0
    assert [message_cost.of_points(points, 100) for points in (0, 1, 250)] == [0, 1, 250]
    assert message_cost.of_points(1, 1) == 1


@pytest.mark.parametrize(
    ("page", "linked"),
    [
        ("pages/home/index", "pages/home/index?d=abc_DEF-1234"),
        ("pages/sale/index?from=12", "pages/sale/index?from=12&d=abc_DEF-1234"),
        ("", ""),
    ],
)
def test_the_code_joins_the_page(page: str, linked: str) -> None:
    assert message_link.with_code(page, "abc_DEF-1234") == linked
