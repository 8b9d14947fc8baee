"""Deliveries on their way: planned → claimed → dispatching → sent | failed | in_doubt | suppressed | missed.

`dispatching` is committed, with the grant and the caps taken, just before the call: a crash leaves doubt, never a second
send. Every step is guarded by the claim's token, so a worker that lost its lease can write nothing."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from app.errors import MessageFieldsInvalid
from app.extensions import db
from app.plain_statements import fetch_all, fetch_each
from app.rules import automation_dates, before_send, birthday, message_link, message_text
from app.rules.channel_choice import SUBSCRIBE
from app.services import (
    automation_gates,
    birthdays,
    campaign_benefits,
    delivery_ways,
    message_opens,
)
from app.services.campaign_benefits import BenefitKey
from app.services.delivery_sheets import Sheet
from app.services.delivery_ways import Shown
from app.statements import claim_deliveries, dispatch

# Long enough to work off a claim at a slow rate; an expired lease only means that somebody else may take the row.
LEASE = timedelta(seconds=30)


class TakenMeanwhile(Exception):
    """A concurrent send took the grant, a cap or the person's open message first: put off and look again."""


@dataclass(frozen=True, kw_only=True)
class Ticket:
    """One claimed delivery: the row's key and the token that proves the claim."""

    campaign_id: int
    occurrence: str
    member_id: int
    token: uuid.UUID
    # Whose slot it waits for; the dispatch looks again whether this is the way.
    channel: str = "subscribe"
    # When it was claimed, its template or account had a breaker to be told of a success.
    after_trouble: bool = False

    @property
    def key(self) -> dict[str, Any]:
        """The row and the guard, as the statements name them."""
        return {
            "campaign_id": self.campaign_id,
            "occurrence": self.occurrence,
            "member_id": self.member_id,
            "token": self.token,
        }

    @property
    def benefit(self) -> BenefitKey:
        """What comes along with it."""
        return BenefitKey(self.campaign_id, self.occurrence, self.member_id)

    @property
    def source(self) -> str:
        """Names this try in the grant ledger."""
        return f"delivery:{self.campaign_id}:{self.occurrence}:{self.token}"


@dataclass(frozen=True, kw_only=True)
class Message(Shown):
    """What to send, once, by the ticket's channel; its intent is committed with the caller's transaction."""

    ticket: Ticket
    lang: str
    # The same for every try of this delivery.
    repeat_key: str
    # Member and topic, for the link that ends it.
    subscription: str
    attempts: int
    dispatched_at: datetime
    # The campaign was being refused when this one left: a success ends the row of refusals.
    after_refusals: bool
    # Channels it may go on to, in order, should this one certainly not take it.
    others: tuple[str, ...] = ()


def list_waiting_campaigns(*, now: datetime, account: str | None = None) -> list[int]:
    """Ids of campaigns that have something to send now."""
    return list(list_weights(now=now, account=account))


def list_weights(*, now: datetime, account: str | None = None) -> dict[int, int]:
    """Campaigns that have something to send now, with their share's weight (1 to 9).

    `account`: whose holds and breakers count."""
    bound = {"now": now, "account": account}
    return {row.id: row.priority for row in db.session.execute(claim_deliveries.WAITING, bound)}


def claim_due(
    campaign_id: int, *, limit: int, now: datetime, account: str | None = None, is_probe: bool = False
) -> list[Ticket]:
    """Lease up to `limit` due deliveries of a running campaign; empty when there is nothing to do, or when `account` is held
    or a breaker is open, unless this is its probe."""
    token = uuid.uuid4()
    rows = db.session.execute(
        claim_deliveries.CLAIM,
        {
            "campaign_id": campaign_id,
            "token": token,
            "lease_until": now + LEASE,
            "now": now,
            "limit": limit,
            "account": account,
            "is_probe": is_probe,
        },
    )
    return [
        Ticket(
            campaign_id=campaign_id,
            occurrence=row.occurrence,
            member_id=row.member_id,
            token=token,
            channel=row.channel,
            after_trouble=row.after_trouble,
        )
        for row in rows
    ]


def release(ticket: Ticket) -> int:
    """Give back everything still untouched of the ticket's claim; returns how many."""
    bound = {"campaign_id": ticket.campaign_id, "token": ticket.token}
    return len(db.session.execute(claim_deliveries.RELEASE, bound).all())


def start_dispatch(ticket: Ticket, *, sheet: Sheet, now: datetime) -> Message | None:
    """As `start_dispatches`, of one; None when the row was set aside or lost instead."""
    started = start_dispatches([ticket], sheet=sheet, now=now)
    return started[0] if started else None


def start_dispatches(tickets: Sequence[Ticket], *, sheet: Sheet, now: datetime) -> list[Message]:
    """Re-check everything and take grants and caps: of all that may leave or of none. Rows set aside or lost are left out.

    Two round trips however many. In order of members, so that two lanes never hold what the other wants.
    Errors: TakenMeanwhile; roll back, then each by itself, or `put_off`."""
    if sheet.has_benefit:
        for ticket in tickets:
            campaign_benefits.lock(ticket.member_id)
    found = {(row.claim_token, row.occurrence, row.member_id): row for row in _load(tickets, sheet, now=now)}
    written = [
        _write(row, ticket, sheet=sheet, now=now)
        for ticket in tickets
        if (row := found.get((ticket.token, ticket.occurrence, ticket.member_id))) is not None
    ]
    ready = [one for one in written if one is not None]
    if ready:
        taken = fetch_each(*((dispatch.TAKE, _takings(one, sheet, now=now)) for one in ready))
        if any(_is_short(one, row, sheet) for one, (row,) in zip(ready, taken, strict=True)):
            raise TakenMeanwhile
    return [one.message for one in ready]


def _load(tickets: Sequence[Ticket], sheet: Sheet, *, now: datetime) -> list[Any]:
    return fetch_all(
        dispatch.LOAD,
        {
            "campaign_ids": [ticket.campaign_id for ticket in tickets],
            "occurrences": [ticket.occurrence for ticket in tickets],
            "member_ids": [ticket.member_id for ticket in tickets],
            "tokens": [ticket.token for ticket in tickets],
            "app_id": sheet.app_id,
            "oa_app_id": sheet.oa_app_id,
            **sheet.periods(now),
        },
    )


def put_off(ticket: Ticket, *, until: datetime, now: datetime) -> None:
    """Plan a claimed delivery for later."""
    _set_aside(ticket, state="put_off", reason=None, until=until, now=now)


@dataclass(frozen=True)
class _Written:
    """A message that may leave, and the code of its link."""

    message: Message
    link_code: str


def _write(row: Any, ticket: Ticket, *, sheet: Sheet, now: datetime) -> _Written | None:
    """The message of a row that may leave; any other is set aside."""
    decision = before_send.decide(_facts(row, ticket, sheet), policy=sheet.policy, now=now)
    if decision.step == "switch":
        db.session.execute(dispatch.SWITCH, {**ticket.key, "channel": decision.channel})
        return None
    if decision.step != "send":
        _set_aside(ticket, state=decision.step, reason=decision.reason, until=decision.until, now=now)
        return None
    wording, personal = sheet.wording(row.variant), _personal(row, ticket, sheet, now)
    try:
        data = message_text.render(sheet.fields, wording.field_values, personal, choices=sheet.enums)
        shown = delivery_ways.show(ticket.channel, row, sheet, data=data, personal=personal)
    except MessageFieldsInvalid as error:
        fields: dict[str, str] = error.data["fields"]
        key, problem = min(fields.items())
        _set_aside(ticket, state="failed", reason=f"field:{key}:{problem}", until=None, now=now)
        return None
    if not _may_leave(ticket, sheet, now=now):
        return None
    # The code stays over all tries: one that was thought lost may have arrived.
    link_code = row.link_code or message_opens.fresh_code()
    message = Message(
        **vars(replace(shown, page=message_link.with_code(shown.page, link_code))),
        ticket=ticket,
        repeat_key=delivery_ways.repeat_key(ticket.campaign_id, ticket.occurrence, ticket.member_id),
        subscription=f"{ticket.member_id}:{sheet.topic}",
        lang="en_US" if row.locale == "en" else "zh_CN",
        attempts=row.attempts + 1,
        dispatched_at=now,
        after_refusals=row.refusals_in_a_row > 0,
        others=decision.others,
    )
    return _Written(message, link_code)


def _facts(row: Any, ticket: Ticket, sheet: Sheet) -> before_send.Facts:
    return before_send.Facts(
        campaign_state=row.campaign_state,
        template_enabled=row.template_enabled,
        member_status=row.member_status,
        marketing_consent=row.marketing_consent,
        is_marketing=sheet.is_marketing,
        channel=ticket.channel,
        ways=delivery_ways.ways_of(row, sheet),
        sent_today=row.sent_today or 0,
        sent_this_week=row.sent_this_week or 0,
        sent_this_month=row.sent_this_month or 0,
        zone=row.zone or "",
        spread_by=f"{ticket.campaign_id}:{ticket.member_id}",
        expires_at=row.expires_at,
        open_since=delivery_ways.open_since(row),
    )


def _personal(row: Any, ticket: Ticket, sheet: Sheet, now: datetime) -> dict[str, str]:
    on: date = automation_dates.told_date(sheet.kind, ticket.occurrence) or sheet.local_date(now)
    gift = (sheet.gift_name or "", sheet.gift_fen or 0)
    if sheet.kind == "birthday" and row.birth_month is not None:
        on = birthday.kept_on(row.birth_month, row.birth_day, year=int(ticket.occurrence))
        # A tier's own gift may have stood in for the campaign's.
        gift = birthdays.find_gift(ticket.member_id, occurrence=ticket.occurrence) or gift
    return {
        "nickname": row.nickname,
        "date": message_text.chinese_date(on),
        "shop": sheet.shop,
        "tier": row.tier_name_en if row.locale == "en" else row.tier_name,
        "points": str(row.points_balance),
        "coupon": gift[0],
        "amount": message_text.money(gift[1]),
        "gift_points": str(sheet.gift_points or 0),
    }


def _may_leave(ticket: Ticket, sheet: Sheet, *, now: datetime) -> bool:
    """Whether an automation's topic is not at rest, and what comes along with the message could be given."""
    refusal = automation_gates.refusal(ticket.key, sheet=sheet, now=now)
    if refusal is not None:
        _set_aside(ticket, state="suppressed", reason=refusal, until=None, now=now)
        return False
    if sheet.has_benefit and not campaign_benefits.give_with_message(ticket.benefit, now=now):
        automation_gates.give_back(ticket.key, member_id=ticket.member_id, sheet=sheet)
        return False
    return True


def _takings(one: _Written, sheet: Sheet, *, now: datetime) -> dict[str, Any]:
    ticket = one.message.ticket
    return {
        **ticket.key,
        **sheet.periods(now),
        "message_template_id": sheet.message_template_id,
        "openid": one.message.address or None,
        "link_code": one.link_code,
        "source": ticket.source,
        "day_cap": sheet.policy.per_day,
        "week_cap": sheet.policy.per_week,
        "month_cap": sheet.policy.per_month,
        "takes_caps": sheet.is_marketing,
        "takes_grant": ticket.channel == SUBSCRIBE,
        "awaits_event": ticket.channel in delivery_ways.WITH_EVENTS,
        "now": now,
    }


def _is_short(one: _Written, taken: Any, sheet: Sheet) -> bool:
    caps, grant = int(sheet.is_marketing), int(one.message.ticket.channel == SUBSCRIBE)
    return tuple(taken) != (3 * caps, grant, grant, 1)


def _set_aside(ticket: Ticket, *, state: str, reason: str | None, until: datetime | None, now: datetime) -> None:
    is_over = state in ("suppressed", "missed", "failed")
    db.session.execute(
        dispatch.SET_ASIDE,
        {
            **ticket.key,
            "state": state if is_over else "planned",
            "reason": reason,
            "due_at": until,
            "finished_at": now if is_over else None,
        },
    )
