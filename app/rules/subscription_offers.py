"""Which templates to ask a member for at this moment: those they will run out of soonest, then those they have least of."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

# wx.requestSubscribeMessage takes no more template ids at once (20003).
ASKED_AT_ONCE: Final = 3
# With so many in hand, and no message foreseen that they would not cover, asking again is only a nuisance.
ENOUGH: Final = 10


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A template of the scene. `needs`: dates on which the member will be told something of it, as far as is known."""

    template_id: int
    remaining: int
    weight: int
    needs: Sequence[date]


@dataclass(frozen=True, kw_only=True)
class Pick:
    """`needed_on`: the first date the permissions in hand do not reach; None for running_low."""

    template_id: int
    reason: Literal["needed", "running_low"]
    needed_on: date | None


def pick(candidates: Iterable[Candidate]) -> list[Pick]:
    """At most three, the most wanted first. Deterministic: equal ones in the order they were made."""
    wanted = [one for one in candidates if _lacking_on(one) is not None or one.remaining < ENOUGH]
    return [_told(one) for one in sorted(wanted, key=_rank)[:ASKED_AT_ONCE]]


def _lacking_on(one: Candidate) -> date | None:
    """Each permission covers one message, the earliest first."""
    uncovered = sorted(one.needs)[one.remaining :]
    return uncovered[0] if uncovered else None


def _rank(one: Candidate) -> tuple[date, int, int]:
    # Whole numbers: a heavy template counts as scarcer than a light one of which there are as few.
    return _lacking_on(one) or date.max, (one.remaining + 1) * 1000 // one.weight, one.template_id


def _told(one: Candidate) -> Pick:
    on = _lacking_on(one)
    return Pick(template_id=one.template_id, reason="running_low" if on is None else "needed", needed_on=on)
