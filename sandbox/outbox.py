"""What was accepted for delivery: a ring of messages, and exact counts per (openid, template) that outlive the ring."""

import threading
import time
from collections import defaultdict, deque
from dataclasses import dataclass
from itertools import islice
from typing import Any

from sandbox.clock import iso

PAIRS_KEPT = 2_000_000


@dataclass(frozen=True, slots=True)
class Message:
    """`monotonic_ns` and `wall_ns` are when the request reached the sandbox, `at` the sandbox's own time."""

    seq: int
    msgid: int
    channel: str
    openid: str
    template_id: str
    values: dict[str, str]
    page: str
    state: str
    lang: str
    client_msg_id: str
    at: float
    monotonic_ns: int
    wall_ns: int

    def as_json(self) -> dict[str, Any]:
        return {
            "seq": self.seq,
            "msgid": str(self.msgid),
            "channel": self.channel,
            "openid": self.openid,
            "template_id": self.template_id,
            "data": self.values,
            "page": self.page,
            "miniprogram_state": self.state,
            "lang": self.lang,
            "client_msg_id": self.client_msg_id,
            "at": iso(self.at),
            "monotonic_ns": self.monotonic_ns,
            "wall_ns": self.wall_ns,
        }


class Outbox:
    """Thread-safe. `seq` starts at 1 and never repeats, so it is the cursor."""

    def __init__(self, limit: int) -> None:
        self._lock = threading.Lock()
        self._ring: deque[Message] = deque(maxlen=limit)
        self._counts: defaultdict[str, dict[str, int]] = defaultdict(dict)
        self._pairs = 0
        self._uncounted = 0
        self._total = 0

    def add(
        self,
        *,
        msgid: int,
        openid: str,
        template_id: str,
        values: dict[str, str],
        at: float,
        received_ns: int,
        channel: str = "subscribe",
        page: str = "",
        state: str = "formal",
        lang: str = "zh_CN",
        client_msg_id: str = "",
    ) -> Message:
        wall_ns = time.time_ns() - (time.monotonic_ns() - received_ns)
        with self._lock:
            self._total += 1
            message = Message(
                self._total,
                msgid,
                channel,
                openid,
                template_id,
                values,
                page,
                state,
                lang,
                client_msg_id,
                at,
                received_ns,
                wall_ns,
            )
            self._ring.append(message)
            self._count(openid, template_id)
            return message

    def page(self, *, after: int, limit: int, openid: str = "", template_id: str = "") -> tuple[list[Message], bool]:
        """Messages with seq > after, oldest first, and whether more follow."""
        with self._lock:
            ring = list(self._ring)
        start = max(0, after + 1 - ring[0].seq) if ring else 0
        wanted = (
            message
            for message in islice(ring, start, None)
            if openid in ("", message.openid) and template_id in ("", message.template_id)
        )
        found = list(islice(wanted, limit + 1))
        return found[:limit], len(found) > limit

    def latest(self, openids: list[str], *, limit: int) -> list[Message]:
        """The newest messages of these openids, oldest of them first."""
        with self._lock:
            ring = list(self._ring)
        found = list(islice((message for message in reversed(ring) if message.openid in openids), limit))
        return found[::-1]

    def count(self, openid: str, template_id: str) -> int:
        with self._lock:
            return self._counts.get(template_id, {}).get(openid, 0)

    def counts(self, *, template_id: str = "", openid: str = "", least: int = 1, limit: int = 100) -> dict[str, Any]:
        """How many messages each pair got; `least=2` lists those who got more than one."""
        with self._lock:
            pairs = [
                {"openid": who, "template_id": what, "count": times}
                for what, book in self._counts.items()
                if template_id in ("", what)
                for who, times in (book.items() if not openid else [(openid, book.get(openid, 0))])
                if times >= least
            ]
            messages = sum(pair["count"] for pair in pairs if isinstance(pair["count"], int))
            return {
                "pairs": len(pairs),
                "messages": messages,
                "uncounted": self._uncounted,
                "counts": pairs[:limit],
            }

    @property
    def total(self) -> int:
        return self._total

    @property
    def first_kept(self) -> int:
        """The oldest seq still in the ring; one past the newest when the ring is empty."""
        ring = self._ring
        try:
            return ring[0].seq
        except IndexError:
            return self._total + 1

    def reset(self) -> None:
        with self._lock:
            self._ring.clear()
            self._counts.clear()
            self._pairs = self._uncounted = self._total = 0

    def _count(self, openid: str, template_id: str) -> None:
        book = self._counts[template_id]
        if openid in book:
            book[openid] += 1
        elif self._pairs < PAIRS_KEPT:
            book[openid] = 1
            self._pairs += 1
        else:
            self._uncounted += 1
