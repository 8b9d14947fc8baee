"""Which rung a growth value stands on, and how far the next one is."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from app.errors import LadderOverlaps


class Rung(Protocol):
    """Anything with a threshold: a Tier row, or a plain value in a test."""

    @property
    def growth_threshold(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Step:
    """A rung as the rules see it; `id` is the tier's internal key."""

    id: int
    code: str
    rank: int
    growth_threshold: int


R = TypeVar("R", bound=Rung)


def standing(ladder: Sequence[R], *, growth: int) -> tuple[R, R | None]:
    """The highest rung reached and the one above it, or None at the top. A ladder starts at threshold 0."""
    rungs = sorted(ladder, key=lambda rung: rung.growth_threshold)
    reached = [rung for rung in rungs if rung.growth_threshold <= growth]
    above = rungs[len(reached)] if len(reached) < len(rungs) else None
    # Less than nothing, by a correction of a period that earned nothing, still stands on the lowest rung.
    return (reached[-1] if reached else rungs[0]), above


def progress_bp(growth: int, *, here: int, above: int | None) -> int:
    """How much of the way to the next threshold is done, in basis points (0 to 10000); 10000 at the top."""
    if above is None:
        return 10_000
    return min(10_000, max(0, (growth - here) * 10_000 // (above - here)))


def check_thresholds(thresholds: Mapping[str, int], *, codes: Sequence[str]) -> None:
    """Thresholds for `codes` (lowest first) must be complete and rise strictly from 0. Raises LadderOverlaps."""
    missing = [code for code in codes if code not in thresholds]
    if missing:
        raise LadderOverlaps(reason="missing", codes=missing)
    unknown = sorted(set(thresholds) - set(codes))
    if unknown:
        raise LadderOverlaps(reason="unknown", codes=unknown)
    if thresholds[codes[0]] != 0:
        raise LadderOverlaps(reason="not_from_zero", codes=[codes[0]])
    for below, above in itertools.pairwise(codes):
        if thresholds[above] <= thresholds[below]:
            raise LadderOverlaps(reason="not_rising", codes=[below, above])
