"""Tiers as anybody would keep them on a calendar, for life or for twelve months at a time."""

import calendar
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta

CODES = ("basic", "silver", "gold", "diamond")


def months_on(on: date, months: int) -> date:
    """The same day so many months on, or the month's last."""
    year, month = divmod(on.year * 12 + on.month - 1 + months, 12)
    return date(year, month + 1, min(on.day, calendar.monthrange(year, month + 1)[1]))


@dataclass
class Card:
    """Growth by the day it counts for, the tier held, and until when it is sure."""

    days: dict[date, int] = field(default_factory=lambda: defaultdict(int))
    rank: int = 0
    through: date | None = None

    @property
    def growth(self) -> int:
        return sum(self.days.values())

    @property
    def code(self) -> str:
        return CODES[self.rank]


@dataclass(frozen=True)
class ForLife:
    """The tier is what all growth comes to."""

    thresholds: tuple[int, ...]

    def grown(self, card: Card, today: date) -> None:
        card.rank = max(rank for rank, threshold in enumerate(self.thresholds) if threshold <= card.growth)

    def shrunk(self, card: Card, lost_on: date, lost: int, today: date) -> None:
        self.grown(card, today)

    def reviewed(self, card: Card, today: date) -> None:
        """Nothing is reviewed."""


@dataclass(frozen=True)
class ByYear:
    """Twelve months' growth reach a tier for twelve months; after some days of grace it is kept or goes one down."""

    thresholds: tuple[int, ...]
    grace_days: int

    def grown(self, card: Card, today: date) -> None:
        self.reviewed(card, today)
        rank = self._rank(card, today)
        if rank > card.rank:
            card.rank, card.through = rank, months_on(today, 12)

    def shrunk(self, card: Card, lost_on: date, lost: int, today: date) -> None:
        """A tier goes with the growth that made it; one that stands without it stays."""
        self.grown(card, today)
        in_time = months_on(today, -12) < lost_on <= today
        without, with_it = self._rank(card, today), self._rank(card, today, more=lost if in_time else 0)
        if not without < card.rank <= with_it:
            return
        best: tuple[int, date | None] = (0, None)
        for on in sorted({*card.days, today}):
            through = months_on(on, 12)
            if on <= today <= through + timedelta(days=self.grace_days):
                best = max(best, (self._rank(card, on), through), key=lambda one: (one[0], one[1] or date.min))
        card.rank, card.through = best if best[0] else (0, None)

    def reviewed(self, card: Card, today: date) -> None:
        while card.rank and card.through and card.through + timedelta(days=self.grace_days) < today:
            since, until = months_on(card.through, -12), card.through + timedelta(days=self.grace_days)
            earned = self._of(sum(amount for on, amount in card.days.items() if since < on <= until))
            if earned < card.rank:
                card.rank = max(card.rank - 1, earned)
            card.through = months_on(card.through, 12) if card.rank else None

    def _rank(self, card: Card, on: date, *, more: int = 0) -> int:
        since = months_on(on, -12)
        return self._of(more + sum(amount for day, amount in card.days.items() if since < day <= on))

    def _of(self, growth: int) -> int:
        return max(rank for rank, threshold in enumerate(self.thresholds) if threshold <= growth)


Ladder = ForLife | ByYear


def united(ladder: Ladder, kept: Card, gone: Card, today: date) -> None:
    """One person's card: both growths, the better tier, the later date."""
    for on, amount in gone.days.items():
        kept.days[on] += amount
    kept.rank = max(kept.rank, gone.rank)
    dates = [card.through for card in (kept, gone) if card.through]
    kept.through = max(dates) if dates else None
    ladder.grown(kept, today)
