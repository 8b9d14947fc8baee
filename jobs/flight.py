"""A volley under way: messages leave one after the other from one thread, each at its slot, and their answers are read as they
come. What cannot be taken in steps (a provider's plug-in, a connection still to be made) leaves from a thread of its own.

While it waits for one slot, the thread puts the next requests together: at a slot there is one system call to make."""

import select
import time
from collections.abc import Generator, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from functools import lru_cache, partial
from typing import Final

from app.gateways.channels import Channel
from app.gateways.departure import Answer, Steps
from app.gateways.send_limiter import SendLimiter, Slot
from app.gateways.wechat import SendOutcome
from app.services.deliveries import Message

# A message already committed waits so long for another slot before it is given back unsent.
SLOT_SECONDS: Final = 5.0
# Answers are handed on together; one that hangs keeps the others waiting no longer than this.
TOGETHER_SECONDS: Final = 0.3
# With threads under way as well, they are looked after so often while answers are waited for.
LOOK_SECONDS: Final = 0.02
# Putting a request together takes less, on a machine that has time for it.
PREPARE_SECONDS: Final = 0.0008
# Senders of one process: more than any number of threads it is likely to be given.
MOST_SENDERS: Final = 128

Sent = tuple[Message, SendOutcome]


class _OnTheWay:
    """One message: its steps, the slot it waits for (none once used), and until when its answer is waited for."""

    def __init__(self, message: Message, slot: Slot, steps: Steps[SendOutcome | None]) -> None:
        self.message, self.steps = message, steps
        self.slot: Slot | None = slot
        self.is_ready = self.is_over = False
        self.patience_ends = 0.0


class Flight:
    """Good for one volley."""

    def __init__(self, *, limiter: SendLimiter, channels: Mapping[str, Channel], rates: Mapping[str, float]) -> None:
        self._limiter, self._channels, self._rates = limiter, channels, rates
        self._every: list[_OnTheWay] = []
        self._leaving: list[_OnTheWay] = []
        self._flying: dict[int, _OnTheWay] = {}
        self._threads: dict[Future[SendOutcome], Message] = {}
        self._landed: list[Sent] = []

    def land(self, messages: Sequence[Message], slots: Sequence[Slot]) -> Generator[list[Sent], None, None]:
        """Send each at its slot; yields what they came to: most of it at once, the rest as it comes."""
        self._every = [
            _OnTheWay(message, slot, self._channels[message.ticket.channel].in_steps(message))
            for message, slot in zip(messages, slots, strict=True)
        ]
        try:
            self._leaving = list(self._every)
            self._leave()
            together = time.monotonic() + TOGETHER_SECONDS
            while self._flying or self._threads:
                self._listen(until=together)
                if self._leaving:
                    self._leave()
                elif self._landed and (time.monotonic() >= together or not (self._flying or self._threads)):
                    yield self._take_landed()
            if self._landed:
                yield self._take_landed()
        finally:
            for one in self._every:
                one.steps.close()

    def _take_landed(self) -> list[Sent]:
        landed, self._landed = self._landed, []
        return landed

    def _leave(self) -> None:
        """All that are to leave, at their slots or, where those have passed, at others asked for together."""
        ends = time.monotonic() + SLOT_SECONDS
        while self._leaving:
            leaving, self._leaving = self._leaving, []
            late = [
                one for index, one in enumerate(leaving) if not self._leave_in_time(one, after=leaving[index + 1 :])
            ]
            if late and not self._find_slots(late, ends=ends):
                # It did not come.
                leaving, self._leaving = [*late, *self._leaving], []
                for one in leaving:
                    self._step(one, go=False)
                return
            self._leaving += late

    def _leave_in_time(self, one: _OnTheWay, *, after: Sequence[_OnTheWay]) -> bool:
        """False when it is late for its slot. `after`: whose turn comes next."""
        if not self._make_ready(one):
            return True
        if one.slot is None:
            return False
        for other in after:
            if time.monotonic() + PREPARE_SECONDS > one.slot.not_before:
                break
            self._make_ready(other)
        if not self._limiter.wait(one.slot):
            return False
        # From now on it is used, and not given back.
        one.slot = None
        self._step(one, go=True)
        return True

    def _make_ready(self, one: _OnTheWay) -> bool:
        """False when there is nothing left to wait for here."""
        if not one.is_ready:
            one.is_ready = True
            self._step(one)
        return not one.is_over

    def _find_slots(self, late: Sequence[_OnTheWay], *, ends: float) -> bool:
        """Another slot for as many as there are, at least one; False when the time is up."""
        while True:
            unused = [one.slot for one in late if one.slot is not None]
            found = self._limiter.reserve(self._rates, n=len(late), unused=unused)
            if time.monotonic() + found.wait_seconds > ends:
                return False
            if found.granted:
                break
            time.sleep(max(found.wait_seconds, 0.001))
        for index, one in enumerate(late):
            # What was given back is not given back twice.
            one.slot = found.nth(index) if index < found.n else None
        return True

    def _step(self, one: _OnTheWay, *, go: bool | None = None) -> None:
        """The next step: to be ready (None), to leave or not, or with its answer there or not."""
        try:
            asked = next(one.steps) if go is None else one.steps.send(go)
        except StopIteration as end:
            self._end(one, end.value)
            return
        if isinstance(asked, Answer):
            one.patience_ends = time.monotonic() + asked.patience_seconds
            self._flying[asked.fileno] = one
        elif go is not None:
            # A call made again is one message more in somebody's second.
            self._leaving.append(one)

    def _end(self, one: _OnTheWay, outcome: SendOutcome | None) -> None:
        one.is_over = True
        if outcome is not None:
            self._landed.append((one.message, outcome))
            return
        send = partial(_send, one.message, one.slot, limiter=self._limiter, channels=self._channels, rates=self._rates)
        if self._waits_for_nobody(one):
            self._landed.append((one.message, send()))
        else:
            self._threads[_senders().submit(send)] = one.message

    def _waits_for_nobody(self, one: _OnTheWay) -> bool:
        """Whether this thread has nothing else to do than to send it."""
        return one is self._every[-1] and all(other.is_over for other in self._every)

    def _listen(self, *, until: float) -> None:
        """Wait for answers, and go on with those that came or never will."""
        now = time.monotonic()
        together = max(0.0, until - now) or None
        if not self._flying:
            done, _ = wait(
                self._threads, timeout=together, return_when="ALL_COMPLETED" if together else "FIRST_COMPLETED"
            )
            self._gather(done)
            return
        poll = select.poll()
        for fileno in self._flying:
            poll.register(fileno, select.POLLIN)
        longest = min(one.patience_ends for one in self._flying.values()) - now
        if together is not None:
            longest = min(longest, together)
        if self._threads:
            longest = min(longest, LOOK_SECONDS)
        readable = {fileno for fileno, _ in poll.poll(max(0.0, longest) * 1000)}
        now = time.monotonic()
        for fileno, one in list(self._flying.items()):
            if fileno in readable or now >= one.patience_ends:
                del self._flying[fileno]
                self._step(one, go=fileno in readable)
        self._gather([sending for sending in self._threads if sending.done()])

    def _gather(self, done: Iterable[Future[SendOutcome]]) -> None:
        self._landed += [(self._threads.pop(one), one.result()) for one in done]


@lru_cache(maxsize=1)
def _senders() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(MOST_SENDERS, thread_name_prefix="sender")


def _send(
    message: Message,
    slot: Slot | None,
    *,
    limiter: SendLimiter,
    channels: Mapping[str, Channel],
    rates: Mapping[str, float],
) -> SendOutcome:
    mine = [slot] if slot else []

    def go() -> bool:
        slot = mine.pop() if mine else None
        # Better a new slot than one message too many in somebody's second; a call made again is one message more.
        return (slot is not None and limiter.wait(slot)) or limiter.acquire(
            rates, timeout_seconds=SLOT_SECONDS, unused=slot
        )

    return channels[message.ticket.channel].send(message, go=go)
