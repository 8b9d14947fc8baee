"""A slot, and the arithmetic of a line of them: each key has one instant before which nothing may leave (GCRA, burst 1)."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

MICROSECONDS: Final = 1_000_000
WINDOW: Final = MICROSECONDS  # the rates are per second, so whoever lost the memory of what was sent waits this long
# How far ahead a slot may be reserved. Waiting for one's own slot keeps the line full; too far ahead would let a worker
# that dies take many slots with it, and a slow campaign block a fast account.
HORIZON: Final = 250_000


@dataclass(frozen=True, slots=True)
class Slot:
    """`granted`: yours, send `wait_seconds` from now (0 = at once). Not granted: nothing is reserved, ask again then.

    `n` may be fewer than asked for: no more than fit into a quarter of a second. The two instants are
    `time.monotonic()`'s; `SendLimiter.wait` keeps to them."""

    granted: bool
    wait_seconds: float
    n: int = 1
    interval_seconds: float = 0.0
    not_before: float = field(default=0.0, repr=False)
    not_after: float = field(default=0.0, repr=False)
    # What Redis calls it (microseconds of its clock), to take it back; 0 for none of Redis's.
    name: int = field(default=0, repr=False)

    def nth(self, index: int) -> "Slot":
        """The `index`-th (from 0) of n slots reserved together: they follow each other at `interval_seconds`."""
        ahead = index * self.interval_seconds
        return Slot(
            granted=self.granted,
            wait_seconds=self.wait_seconds + ahead,
            n=1,
            interval_seconds=self.interval_seconds,
            not_before=self.not_before + ahead,
            not_after=self.not_after + ahead,
            name=self.name and self.name + round(ahead * MICROSECONDS),
        )


@dataclass(frozen=True, slots=True)
class Plan:
    """Microseconds. `at` is the slot when granted, else when to ask again; `step` lies between several given together; `now`
    is what the server's clock showed."""

    granted: bool
    at: int
    step: int = 0
    now: int = 0


def intervals(keys: Mapping[str, float], *, spread_seconds: float) -> dict[str, int]:
    """Microseconds between two sends per key, at rate R / (1 + J). Errors: ValueError.

    A message arrives up to J seconds after its slot, and R slots begin in any 1 + J seconds: no more than R messages
    arrive in any one second."""
    if not keys or any(not 0 < rate < 100_000 for rate in keys.values()):
        raise ValueError("A limit needs at least one key, with a rate between 0 and 100,000 per second")
    return {key: math.ceil(MICROSECONDS * (1 + spread_seconds) / rate) for key, rate in keys.items()}


def slots_at_once(n: int, every: Mapping[str, int]) -> int:
    """How many of `n` may be reserved together. Errors: ValueError."""
    if n < 1:
        raise ValueError("At least one slot")
    return min(n, 1 + HORIZON // max(every.values()))


def plan(now: int, free_at: Mapping[str, int], every: Mapping[str, int], *, floor: int = 0) -> Plan:
    """Choose the slot that all keys have free, as the script of the Redis side does where nothing is to be made up for."""
    at = max(now, floor, *free_at.values())
    if at - now > HORIZON:
        return Plan(granted=False, at=at - HORIZON)
    slowest = max((key for key in every if free_at[key] == at), key=lambda key: every[key], default=None)
    for key in every:
        if slowest is None or every[key] >= every[slowest]:
            continue
        # A slot given ahead for a slow key leaves a hole in a faster, shared one: at most one of its slots, and only
        # while nobody else is using it.
        patience = at - every[key] if free_at[key] <= now else free_at[key]
        if at > max(free_at[key], now) and patience > now:
            return Plan(granted=False, at=patience)
    return Plan(granted=True, at=at, step=max(every.values()))
