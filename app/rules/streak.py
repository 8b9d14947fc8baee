"""What a check-in is worth: the base, a bonus where a streak reaches a rung, a reward where a month's count does.

Both ladders are data, {"7": 20}: JSON knows only texts as keys. statements/check_in.py says the same in SQL.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Worth:
    """Whole points of one check-in, part by part."""

    base: int
    streak_bonus: int
    monthly_bonus: int

    @property
    def total(self) -> int:
        """All of it: what the check-in pays."""
        return self.base + self.streak_bonus + self.monthly_bonus


def next_streak(yesterday: int | None) -> int:
    """Days in a row including today; `yesterday` is that day's streak, None when it was missed."""
    return 1 if yesterday is None else yesterday + 1


def worth(
    streak: int, *, month_count: int, base: int, streak_bonus: Mapping[str, int], monthly_bonus: Mapping[str, int]
) -> Worth:
    """What the check-in pays that makes `streak` days in a row and the `month_count`-th of its calendar month."""
    return Worth(base, streak_bonus.get(str(streak), 0), monthly_bonus.get(str(month_count), 0))


def next_bonus(count: int, *, bonus: Mapping[str, int]) -> tuple[int, int] | None:
    """The next rung above `count` as (days, points), or None past the last."""
    ahead = sorted((int(days), points) for days, points in bonus.items() if int(days) > count)
    return ahead[0] if ahead else None
