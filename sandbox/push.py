"""The push queue: one thread delivers events in order, retries as WeChat does, and misbehaves when it is told to."""

import threading
import time
from collections import deque
from dataclasses import dataclass, field, replace
from typing import Any

import urllib3

from sandbox.clock import SandboxClock, iso
from sandbox.ids import Ids
from sandbox.push_events import Event
from sandbox.push_request import Answer, Prepared, deliver, prepare, verify
from sandbox.settings import PushTarget

TRIES = 3
QUEUE_KEPT = 200_000
LOG_KEPT = 5000


@dataclass(slots=True)
class Mischief:
    """What goes wrong with the next pushes; the three counts run down as they are used."""

    duplicate: int = 0  # deliver so many pushes twice, with the same bytes
    bad_signature: int = 0
    lose: int = 0  # never deliver so many
    delay_ms: int = 0  # hold every push back
    retry_pause_ms: int = 200
    paused: bool = False  # keep everything until resumed


@dataclass(slots=True)
class _Job:
    event: Event
    due: float
    done: threading.Event = field(default_factory=threading.Event)


_DONE = threading.Event()  # what a caller gets for an event that goes nowhere
_DONE.set()


class PushSender:
    """Thread-safe. The thread starts with the first event and ends with `stop()`."""

    def __init__(
        self,
        target: PushTarget,
        official: PushTarget | None = None,
        *,
        appid: str,
        oa_appid: str,
        ids: Ids,
        clock: SandboxClock,
    ) -> None:
        """`official`: where the official account's events go; without one to the same address."""
        self.target, self.official = target, official or PushTarget()
        self.mischief = Mischief()
        self._first_targets = (self.target, self.official)
        self._appids, self._ids, self._clock = (appid, oa_appid), ids, clock
        self._changed = threading.Condition()
        self._queue: deque[_Job] = deque()
        self._log: deque[dict[str, Any]] = deque(maxlen=LOG_KEPT)
        self._busy = False
        self._stopping = False
        self._thread: threading.Thread | None = None
        self._pool = urllib3.PoolManager(num_pools=4, maxsize=4)
        self._totals = {"queued": 0, "delivered": 0, "failed": 0, "lost": 0, "overflowed": 0}
        self._seq = 0

    def send(self, event: Event, *, after_ms: int = 0) -> threading.Event:
        """Queue one event; the returned flag is set once it was delivered, given up or dropped."""
        if not self._target_of(event).url:
            return _DONE
        job = _Job(event, time.monotonic() + (after_ms + self.mischief.delay_ms) / 1000)
        with self._changed:
            if self._stopping or len(self._queue) >= QUEUE_KEPT:
                self._totals["overflowed"] += not self._stopping
                return _DONE
            self._queue.append(job)
            self._totals["queued"] += 1
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="sandbox-push", daemon=True)
                self._thread.start()
            self._changed.notify_all()
        return job.done

    def aim(self, *, is_official: bool = False, **parts: Any) -> PushTarget:
        """Change one target; raises SandboxRefused when the parts do not fit."""
        target = replace(self.official if is_official else self.target, **parts)
        target.check()
        if is_official:
            self.official = target
        else:
            self.target = target
        return target

    def _target_of(self, event: Event) -> PushTarget:
        return self.official if event.official and self.official.url else self.target

    def configure(self, *, reorder: bool = False, **parts: Any) -> None:
        """Set mischief by name; `reorder` turns the waiting events round."""
        with self._changed:
            self.mischief = replace(self.mischief, **parts)
            if reorder:
                self._queue.reverse()
            self._changed.notify_all()

    def flush(self, seconds: float) -> bool:
        """Wait until nothing is queued or on its way; False when `seconds` were not enough."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._queue and not self._busy, timeout=seconds)

    def verify(self) -> Answer:
        return verify(self.target, self._pool, ids=self._ids, now=self._clock.now())

    def status(self) -> dict[str, Any]:
        with self._changed:
            return {"waiting": len(self._queue), "busy": self._busy, **self._totals}

    def log(self, *, after: int, limit: int) -> tuple[list[dict[str, Any]], bool]:
        """Attempts with seq > after, oldest first, and whether more follow."""
        with self._changed:
            found = [entry for entry in self._log if entry["seq"] > after]
        return found[:limit], len(found) > limit

    def reset(self) -> None:
        """Drop what waits, forget the log, and aim where the sandbox was started to aim."""
        with self._changed:
            self._drop_waiting()
            self._log.clear()
            self.mischief = Mischief()
            self.target, self.official = self._first_targets
            self._totals = dict.fromkeys(self._totals, 0)
            self._changed.notify_all()

    def stop(self) -> None:
        with self._changed:
            self._stopping = True
            self._drop_waiting()
            self._changed.notify_all()
            thread = self._thread
        if thread is not None:
            thread.join(timeout=10)
        self._pool.clear()

    def _drop_waiting(self) -> None:
        for job in self._queue:
            job.done.set()
        self._queue.clear()

    def _run(self) -> None:
        while (job := self._next()) is not None:
            self._carry_out(job)
            with self._changed:
                self._busy = False
                job.done.set()
                self._changed.notify_all()

    def _next(self) -> _Job | None:
        with self._changed:
            while not self._stopping:
                if self._queue and not self.mischief.paused:
                    wait = self._queue[0].due - time.monotonic()
                    if wait <= 0:
                        self._busy = True
                        return self._queue.popleft()
                    self._changed.wait(wait)
                else:
                    self._changed.wait()
            return None

    def _carry_out(self, job: _Job) -> None:
        if self._spend("lose"):
            self._totals["lost"] += 1
            self._note(job.event, attempt=0, answer=Answer(False, 0, "", "lost on purpose"))
            return
        bad = self._spend("bad_signature")
        appid = self._appids[1] if job.event.official and self._appids[1] else self._appids[0]
        target = self._target_of(job.event)
        prepared = prepare(job.event, target, appid=appid, ids=self._ids, now=self._clock.now(), bad_signature=bad)
        for copy in range(2 if self._spend("duplicate") else 1):
            delivered = self._try(job.event, prepared, copy=copy)
            self._totals["delivered" if delivered else "failed"] += 1

    def _try(self, event: Event, prepared: Prepared, *, copy: int) -> bool:
        for attempt in range(1, TRIES + 1):
            answer = deliver(prepared, self._pool)
            self._note(event, attempt=attempt, answer=answer, copy=copy)
            if answer.accepted:
                return True
            with self._changed:
                if self._stopping:
                    return False
                if attempt < TRIES:
                    self._changed.wait_for(lambda: self._stopping, timeout=self.mischief.retry_pause_ms / 1000)
        return False

    def _spend(self, name: str) -> bool:
        with self._changed:
            left = int(getattr(self.mischief, name))
            if left > 0:
                setattr(self.mischief, name, left - 1)
            return left > 0

    def _note(self, event: Event, *, attempt: int, answer: Answer, copy: int = 0) -> None:
        with self._changed:
            self._seq += 1
            self._log.append(
                {
                    "seq": self._seq,
                    "event": event.name,
                    "openid": event.openid,
                    "items": list(event.items),
                    "attempt": attempt,
                    "copy": copy,
                    "accepted": answer.accepted,
                    "status": answer.status,
                    "error": answer.error,
                    "answer": answer.body[:200],
                    "at": iso(self._clock.now()),
                }
            )
