"""The official account's events: who follows, who left, and how a message ended; each applied once."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from app.services import official_doubts, official_followers, wechat_events

FOLLOWED: Final = "subscribe"
UNFOLLOWED: Final = "unsubscribe"
SENT: Final = "TEMPLATESENDJOBFINISH"


def receive(
    *,
    event: str,
    openid: str,
    items: Sequence[Mapping[str, Any]],
    dedup_key: str,
    app_id: str,
    created_at: datetime,
    now: datetime,
) -> bool:
    """Store and apply one event; False for a repeat, which changes nothing. Who follows is asked for afterwards, by a tick."""
    if not wechat_events.receive(event=event, openid=openid, items=items, dedup_key=dedup_key, app_id=app_id, now=now):
        return False
    if event == FOLLOWED:
        official_followers.follow(openid, app_id=app_id, followed_at=created_at)
    elif event == UNFOLLOWED:
        official_followers.forget(openid, app_id=app_id)
    elif event == SENT:
        for item in items:
            official_doubts.settle(openid, msgid=item["msgid"], status=item["status"], now=now)
    return True
