"""What a campaign changed: those it was for against those left out, with 95 % intervals; too few people are said to be so.

Shares: Newcombe's hybrid score interval of two independent proportions (Statistics in Medicine 17, 1998, method 10), from
Wilson's of each. Means: Welch's interval, unequal variances. https://doi.org/10.1002/(SICI)1097-0258(19980430)17:8<873
"""

from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist
from typing import Final, Literal

CONFIDENCE: Final = 0.95
_Z: Final = NormalDist().inv_cdf((1 + CONFIDENCE) / 2)
# Fewer in either arm, or fewer buyers in both together: a coin would say as much.
LEAST_PEOPLE: Final = 100
LEAST_BUYERS: Final = 10

Verdict = Literal["too_few", "no_difference", "higher", "lower"]


@dataclass(frozen=True, kw_only=True)
class Arm:
    """People, how many of them bought, their fen in all, and the sum of the squares of each one's fen."""

    people: int
    bought: int
    spent_fen: int
    spent_squared: int


@dataclass(frozen=True, kw_only=True)
class Difference:
    """Treated minus control, and the interval it lies in with 95 % confidence."""

    value: float
    low: float
    high: float

    @property
    def verdict(self) -> Verdict:
        """Whether nought is among what it may be."""
        if self.low > 0:
            return "higher"
        return "lower" if self.high < 0 else "no_difference"


@dataclass(frozen=True, kw_only=True)
class Lift:
    """Shares of buyers (0 to 1) and fen a member; None and `too_few` when nothing can be said."""

    verdict: Verdict
    share: Difference | None = None
    spend: Difference | None = None
    # What the difference of means comes to over everybody treated, rounded down.
    extra_fen: int | None = None


def compare(treated: Arm, control: Arm) -> Lift:
    """Everybody targeted against everybody held out of the same audience, messaged or not: as they were drawn."""
    if min(treated.people, control.people) < LEAST_PEOPLE or treated.bought + control.bought < LEAST_BUYERS:
        return Lift(verdict="too_few")
    share = difference_of_shares(treated.bought, treated.people, control.bought, control.people)
    spend = difference_of_means(treated, control)
    return Lift(verdict=share.verdict, share=share, spend=spend, extra_fen=int(spend.value * treated.people // 1))


def wilson(hits: int, people: int) -> tuple[float, float]:
    """Wilson's score interval of one proportion, for at least one person."""
    share, squared = hits / people, _Z * _Z
    middle = share + squared / (2 * people)
    half = _Z * sqrt(share * (1 - share) / people + squared / (4 * people * people))
    scale = 1 + squared / people
    # Rounding must not take it out of what a share can be.
    return max(0.0, (middle - half) / scale), min(1.0, (middle + half) / scale)


def difference_of_shares(hits: int, people: int, other_hits: int, other_people: int) -> Difference:
    """The first proportion minus the other."""
    first, other = hits / people, other_hits / other_people
    first_low, first_high = wilson(hits, people)
    other_low, other_high = wilson(other_hits, other_people)
    value = first - other
    return Difference(
        value=value,
        low=value - sqrt((first - first_low) ** 2 + (other_high - other) ** 2),
        high=value + sqrt((first_high - first) ** 2 + (other - other_low) ** 2),
    )


def difference_of_means(first: Arm, other: Arm) -> Difference:
    """Mean fen a member, the first minus the other; at least two people in each."""
    errors = [_variance(arm) / arm.people for arm in (first, other)]
    value = first.spent_fen / first.people - other.spent_fen / other.people
    total = sum(errors)
    if total == 0:
        return Difference(value=value, low=value, high=value)
    # Welch and Satterthwaite's degrees of freedom.
    freedom = total**2 / sum(
        error**2 / (arm.people - 1) for error, arm in zip(errors, (first, other), strict=True) if error
    )
    half = _t(freedom) * sqrt(total)
    return Difference(value=value, low=value - half, high=value + half)


def _variance(arm: Arm) -> float:
    # In whole numbers as far as can be: fen squared times people would drown the difference in a float.
    return (arm.people * arm.spent_squared - arm.spent_fen**2) / (arm.people * (arm.people - 1))


def _t(freedom: float) -> float:
    """Student's quantile from the normal one (Cornish and Fisher's series): three decimals from ten degrees on."""
    z = _Z
    return (
        z
        + (z**3 + z) / (4 * freedom)
        + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * freedom**2)
        + (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / (384 * freedom**3)
    )
