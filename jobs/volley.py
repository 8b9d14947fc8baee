"""A volley: a few messages whose intent is committed together, that leave each at its own slot, side by side.

Few enough that they all leave within one or two hundredths of a second: a worker that dies leaves no more in doubt than were
under way."""

import math
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from functools import lru_cache
from typing import Final

from app import clock, transaction
from app.errors import Conflict, Unavailable
from app.gateways.channels import Channel
from app.gateways.send_limiter import SendLimiter, Slot
from app.gateways.wechat import SendOutcome
from app.services import delivery_outcomes
from app.services.deliveries import Message
from app.services.delivery_sheets import Sheet
from app.wiring import parts

# Slots a volley spans (seconds), and the most messages in one.
SPAN_SECONDS: Final = 0.016
WIDEST: Final = 8
# How long before its slot a message is committed: enough for the transaction, also on a busy machine, and no more, for a
# worker that dies in between leaves it in doubt and no event will ever settle it.
LEAD_SECONDS: Final = 0.05
# A message already committed waits so long for another slot before it is given back unsent.
SLOT_SECONDS: Final = 5.0
# Answers are written together; one that hangs keeps the others waiting no longer than this.
TOGETHER_SECONDS: Final = 0.3
RECORD_TRIES: Final = 4
# Senders of one process: more than any number of threads it is likely to be given.
MOST_SENDERS: Final = 128

Sent = tuple[Message, SendOutcome]


def width(rate: float) -> int:
    """How many messages leave together at so many a second."""
    return max(1, min(WIDEST, math.ceil(rate * SPAN_SECONDS)))


def sleep(seconds: float) -> None:
    """Wait for a slot to come near."""
    time.sleep(max(seconds, 0.001))


def get_slots(kept: Sequence[Slot], rates: Mapping[str, float], *, n: int) -> tuple[list[Slot], float]:
    """Up to `n` slots, kept ones whose moment can still be met first; without any, seconds to ask again."""
    now = time.monotonic()
    slots = [slot for slot in kept if slot.granted and now < slot.not_before][:n]
    if slots:
        return slots, 0.0
    found = parts().limiter.reserve(rates, n=n)
    if not found.granted:
        return [], max(found.wait_seconds, 0.001)
    return [found.nth(index) for index in range(found.n)], 0.0


def wait_until_near(slots: Sequence[Slot]) -> None:
    """Sleep until the first of them is only `LEAD_SECONDS` away."""
    ahead = min((slot.not_before for slot in slots), default=0.0) - LEAD_SECONDS - time.monotonic()
    if ahead > 0:
        time.sleep(ahead)


def fire(messages: Sequence[Message], slots: Sequence[Slot], *, sheet: Sheet, rates: Mapping[str, float]) -> None:
    """Send each at its slot, all but the last from other threads, and write down what came of them."""
    if not messages:
        return
    limiter, channels = parts().limiter, parts().channels
    *others, last = zip(messages, slots, strict=False)
    channels[last[0].ticket.channel].warm_up()
    flying: dict[Future[SendOutcome], Message] = {}
    for message, slot in others:
        channel = channels[message.ticket.channel]
        flying[_senders().submit(_send, message, slot, limiter=limiter, channel=channel, rates=rates)] = message
    landed = [(last[0], _send(*last, limiter=limiter, channel=channels[last[0].ticket.channel], rates=rates))]
    patience: float | None = TOGETHER_SECONDS
    while flying:
        done, _ = wait(flying, timeout=patience, return_when=FIRST_COMPLETED if patience is None else "ALL_COMPLETED")
        landed += [(flying.pop(one), one.result()) for one in done]
        if flying and landed:
            _record(landed, sheet)
            landed = []
        # From now on each as it comes.
        patience = None
    _record(landed, sheet)


@lru_cache(maxsize=1)
def _senders() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(MOST_SENDERS, thread_name_prefix="sender")


def _send(
    message: Message, slot: Slot, *, limiter: SendLimiter, channel: Channel, rates: Mapping[str, float]
) -> SendOutcome:
    # Better a new slot than one message too many in somebody's second.
    if not limiter.wait(slot) and not limiter.acquire(rates, timeout_seconds=SLOT_SECONDS):
        return SendOutcome(status="failed", reason="no_slot", action="retry_soon", not_sent=True)
    return channel.send(message)


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
