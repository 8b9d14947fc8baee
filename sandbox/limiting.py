"""Counting calls the way WeChat limits them: per minute, per day and per month of the sandbox's clock."""

import threading
from collections import defaultdict
from collections.abc import Callable, Hashable

from sandbox.clock import SandboxClock


class PeriodCounter:
    """Counts per key within the current period only, so memory never outlives it."""

    def __init__(self, period: Callable[[], int]) -> None:
        self._period = period
        self._lock = threading.Lock()
        self._current = period()
        self._used: defaultdict[Hashable, int] = defaultdict(int)

    def take(self, key: Hashable, limit: int) -> bool:
        """Count one use; False when `limit` uses were counted in this period before."""
        with self._lock:
            self._roll()
            if self._used[key] >= limit:
                return False
            self._used[key] += 1
            return True

    def used(self, key: Hashable) -> int:
        with self._lock:
            self._roll()
            return self._used.get(key, 0)

    def forget(self, *keys: Hashable) -> None:
        """Start the named keys again from 0; without names, all of them."""
        with self._lock:
            if not keys:
                self._used.clear()
            for key in keys:
                self._used.pop(key, None)

    def _roll(self) -> None:
        period = self._period()
        if period != self._current:
            self._current = period
            self._used.clear()


class Counters:
    """The three periods WeChat counts in."""

    def __init__(self, clock: SandboxClock) -> None:
        self.minute = PeriodCounter(clock.minute)
        self.day = PeriodCounter(clock.day)
        self.month = PeriodCounter(clock.month)

    def reset(self) -> None:
        for counter in (self.minute, self.day, self.month):
            counter.forget()
