"""Draining: claim some rows of a campaign, wait for slots, commit the intent of a few, send them, write down the outcomes.

Channels are called outside any transaction. Whatever dies in between leaves a lease that runs out, or as many messages in
doubt as calls were under way."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from app import clock, transaction
from app.errors import Conflict
from app.gateways.send_limiter import Slot
from app.services import deliveries, delivery_sheets, send_breakers
from app.services.deliveries import Message, TakenMeanwhile, Ticket
from app.services.delivery_sheets import Sheet
from app.wiring import parts
from jobs import volley
from jobs.allowance import Allowance

# Rows per claim: few, so that a pause or a stop gives little back.
CLAIM: Final = 5
PUT_OFF: Final = timedelta(seconds=2)
LONGEST_WAIT_SECONDS: Final = 0.25


@dataclass(frozen=True, slots=True)
class Step:
    """What one step came to: messages sent, seconds to wait for a slot, or nothing to do (any more)."""

    sent: int = 0
    wait_seconds: float = 0.0
    is_dry: bool = False


@dataclass
class Turn:
    """One thread's work on one campaign. `is_over` says when to stop: the time is up or the worker is asked to end."""

    campaign_id: int
    is_over: Callable[[], bool]
    allowance: Allowance = field(default_factory=Allowance)
    tickets: list[Ticket] = field(default_factory=list)
    # By channel: slots that rows set aside left serve the next ones of the same channel.
    slots: dict[str, list[Slot]] = field(default_factory=dict)
    sheet: Sheet | None = None
    sent: int = 0

    @property
    def has_own_rate(self) -> bool:
        """Whether its wait may be its own and not everybody's."""
        return self.sheet is not None and self.sheet.campaign_rate is not None

    def drain(self) -> bool:
        """Send until the turn is over; True when something may be left."""
        while not self.is_over():
            step = self.step()
            if step.is_dry:
                return False
            if step.wait_seconds:
                volley.sleep(min(step.wait_seconds, LONGEST_WAIT_SECONDS))
        self.give_back()
        return True

    def step(self) -> Step:
        """Send a volley, or say how long to wait."""
        sheet = self._get_sheet()
        if not self.tickets:
            self.tickets = transaction.run(lambda: self._claim(sheet))
        if not self.tickets:
            return Step(is_dry=True)
        channel = self.tickets[0].channel
        account, rates = sheet.account(channel), sheet.rates(channel)
        wanted = [one for one in self.tickets if one.channel == channel][: volley.width(min(rates.values()))]
        allowed = self.allowance.take(account, cap=sheet.day_cap(channel), wanted=len(wanted))
        if not allowed:
            self.give_back()
            return Step(is_dry=True)
        rates = self.allowance.rates(rates, account=account)
        slots, wait_seconds = volley.get_slots(self.slots.pop(channel, []), rates, n=allowed)
        group = wanted[: len(slots)]
        self.tickets = [one for one in self.tickets if one not in group]
        messages = volley.start(slots, lambda: self._start(group, sheet))
        self.allowance.put_back(account, allowed - len(messages))
        self.slots[channel] = slots[len(messages) :]
        volley.fire(messages, slots, sheet=sheet, rates=rates)
        self.sent += len(messages)
        return Step(sent=len(messages), wait_seconds=wait_seconds)

    def give_back(self) -> None:
        """Release what is claimed and untouched."""
        for ticket in {one.token: one for one in self.tickets}.values():
            transaction.run(lambda ticket=ticket: deliveries.release(ticket))  # type: ignore[misc]
        self.tickets = []

    def _get_sheet(self) -> Sheet:
        if self.sheet is None:
            # Once a turn: a running campaign cannot be rewritten, and its state is read anew for each message.
            config, channels = parts().config, parts().channels.keys()
            self.sheet = transaction.run(
                lambda: delivery_sheets.get(
                    self.campaign_id,
                    app_id=config.wechat_appid,
                    oa_app_id=config.wechat_oa_appid,
                    channels=channels,
                )
            )
        return self.sheet

    def _claim(self, sheet: Sheet) -> list[Ticket]:
        now, account = clock.utc_now(), sheet.account("subscribe")
        most = max(CLAIM, 2 * volley.width(min(sheet.rates("subscribe").values())))
        tickets = deliveries.claim_due(self.campaign_id, limit=most, now=now, account=account)
        if not tickets and send_breakers.take_probe(template=str(sheet.message_template_id), account=account, now=now):
            tickets = deliveries.claim_due(self.campaign_id, limit=1, now=now, account=account, is_probe=True)
        return tickets

    def _start(self, group: list[Ticket], sheet: Sheet) -> list[Message]:
        """Commit the intent of all in one transaction; where somebody was faster with one of them, each in its own."""
        # Members by ascending id: two lanes never hold what the other wants.
        group = sorted(group, key=lambda ticket: ticket.member_id)
        # A gift may lock its batch: never hold that while waiting for the next member.
        if len(group) > 1 and not sheet.has_benefit:
            try:
                return transaction.run(lambda: deliveries.start_dispatches(group, sheet=sheet, now=clock.utc_now()))
            except (TakenMeanwhile, Conflict):
                pass
        return [message for ticket in group if (message := _start_one(ticket, sheet)) is not None]


def _start_one(ticket: Ticket, sheet: Sheet) -> Message | None:
    try:
        return transaction.run(lambda: deliveries.start_dispatch(ticket, sheet=sheet, now=clock.utc_now()))
    except (TakenMeanwhile, Conflict):
        # Another campaign's message to the same person was a moment faster.
        now = clock.utc_now()
        transaction.run(lambda: deliveries.put_off(ticket, until=now + PUT_OFF, now=now))
        return None
