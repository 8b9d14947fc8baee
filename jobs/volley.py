"""A volley: a few messages whose intent is committed together, that leave one after the other, each at its own slot.

Few enough that they all leave within one or two hundredths of a second: a worker that dies leaves no more in doubt than were
under way."""

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final, TypeVar

from app import clock, transaction
from app.errors import Conflict, Unavailable
from app.gateways.send_limiter import Slot
from app.services import delivery_outcomes
from app.services.deliveries import Message
from app.services.delivery_sheets import Sheet
from app.wiring import parts
from jobs.flight import Flight, Sent
from jobs.lead import Lead

# Slots a volley spans (seconds): at low rates few, so that a worker that dies leaves few in doubt; at high ones more, for a
# volley costs the database and the interpreter as much whatever it holds. The most messages in one.
SPAN_SECONDS: Final = (0.016, 0.032)
SPAN_PER_RATE: Final = 0.000064
WIDEST: Final = 16
RECORD_TRIES: Final = 4

# How long before their slots messages are started here.
LEAD: Final = Lead()

T = TypeVar("T")


def width(rate: float) -> int:
    """How many messages leave together at so many a second."""
    shortest, longest = SPAN_SECONDS
    span = min(longest, max(shortest, rate * SPAN_PER_RATE))
    return max(1, min(WIDEST, math.ceil(rate * span)))


def sleep(seconds: float) -> None:
    """Wait for a slot to come near."""
    time.sleep(max(seconds, 0.001))


def get_slots(kept: Sequence[Slot], rates: Mapping[str, float], *, n: int) -> tuple[list[Slot], float]:
    """Up to `n` slots that leave time to start, kept ones first; without any, seconds to ask again."""
    lead = LEAD.seconds
    slots = [slot for slot in kept if slot.granted and time.monotonic() + lead < slot.not_before][:n]
    if slots:
        return slots, 0.0
    found = parts().limiter.reserve(rates, n=n, lead_seconds=lead, unused=kept)
    if not found.granted:
        return [], max(found.wait_seconds, 0.001)
    return [found.nth(index) for index in range(found.n)], 0.0


def start(slots: Sequence[Slot], work: Callable[[], T]) -> T:
    """Do what is to be done before the first slot, just before it: what is committed earlier is in doubt for longer."""
    ahead = min((slot.not_before for slot in slots), default=0.0) - LEAD.seconds - time.monotonic()
    if ahead > 0:
        time.sleep(ahead)
    began = time.monotonic()
    done = work()
    LEAD.learn(time.monotonic() - began)
    return done


def fire(messages: Sequence[Message], slots: Sequence[Slot], *, sheet: Sheet, rates: Mapping[str, float]) -> None:
    """Send each at its slot, and write down what came of them."""
    if not messages:
        return
    flight = Flight(limiter=parts().limiter, channels=parts().channels, rates=rates)
    for landed in flight.land(messages, _in_time(slots[: len(messages)], rates)):
        _record(landed, sheet)


def _in_time(slots: Sequence[Slot], rates: Mapping[str, float]) -> list[Slot]:
    """As many; in place of those whose moment has passed others, asked for together."""
    now = time.monotonic()
    late = [slot for slot in slots if slot.not_after < now]
    if not late:
        return list(slots)
    found = parts().limiter.reserve(rates, n=len(late), unused=late)
    if not found.granted:
        return list(slots)
    others = [found.nth(index) for index in range(found.n)]
    # Who still has none asks again, alone; what was given back is not given back twice.
    left = [replace(slot, name=0) for slot in late[len(others) :]]
    return [*(slot for slot in slots if slot.not_after >= now), *others, *left]


def _record(landed: list[Sent], sheet: Sheet) -> None:
    """Write it down, with patience: what is lost here stays in doubt."""
    landed.sort(key=lambda sent: sent[0].ticket.member_id)
    for attempt in range(1, RECORD_TRIES + 1):
        try:
            try:
                transaction.run(lambda: _write(landed, sheet))
            except Conflict:
                for one in landed:
                    transaction.run(lambda one=one: _write([one], sheet))  # type: ignore[misc]
            return
        except Unavailable:
            if attempt == RECORD_TRIES:
                raise
            time.sleep(0.5 * attempt)


def _write(landed: list[Sent], sheet: Sheet) -> None:
    delivery_outcomes.record_all(landed, sheet=sheet, now=clock.utc_now())
