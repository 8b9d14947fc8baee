"""WeChat's events: stored once under their key however often they come, and applied in the same transaction."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from app.extensions import db
from app.models import MemberIdentity, MessageTemplate, WeChatEvent
from app.services import doubts, subscription_grants

POPUP = "subscribe_msg_popup_event"
CHANGE = "subscribe_msg_change_event"
SENT = "subscribe_msg_sent_event"

Items = Sequence[Mapping[str, Any]]


def receive(*, event: str, openid: str, items: Items, dedup_key: str, app_id: str, now: datetime) -> bool:
    """Store and apply one event; False for a repeat, which changes nothing.

    `items`: one mapping per template with template_id, status, msgid, error."""
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
        _apply_choices(event, event_id, openid=openid, items=items, app_id=app_id, now=now)
    return True


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


def _apply_choices(event: str, event_id: int, *, openid: str, items: Items, app_id: str, now: datetime) -> None:
    member_id = _find_member_id(openid, app_id=app_id)
    if member_id is None:
        # Asked before the person enrolled: nothing to count for. A later 43101 would correct us, silence cannot hurt.
        return
    templates = _template_ids([item["template_id"] for item in items])
    for number, item in enumerate(sorted(items, key=lambda item: str(item["template_id"]))):
        template_id = templates.get(item["template_id"])
        source = f"event:{event_id}:{number}"
        if template_id is None:
            continue
        if event == POPUP and item["status"] == "accept":
            subscription_grants.accept(member_id, template_id, witness="event", source=source, now=now)
        elif event == CHANGE and item["status"] == "reject":
            subscription_grants.drop(member_id, template_id, kind="switched_off", source=source, now=now)


def _find_member_id(openid: str, *, app_id: str) -> int | None:
    return db.session.scalar(
        select(MemberIdentity.member_id).where(
            MemberIdentity.kind == "openid", MemberIdentity.app_id == app_id, MemberIdentity.value == openid
        )
    )


def _template_ids(wechat_template_ids: list[str]) -> dict[str, int]:
    rows = db.session.execute(
        select(MessageTemplate.wechat_template_id, MessageTemplate.id).where(
            MessageTemplate.wechat_template_id.in_(wechat_template_ids)
        )
    )
    return dict(rows.all())
