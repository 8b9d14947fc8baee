"""A server's clock on ours, closer than any one answer tells.

An answer says that the server read its clock between the question and the answer: on a busy machine somewhere within many
milliseconds. What all answers of the last seconds agree on is far narrower (Cristian's algorithm, repeated)."""

import threading
import time
from typing import Final

from .slot import MICROSECONDS

# How fast two clocks may part: NTP slews by 500 parts in a million, and crystals are off by less.
DRIFT: Final = 0.001


class ServerClock:
    """One per server, shared by threads. Instants of ours are time.monotonic()'s."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._bounds: tuple[float, float] | None = None
        self._seen_at = 0.0

    def see(self, now: int, *, before: float, after: float) -> None:
        """The server read `now` (its microseconds) between `before` and `after`."""
        earliest, latest = before - now / MICROSECONDS, after - now / MICROSECONDS
        with self._lock:
            if self._bounds is not None:
                parted = DRIFT * max(0.0, after - self._seen_at)
                lower, upper = self._bounds[0] - parted, self._bounds[1] + parted
                # Without anything in common one of the clocks was set, or it is another server.
                if lower <= latest and earliest <= upper:
                    earliest, latest = max(earliest, lower), min(latest, upper)
            self._bounds, self._seen_at = (earliest, latest), max(self._seen_at, after)

    def ours(self, at: int) -> tuple[float, float]:
        """The earliest and the latest instant of ours that may be the server's `at`. Errors: RuntimeError before anything
        was seen."""
        with self._lock:
            if self._bounds is None:
                raise RuntimeError("nothing is known of the server's clock yet")
            parted = DRIFT * max(0.0, time.monotonic() - self._seen_at)
            return self._bounds[0] - parted + at / MICROSECONDS, self._bounds[1] + parted + at / MICROSECONDS
