"""One turn of a lane: claim, wait for a slot, commit the intent, send, write down what came of it.

WeChat is called outside any transaction. Whatever dies in between leaves a lease that runs out or a message in doubt."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from app import clock, transaction
from app.errors import Conflict, Unavailable
from app.gateways.send_limiter import Slot
from app.gateways.wechat import SendOutcome
from app.services import deliveries, delivery_sheets
from app.services.deliveries import Message, TakenMeanwhile, Ticket
from app.services.delivery_sheets import Sheet
from app.wiring import parts

# Rows per claim: few, so that a pause or a stop gives little back.
CLAIM: Final = 5
PUT_OFF: Final = timedelta(seconds=2)
# A message already committed waits so long for a slot before it is given back unsent.
SLOT_SECONDS: Final = 5.0
RECORD_TRIES: Final = 4


@dataclass
class Turn:
    """`is_over` says when to stop: the turn's time is up or the worker is asked to end."""

    campaign_id: int
    is_over: Callable[[], bool]
    # One per channel: a slot that a row set aside left serves the next one of the same channel.
    slots: dict[str, Slot] = field(default_factory=dict)
    sheet: Sheet | None = None
    sent: int = 0

    def drain(self) -> bool:
        """Send until the turn is over; True when something may be left."""
        while not self.is_over():
            tickets = transaction.run(self._claim)
            if not tickets or self.sheet is None:
                return False
            for ticket in tickets:
                if not self._handle(ticket, self.sheet):
                    transaction.run(lambda ticket=ticket: deliveries.release(ticket))  # type: ignore[misc]
                    return True
        return True

    def _claim(self) -> list[Ticket]:
        tickets = deliveries.claim_due(self.campaign_id, limit=CLAIM, now=clock.utc_now())
        if tickets and self.sheet is None:
            # Once a turn: a running campaign cannot be rewritten, and its state is read anew for each message.
            config = parts().config
            self.sheet = delivery_sheets.get(
                self.campaign_id,
                app_id=config.wechat_appid,
                oa_app_id=config.wechat_oa_appid,
                channels=parts().channels.keys(),
            )
        return tickets

    def _handle(self, ticket: Ticket, sheet: Sheet) -> bool:
        """Deal with one row; False when the turn ended before it could be."""
        if not self._get_slot(sheet, ticket.channel):
            return False
        message = _start(ticket, sheet)
        if message is None:
            return True  # set aside; the slot serves the next one
        outcome = self._send(message, sheet)
        del self.slots[ticket.channel]
        _record(message, outcome, sheet)
        self.sent += 1
        return True

    def _get_slot(self, sheet: Sheet, channel: str) -> bool:
        while not self.is_over():
            slot = self.slots.get(channel)
            # A slot kept from a row that was set aside, unless its moment is too near to be met.
            if slot is not None and slot.granted and time.monotonic() < slot.not_before:
                return True
            slot = self.slots[channel] = parts().limiter.reserve(sheet.rates(channel))
            if slot.granted:
                return True
            time.sleep(min(max(slot.wait_seconds, 0.001), 0.5))
        return False

    def _send(self, message: Message, sheet: Sheet) -> SendOutcome:
        limiter, channel = parts().limiter, parts().channels[message.ticket.channel]
        # Before the slot's moment: a token fetched after it would make this message and those behind it leave in a bunch.
        channel.warm_up()
        in_time = limiter.wait(self.slots[message.ticket.channel])
        # Better a new slot than one message too many in somebody's second.
        if not in_time and not limiter.acquire(sheet.rates(message.ticket.channel), timeout_seconds=SLOT_SECONDS):
            return SendOutcome(status="failed", reason="no_slot", action="retry_soon", not_sent=True)
        return channel.send(message)


def _start(ticket: Ticket, sheet: Sheet) -> Message | None:
    try:
        return transaction.run(lambda: deliveries.start_dispatch(ticket, sheet=sheet, now=clock.utc_now()))
    except (TakenMeanwhile, Conflict):
        # Another campaign's message to the same person was a moment faster.
        now = clock.utc_now()
        transaction.run(lambda: deliveries.put_off(ticket, until=now + PUT_OFF, now=now))
        return None


def _record(message: Message, outcome: SendOutcome, sheet: Sheet) -> None:
    """Write it down, with patience: what is lost here stays in doubt."""
    for attempt in range(1, RECORD_TRIES + 1):
        try:
            transaction.run(lambda: deliveries.record_outcome(message, outcome, sheet=sheet, now=clock.utc_now()))
            return
        except Unavailable:
            if attempt == RECORD_TRIES:
                raise
            time.sleep(0.5 * attempt)
