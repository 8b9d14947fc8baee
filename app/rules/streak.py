"""What a check-in is worth: the base, and a bonus on the day a streak reaches a rung."""

from collections.abc import Mapping


def next_streak(yesterday: int | None) -> int:
    """Days in a row including today; `yesterday` is that day's streak, None when it was missed."""
    return 1 if yesterday is None else yesterday + 1


def points_for(streak: int, *, base: int, bonus: Mapping[str, int]) -> int:
    """Whole points for a check-in that makes `streak` days; `bonus` maps the length (as text, JSON's only key) to points."""
    return base + bonus.get(str(streak), 0)


def next_bonus(streak: int, *, bonus: Mapping[str, int]) -> tuple[int, int] | None:
    """The next rung above `streak` as (days, points), or None past the last."""
    ahead = sorted((int(days), points) for days, points in bonus.items() if int(days) > streak)
    return ahead[0] if ahead else None
