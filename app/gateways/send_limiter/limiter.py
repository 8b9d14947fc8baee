"""The send limiter: one line of evenly spaced slots per limit over all workers. Redis gives them and makes up for those that
passed unused; while any worker cannot reach Redis all of them take slots from PostgreSQL; with neither, nothing is sent.

The two never give slots at the same time: a lease in PostgreSQL, on the database's clock, says whose turn it is, and
each change of hands waits until the other's last slot is a full window old."""

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final

import redis
from redis.exceptions import RedisError
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from .postgres_slots import CHECK_SECONDS, GUARD_OUT, STALE_SECONDS, PostgresSlots
from .redis_slots import KEY, RedisSlots
from .server_clock import ServerClock
from .slot import MICROSECONDS, Plan, Slot, intervals, slots_at_once

log = logging.getLogger(__name__)

# J: how much later than its slot a message may reach WeChat (seconds), half of it for a sender that wakes up late and half
# for the way. It costs J of the rate, see slot.intervals.
SPREAD_SECONDS: Final = 0.02
ASK_AGAIN_SECONDS: Final = 1.0
PROBE_SECONDS: Final = 1.0  # how often a worker under the lease looks whether Redis is back


class SendLimiter:
    """One per process, shared by its threads. Keys are names of limits: the account, a template, a campaign."""

    def __init__(
        self,
        redis: redis.Redis,
        fallback_engine: Engine | None = None,
        *,
        spread_seconds: float = SPREAD_SECONDS,
        key: str = KEY,
    ) -> None:
        """Without `fallback_engine` nothing is sent while Redis is away."""
        self._redis = RedisSlots(redis, key=key, spread_seconds=spread_seconds)
        self._postgres = PostgresSlots(fallback_engine) if fallback_engine is not None else None
        self._spread = spread_seconds
        self._redis_clock, self._postgres_clock = ServerClock(), ServerClock()
        self._lock = threading.Lock()
        self._checked_at = -1e9  # monotonic; when `_left` was true
        self._left: int | None = None  # the lease's remaining microseconds at that moment
        self._probed_at = -1e9

    def reserve(
        self, keys: Mapping[str, float], n: int = 1, *, lead_seconds: float = 0.0, unused: Sequence[Slot] = ()
    ) -> Slot:
        """Reserve `n` slots that every key (name → messages per second) has free, all or none. Never raises for a dead
        Redis or database: then nothing is granted. Errors: ValueError for an impossible limit.

        `lead_seconds`: no slot nearer than that, for what has to be done before. `unused`: slots that came too late and at
        which nothing was sent; somebody may have them again. A refusal takes nothing, and nothing back.

        Reserve before committing the intent to send: a crash then wastes a slot and never a message."""
        every = intervals(keys, spread_seconds=self._spread)
        try:
            return self._reserve(
                every,
                slots_at_once(n, every),
                lead=int(lead_seconds * MICROSECONDS),
                unused=[slot.name for slot in unused if slot.name],
            )
        except SQLAlchemyError as error:
            log.warning("send_limiter_closed error=%s", type(error).__name__)
            return Slot(granted=False, wait_seconds=ASK_AGAIN_SECONDS)

    def wait(self, slot: Slot, *, sleep: Callable[[float], None] = time.sleep) -> bool:
        """Sleep until the slot; False when it came too late to be used (reserve another): better unused than over."""
        if not slot.granted:
            return False
        ahead = slot.not_before - time.monotonic()
        if ahead > 0:
            sleep(ahead)
        return time.monotonic() <= slot.not_after

    def acquire(self, keys: Mapping[str, float], *, timeout_seconds: float, unused: Slot | None = None) -> bool:
        """Wait for one slot and its moment; True means send now, False that the time ran out. `unused`: instead of this one."""
        deadline = time.monotonic() + timeout_seconds
        late = [unused] if unused else []
        while True:
            slot = self.reserve(keys, unused=late)
            if time.monotonic() + slot.wait_seconds > deadline:
                return False  # a slot reserved in vain is only wasted
            if self.wait(slot):
                return True
            if slot.granted:
                late = [slot]
            else:
                time.sleep(max(slot.wait_seconds, 0.001))

    def _reserve(self, every: Mapping[str, int], n: int, *, lead: int, unused: Sequence[int]) -> Slot:
        left = self._lease_left()
        if left is None or left <= -GUARD_OUT:
            slot = self._from_redis(every, n, lead=lead, unused=unused)
            if slot is not None:
                return slot
        elif left <= 0:
            return Slot(granted=False, wait_seconds=(left + GUARD_OUT) / MICROSECONDS)
        if self._postgres is None:
            return Slot(granted=False, wait_seconds=ASK_AGAIN_SECONDS)
        return self._from_postgres(self._postgres, every, n, lead=lead)

    def _lease_left(self) -> int | None:
        """Microseconds left as of now; None when there is no lease."""
        if self._postgres is None:
            return None
        with self._lock:
            if time.monotonic() - self._checked_at > CHECK_SECONDS:
                asked_at = time.monotonic()
                self._left = self._postgres.lease_left()
                self._checked_at = asked_at
            if self._left is None:
                return None
            return self._left - int((time.monotonic() - self._checked_at) * MICROSECONDS)

    def _from_redis(self, every: Mapping[str, int], n: int, *, lead: int, unused: Sequence[int]) -> Slot | None:
        before = time.monotonic()
        try:
            found = self._redis.reserve(every, n=n, lead=lead, unused=unused)
        except RedisError as error:
            log.warning("send_limiter_without_redis error=%s", type(error).__name__)
            if self._postgres is not None:
                self._postgres.declare()
                self._forget_lease()
                self._probed_at = time.monotonic()
            return None
        after = time.monotonic()
        if self._postgres is not None and after - self._checked_at > STALE_SECONDS:
            return Slot(granted=False, wait_seconds=0.0)  # too old a view of the lease to use what Redis gave
        slot = self._slot(found, self._redis_clock, n=n, before=before, after=after)
        return replace(slot, name=found.at) if slot.granted else slot

    def _from_postgres(self, postgres: PostgresSlots, every: Mapping[str, int], n: int, *, lead: int) -> Slot:
        self._probe(postgres)
        found, before, after = postgres.reserve(every, n=n, lead=lead)
        if not found.granted:
            self._forget_lease()
        return self._slot(found, self._postgres_clock, n=n, before=before, after=after)

    def _probe(self, postgres: PostgresSlots) -> None:
        with self._lock:
            if time.monotonic() - self._probed_at < PROBE_SECONDS:
                return
            self._probed_at = time.monotonic()
        try:
            self._redis.ping()
        except RedisError:
            postgres.declare()
            self._forget_lease()

    def _forget_lease(self) -> None:
        with self._lock:
            self._checked_at = -1e9

    def _slot(self, found: Plan, clock: ServerClock, *, n: int, before: float, after: float) -> Slot:
        clock.see(found.now, before=before, after=after)
        earliest, latest = clock.ours(found.at)
        return Slot(
            granted=found.granted,
            wait_seconds=max(0.0, latest - time.monotonic()),
            n=n if found.granted else 0,
            interval_seconds=found.step / MICROSECONDS,
            # Late by the one bound, early by the other.
            not_before=latest,
            not_after=earliest + self._spread / 2,
        )
