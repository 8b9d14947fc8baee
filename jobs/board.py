"""Whose turn it is: the campaigns with something to send now, each with its share by priority. One per process.

Read from the database every second; what turns out to be dry or held in between stands aside until the next reading."""

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from app.gateways.fair_share import FairShare

READ_SECONDS: Final = 1.0


class Board:
    """Shared by the process's threads. `read` gives campaign → weight."""

    def __init__(self, shares: FairShare, read: Callable[[], Mapping[int, int]]) -> None:
        self._shares, self._read = shares, read
        self._lock = threading.Lock()
        self._waiting: dict[int, int] = {}
        self._read_at = -1e9
        # Weights of all that ever waited: rows may be in somebody's hands when nothing waits any more.
        self._known: dict[int, int] = {}
        self._dry: set[int] = set()
        self._later: dict[int, float] = {}

    def pick(self, *, n: int, mine: Iterable[int]) -> int | None:
        """The campaign of the next `n` messages, charged for them; None when nobody waits.

        `mine`: campaigns of which the caller has claimed rows, that others do not see any more."""
        waiting = self._look()
        wanted = {one: weight for one, weight in waiting.items() if one not in self._dry}
        wanted |= {one: self.weight(one) for one in mine}
        now = time.monotonic()
        free = {one: weight for one, weight in wanted.items() if self._later.get(one, -1e9) <= now}
        return self._shares.pick(free, n=n) if free else None

    def weight(self, campaign_id: int) -> int:
        """Its share's weight."""
        return self._known.get(campaign_id, 1)

    def correct(self, campaign_id: int, *, charged: int, sent: int) -> None:
        """Charge what really left."""
        if charged != sent and len(self._waiting) > 1:
            self._shares.refund(campaign_id, weight=self.weight(campaign_id), n=charged - sent)

    def set_dry(self, campaign_id: int) -> None:
        """Nothing of it can be claimed; not asked again before the next reading."""
        self._dry.add(campaign_id)

    def set_later(self, campaign_id: int, *, seconds: float) -> None:
        """Its own rate lets it send again then."""
        self._later[campaign_id] = time.monotonic() + seconds

    def seconds_to_next(self) -> float:
        """How long until one that waits for its own rate may be asked again; 0 when none does."""
        now = time.monotonic()
        times = [at - now for at in list(self._later.values()) if at > now]
        return min(times, default=0.0)

    def _look(self) -> dict[int, int]:
        if time.monotonic() - self._read_at <= READ_SECONDS:
            return self._waiting
        with self._lock:
            if time.monotonic() - self._read_at > READ_SECONDS:
                self._waiting = dict(self._read())
                self._known |= self._waiting
                self._dry = set()
                self._later = {one: at for one, at in self._later.items() if one in self._waiting}
                self._read_at = time.monotonic()
            return self._waiting
