"""Which rung a growth value stands on, and how far the next one is."""

from collections.abc import Sequence
from typing import Protocol, TypeVar


class Rung(Protocol):
    """Anything with a threshold: a Tier row, or a plain value in a test."""

    @property
    def growth_threshold(self) -> int: ...


R = TypeVar("R", bound=Rung)


def standing(ladder: Sequence[R], *, growth: int) -> tuple[R, R | None]:
    """The highest rung reached and the one above it, or None at the top. A ladder starts at threshold 0."""
    rungs = sorted(ladder, key=lambda rung: rung.growth_threshold)
    reached = [rung for rung in rungs if rung.growth_threshold <= growth]
    above = rungs[len(reached)] if len(reached) < len(rungs) else None
    return reached[-1], above


def progress_bp(growth: int, *, here: int, above: int | None) -> int:
    """How much of the way to the next threshold is done, in basis points (0 to 10000); 10000 at the top."""
    if above is None:
        return 10_000
    return min(10_000, max(0, (growth - here) * 10_000 // (above - here)))
