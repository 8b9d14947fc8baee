"""WeChat's events: stored once under their key however often they come, and applied in the same transaction.

What a stranger chose stays stored and is applied when they enrol (`apply_earlier`)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from app.extensions import db
from app.models import MemberIdentity, MessageTemplate, WeChatEvent
from app.services import doubts, message_preferences, subscription_grants

POPUP = "subscribe_msg_popup_event"
CHANGE = "subscribe_msg_change_event"
SENT = "subscribe_msg_sent_event"
# Of one person at most so many stored choices count when they enrol, the latest.
MOST_EARLIER = 100

Items = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Choices:
    """One stored pop-up or change event; `at`: when WeChat told of it."""

    event: str
    id: int
    items: Items
    at: datetime


def receive(*, event: str, openid: str, items: Items, dedup_key: str, app_id: str, now: datetime) -> bool:
    """Store and apply one event; False for a repeat, which changes nothing.

    `items`: one mapping per template with template_id, status, msgid, error."""
    if event in (POPUP, CHANGE):
        _wait_for_enrolment(openid)
    event_id = db.session.scalar(
        insert(WeChatEvent)
        .values(
            dedup_key=dedup_key,
            event=event,
            openid=openid,
            payload={"items": [dict(i) for i in items]},
            received_at=now,
        )
        .on_conflict_do_nothing(index_elements=["dedup_key"])
        .returning(WeChatEvent.id)
    )
    if event_id is None:
        return False
    if event == SENT:
        _apply_sent(openid, items, now=now)
    elif event in (POPUP, CHANGE):
        member_id = _find_member_id(openid, app_id=app_id)
        if member_id is not None:
            _apply_choices([Choices(event, event_id, items, now)], member_id=member_id)
    return True


def apply_earlier(openid: str, *, member_id: int) -> int:
    """Count what this person chose before the OpenID was theirs, oldest first; returns how many events there were.

    Call it in the transaction that links the OpenID. A repeat adds nothing: an event is one source."""
    _wait_for_enrolment(openid)
    latest = (
        select(WeChatEvent)
        .where(WeChatEvent.openid == openid, WeChatEvent.event.in_((POPUP, CHANGE)))
        .order_by(WeChatEvent.id.desc())
        .limit(MOST_EARLIER)
    )
    events = [Choices(row.event, row.id, row.payload["items"], row.received_at) for row in db.session.scalars(latest)]
    _apply_choices(events[::-1], member_id=member_id)
    return len(events)


def _wait_for_enrolment(openid: str) -> None:
    """One at a time of an event and the enrolment of its person: else each might miss what the other is writing."""
    db.session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(openid, 0))))


def _apply_sent(openid: str, items: Items, *, now: datetime) -> None:
    for item in items:
        doubts.settle_by_event(
            openid,
            wechat_template_id=item["template_id"],
            status=item["status"],
            errcode=item["error"],
            msgid=item["msgid"],
            now=now,
        )


def _apply_choices(events: Sequence[Choices], *, member_id: int) -> None:
    templates = _templates({item["template_id"] for event in events for item in event.items})
    known = [
        (event, number, item, templates[item["template_id"]])
        for event in events
        for number, item in enumerate(sorted(event.items, key=lambda item: str(item["template_id"])))
        if item["template_id"] in templates
    ]
    # Switches first: they may end deliveries, and a dispatch locks its delivery before the grant.
    for event, _, item, template in known:
        if (event.event, item["status"]) in ((CHANGE, "reject"), (CHANGE, "accept"), (POPUP, "accept")):
            message_preferences.heed_channel(
                member_id, template.topic, "subscribe", is_on=item["status"] == "accept", now=event.at
            )
    for event, number, item, template in known:
        source = f"event:{event.id}:{number}"
        if event.event == POPUP and item["status"] == "accept":
            subscription_grants.accept(member_id, template.id, witness="event", source=source, now=event.at)
        elif event.event == CHANGE and item["status"] == "reject":
            subscription_grants.drop(member_id, template.id, kind="switched_off", source=source, now=event.at)


def _find_member_id(openid: str, *, app_id: str) -> int | None:
    return db.session.scalar(
        select(MemberIdentity.member_id).where(
            MemberIdentity.kind == "openid", MemberIdentity.app_id == app_id, MemberIdentity.value == openid
        )
    )


def _templates(wechat_template_ids: set[str]) -> dict[str, MessageTemplate]:
    rows = db.session.scalars(
        select(MessageTemplate).where(MessageTemplate.wechat_template_id.in_(wechat_template_ids))
    )
    return {template.wechat_template_id: template for template in rows}
