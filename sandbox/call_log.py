"""What was called: a ring of the last calls, counters by path and errcode, and receipt stamps for the true rate."""

import threading
from collections import Counter, deque
from typing import Any, NamedTuple

from sandbox.clock import iso

PATHS_KEPT = 200


class Logged(NamedTuple):
    """One answered call. Tokens, secrets and bodies are not kept."""

    seq: int
    method: str
    path: str
    openid: str
    template_id: str
    errcode: int | None
    http_status: int
    fault: int | None
    rid: str
    errmsg: str
    at: float
    received_ns: int
    took_us: int

    def as_json(self) -> dict[str, Any]:
        return {**self._asdict(), "at": iso(self.at)}


class CallLog:
    """Thread-safe."""

    def __init__(self, *, calls_limit: int, rate_limit: int) -> None:
        self._lock = threading.Lock()
        self._calls_limit, self._rate_limit = calls_limit, rate_limit
        self._ring: deque[Logged] = deque(maxlen=calls_limit)
        self._counters: Counter[tuple[str, int | str]] = Counter()
        self._stamps: dict[str, deque[int]] = {}
        self._total = 0

    def arrived(self, path: str, received_ns: int) -> None:
        """Stamp the receipt of one call, whatever becomes of it."""
        with self._lock:
            stamps = self._stamps.get(path)
            if stamps is None:
                if len(self._stamps) >= PATHS_KEPT:
                    return
                stamps = self._stamps[path] = deque(maxlen=self._rate_limit)
            stamps.append(received_ns)

    def answered(self, entry: Logged) -> None:
        """Keep one entry (its `seq` is set here)."""
        with self._lock:
            self._total += 1
            self._ring.append(entry._replace(seq=self._total))
            outcome: int | str = entry.errcode if entry.errcode is not None else f"http_{entry.http_status}"
            self._counters[(entry.path, outcome)] += 1

    def page(self, *, after: int, limit: int, path: str = "", openid: str = "") -> tuple[list[Logged], bool]:
        """Calls with seq > after, oldest first, and whether more follow."""
        with self._lock:
            ring = list(self._ring)
        found = [e for e in ring if e.seq > after and path in ("", e.path) and openid in ("", e.openid)]
        return found[:limit], len(found) > limit

    def find_rid(self, rid: str) -> Logged | None:
        with self._lock:
            return next((entry for entry in self._ring if entry.rid == rid), None)

    def counters(self) -> dict[str, dict[str, int]]:
        """Path → outcome → calls; the outcome is an errcode, or http_<status> when the answer had none."""
        with self._lock:
            counters = dict(self._counters)
        found: dict[str, dict[str, int]] = {}
        for (path, outcome), count in sorted(counters.items(), key=str):
            found.setdefault(path, {})[str(outcome)] = count
        return found

    def rate(self, path: str, *, window_ns: int = 1_000_000_000) -> dict[str, Any]:
        """The most calls received in any half-open sliding window, with total and duration."""
        with self._lock:
            stamps = sorted(self._stamps.get(path, ()))
        most, start = 0, 0
        for end, stamp in enumerate(stamps):
            while stamp - stamps[start] >= window_ns:
                start += 1
            most = max(most, end - start + 1)
        duration_ns = stamps[-1] - stamps[0] if stamps else 0
        return {
            "path": path,
            "window_ms": window_ns / 1e6,
            "max_in_window": most,
            "total": len(stamps),
            "duration_seconds": duration_ns / 1e9,
            "per_second": (len(stamps) - 1) * 1e9 / duration_ns if duration_ns else 0.0,
            "first_ns": stamps[0] if stamps else None,
            "last_ns": stamps[-1] if stamps else None,
            "full": len(stamps) >= self._rate_limit,
        }

    def reset_rate(self) -> None:
        with self._lock:
            self._stamps.clear()

    def reset(self) -> None:
        with self._lock:
            self._ring.clear()
            self._counters.clear()
            self._stamps.clear()
            self._total = 0
