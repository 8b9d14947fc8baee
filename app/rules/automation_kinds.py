"""Automations by kind: what they wait for, how late they still come, how long their message stays true.

docs/domain/automations.md has the table with its reasons.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final


@dataclass(frozen=True, kw_only=True, slots=True)
class Habit:
    """How a kind behaves."""

    # Days a stopped scheduler may have missed and that are still planned.
    catch_up_days: int
    # The message may leave until so many days after its date.
    fresh_days: int
    # It starts from a row of member_event, as soon as that is written.
    is_event: bool = False
    # So long after it happened it is planned; the member may be in the middle of something.
    pause: timedelta = timedelta()


HABITS: Final[Mapping[str, Habit]] = {
    "birthday": Habit(catch_up_days=31, fresh_days=0),
    "anniversary": Habit(catch_up_days=7, fresh_days=0),
    # A newcomer is just being asked which messages are welcome.
    "welcome": Habit(catch_up_days=7, fresh_days=3, pause=timedelta(minutes=10)),
    "lapse": Habit(catch_up_days=7, fresh_days=7),
    "after_purchase": Habit(catch_up_days=3, fresh_days=3),
    "coupon_will_expire": Habit(catch_up_days=3, fresh_days=3, is_event=True),
    "points_will_expire": Habit(catch_up_days=7, fresh_days=7, is_event=True),
    "tier_will_drop": Habit(catch_up_days=7, fresh_days=7, is_event=True),
    "tier_up": Habit(catch_up_days=3, fresh_days=7, is_event=True),
    "tier_down": Habit(catch_up_days=3, fresh_days=7, is_event=True),
}

# Bills and events commit a little later than the instant they tell: so far back every look begins again.
OVERLAP: Final = timedelta(minutes=15)


def follows_clock(kind: str, days_after: int | None) -> bool:
    """Planned from the instant something happens; the others by business dates."""
    return HABITS[kind].is_event or days_after == 0
