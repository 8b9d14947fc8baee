"""The sandbox's own clock: real time plus an offset, or frozen. Rates and time-outs use the monotonic clock instead."""

import json
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

CHINA = timezone(timedelta(hours=8))  # WeChat counts its days and months here; no daylight saving since 1991


class SandboxClock:
    """Thread-safe; `now()` is seconds since the epoch."""

    def __init__(self, source: Callable[[], float] = time.time) -> None:
        self._source = source
        self._lock = threading.Lock()
        self._offset = 0.0
        self._frozen: float | None = None

    def now(self) -> float:
        frozen = self._frozen
        return self._source() + self._offset if frozen is None else frozen

    @property
    def offset(self) -> float:
        """Seconds this clock is ahead of the machine's."""
        return self.now() - self._source()

    @property
    def frozen(self) -> bool:
        return self._frozen is not None

    def set(self, moment: float) -> None:
        with self._lock:
            self._move(moment)

    def advance(self, seconds: float) -> None:
        with self._lock:
            self._move(self.now() + seconds)

    def freeze(self, *, on: bool) -> None:
        """Stop the clock where it is, or let it run on from there."""
        with self._lock:
            moment = self.now()
            self._frozen = moment if on else None
            self._move(moment)

    def restart(self) -> None:
        """Back to the machine's time, running."""
        with self._lock:
            self._frozen, self._offset = None, 0.0

    def day(self) -> int:
        """The ordinal of today in China."""
        return datetime.fromtimestamp(self.now(), CHINA).toordinal()

    def month(self) -> int:
        today = datetime.fromtimestamp(self.now(), CHINA)
        return today.year * 12 + today.month

    def minute(self) -> int:
        return int(self.now() // 60)

    def _move(self, moment: float) -> None:
        datetime.fromtimestamp(moment, CHINA)  # an absurd moment fails here, before anything has changed
        if self._frozen is not None:
            self._frozen = moment
        else:
            self._offset = moment - self._source()


def iso(moment: float) -> str:
    """RFC 3339 in UTC with milliseconds."""
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def shifted_by(path: Path) -> Callable[[], float]:
    """A source of time moved by a development clock file, {"offset_seconds": int}, read at most five times a second."""
    known = (0, 0.0)

    def now() -> float:
        nonlocal known
        fifth = int(time.monotonic() * 5) + 1
        if known[0] != fifth:
            known = (fifth, _offset(path))
        return time.time() + known[1]

    return now


def _offset(path: Path) -> float:
    try:
        return float(json.loads(path.read_text(encoding="utf-8"))["offset_seconds"])
    except (OSError, ValueError, KeyError, TypeError):
        return 0.0
