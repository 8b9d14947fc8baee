"""Who may still be sent what: unused accepts per (openid, template), and the user's own switch."""

import threading
from collections import defaultdict

LONG_TERM = -1  # count of a long-term subscription: one accept, any number of sends


class GrantBook:
    """Thread-safe; nested by template so that a million grants stay small."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: defaultdict[str, dict[str, int]] = defaultdict(dict)
        self._off: set[tuple[str, str]] = set()

    def accept(self, openid: str, template_id: str, *, times: int = 1, cap: int = 0, long_term: bool = False) -> int:
        """Add accepts and switch the template on again; returns the unused accepts."""
        with self._lock:
            self._off.discard((openid, template_id))
            counts = self._counts[template_id]
            total = counts.get(openid, 0) + times
            counts[openid] = LONG_TERM if long_term else min(total, cap) if cap else total
            return counts[openid]

    def grant_all(self, openids: list[str], template_id: str, count: int) -> None:
        """Add `count` accepts to many users in one step."""
        with self._lock:
            counts = self._counts[template_id]
            for openid in openids:
                counts[openid] = counts.get(openid, 0) + count

    def set(self, openid: str, template_id: str, count: int) -> None:
        with self._lock:
            self._counts[template_id][openid] = count

    def switch_off(self, openid: str, template_id: str) -> None:
        with self._lock:
            self._off.add((openid, template_id))

    def left(self, openid: str, template_id: str) -> int:
        counts = self._counts.get(template_id)
        return counts.get(openid, 0) if counts else 0

    def is_off(self, openid: str, template_id: str) -> bool:
        return (openid, template_id) in self._off

    def allows(self, openid: str, template_id: str) -> bool:
        return self.left(openid, template_id) != 0 and not self.is_off(openid, template_id)

    def take(self, openid: str, template_id: str) -> bool:
        """Spend one accept; False when there is none or the user switched the template off."""
        with self._lock:
            if not self.allows(openid, template_id):
                return False
            counts = self._counts[template_id]
            if counts[openid] != LONG_TERM:
                counts[openid] -= 1
            return True

    def of_user(self, openid: str) -> dict[str, dict[str, object]]:
        """Template id → unused accepts and switch, for the templates this user ever answered."""
        with self._lock:
            known = [tid for tid, counts in self._counts.items() if openid in counts or (openid, tid) in self._off]
            return {
                tid: {"count": self._counts[tid].get(openid, 0), "on": (openid, tid) not in self._off} for tid in known
            }

    def dump(self) -> tuple[dict[str, dict[str, int]], list[list[str]]]:
        with self._lock:
            counts = {tid: {openid: n for openid, n in book.items() if n} for tid, book in self._counts.items()}
            return counts, [list(pair) for pair in sorted(self._off)]

    def reset(self) -> None:
        with self._lock:
            self._counts.clear()
            self._off.clear()
