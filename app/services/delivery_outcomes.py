"""What a send came to, written down, and everything that follows: permissions, caps, rests, holds, breakers.

Only whoever holds the claim's token may say it; WeChat's own event may have been faster."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from app.extensions import db
from app.plain_statements import fetch_each
from app.rules import after_send
from app.rules.after_send import Outcome, Verdict
from app.rules.channel_choice import SUBSCRIBE
from app.services import (
    automation_gates,
    campaign_states,
    merges,
    refused_addresses,
    send_feedback,
    subscription_grants,
)
from app.services.deliveries import Message
from app.services.delivery_sheets import Sheet
from app.statements import dispatch


def record(message: Message, outcome: Outcome, *, sheet: Sheet, now: datetime) -> str | None:
    """As `record_all`, of one."""
    return record_all([(message, outcome)], sheet=sheet, now=now)[0]


def record_all(landed: Sequence[tuple[Message, Outcome]], *, sheet: Sheet, now: datetime) -> list[str | None]:
    """Write what the calls came to, and everything that follows; returns the deliveries' states. One round trip for all
    that simply left. In order of members, so that two lanes never hold what the other wants.

    None when a row was settled otherwise meanwhile (WeChat's event was faster)."""
    verdicts = [
        after_send.decide(outcome, attempts=message.attempts, has_other=bool(message.others))
        for message, outcome in landed
    ]
    settled = fetch_each(
        *(
            (dispatch.FINISH, _ending(message, outcome, verdict, now=now))
            for (message, outcome), verdict in zip(landed, verdicts, strict=True)
        )
    )
    states: list[str | None] = []
    for (message, outcome), verdict, rows in zip(landed, verdicts, settled, strict=True):
        if rows:
            _follow(message, verdict, outcome=outcome, sheet=sheet, now=now)
        states.append(verdict.state if rows else None)
    return states


def _ending(message: Message, outcome: Outcome, verdict: Verdict, *, now: datetime) -> dict[str, Any]:
    is_over = verdict.state in ("sent", "failed", "suppressed")
    is_ours = verdict.state in ("sent", "in_doubt")
    return {
        **message.ticket.key,
        "state": verdict.state,
        "reason": verdict.reason,
        "errcode": outcome.errcode,
        "msgid": outcome.msgid,
        "due_at": None if verdict.retry_seconds is None else now + timedelta(seconds=verdict.retry_seconds),
        "uncounted": message.attempts if verdict.falls_back else 0 if verdict.counts_attempt else 1,
        "next_channel": message.others[0] if verdict.falls_back else None,
        "finished_at": now if is_over else None,
        "awaiting_event": is_ours,
        "keeps_token": is_ours,
    }


def _follow(message: Message, verdict: Verdict, *, outcome: Outcome, sheet: Sheet, now: datetime) -> None:
    ticket, errcode = message.ticket, outcome.errcode
    if verdict.gives_back or verdict.drops_grant or ticket.channel != SUBSCRIBE:
        # Whoever was merged while the message was under way left permissions and counters to the one who stays.
        member_id = merges.resolve(ticket.member_id)
        _settle_takings(message, verdict, member_id=member_id, sheet=sheet, now=now)
        if ticket.channel != SUBSCRIBE:
            refused_addresses.note(
                ticket.channel, message, outcome, member_id=member_id, oa_app_id=sheet.oa_app_id, now=now
            )
    if verdict.hold_seconds is not None:
        campaign_states.hold(ticket.campaign_id, until=now + timedelta(seconds=verdict.hold_seconds))
    send_feedback.heed(
        verdict,
        errcode=errcode,
        account=sheet.account(ticket.channel),
        template=str(sheet.message_template_id),
        after_trouble=ticket.after_trouble,
        now=now,
    )
    if verdict.counts_refusal:
        campaign_states.count_refusal(ticket.campaign_id, reason=verdict.reason or "", errcode=errcode, now=now)
    elif verdict.state == "sent" and message.after_refusals:
        campaign_states.forget_refusals(ticket.campaign_id)


def _settle_takings(message: Message, verdict: Verdict, *, member_id: int, sheet: Sheet, now: datetime) -> None:
    """Give back what the intent took, caps and permission, or drop a permission WeChat knows nothing of."""
    ticket = message.ticket
    if verdict.gives_back and sheet.is_marketing:
        periods = sheet.periods(message.dispatched_at)
        db.session.execute(dispatch.GIVE_CAPS_BACK, {"member_id": member_id, **periods})
    if verdict.gives_back:
        automation_gates.give_back(ticket.key, member_id=member_id, sheet=sheet)
    if ticket.channel != SUBSCRIBE:
        return
    if verdict.drops_grant:
        subscription_grants.drop(
            member_id, sheet.message_template_id, kind="refused", source=f"refused:{ticket.source}", now=now
        )
    elif verdict.gives_back:
        subscription_grants.give_back(member_id, sheet.message_template_id, source=f"returned:{ticket.source}", now=now)
