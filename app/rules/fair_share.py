"""Who sends next when several want to: start-time fair queueing. Each message moves its sender on by 1/weight of virtual time,
and the one furthest behind is next; who comes back after a pause starts with the others, not with all that was missed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

# Virtual time that one message of weight 1 takes; divisible by every weight from 1 to 9.
STEP: Final = 2_520
# A sender that was briefly not seen to wait catches up with so much, not more: nobody else stands still for long.
CREDIT: Final = 4 * STEP
# Beyond so many senders all is forgotten and begins anew, everybody side by side.
MOST_REMEMBERED: Final = 512


@dataclass
class Shares:
    """The memory: where each sender stands, and the virtual time of the last pick."""

    stands_at: dict[int, int] = field(default_factory=dict)
    now: int = 0


def pick(shares: Shares, weights: Mapping[int, int], *, n: int) -> int:
    """The sender of the next `n` messages among `weights` (sender → weight from 1 to 9, at least one), and charge it.

    The Lua script of the gateway says the same."""
    starts = {one: max(shares.stands_at.get(one, 0), shares.now - CREDIT) for one in weights}
    chosen = min(starts, key=lambda one: (starts[one], one))
    shares.stands_at[chosen] = starts[chosen] + n * STEP // weights[chosen]
    shares.now = max(shares.now, starts[chosen])
    if len(shares.stands_at) > MOST_REMEMBERED:
        shares.stands_at.clear()
        shares.now = 0
    return chosen


def refund(shares: Shares, sender: int, *, weight: int, n: int) -> None:
    """Take back the charge for `n` messages that did not leave."""
    shares.stands_at[sender] = shares.stands_at.get(sender, shares.now) - n * STEP // weight
