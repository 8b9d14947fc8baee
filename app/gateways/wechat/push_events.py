"""One shape for every push, whether it came as XML or as JSON, wrapped or not, with one list entry or several."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, TypedDict

from . import answers
from .failures import PushRefused

# Subscribe-message events and the XML element that wraps their list; the JSON mode has no wrapper.
_WRAPPERS: Final = {
    "subscribe_msg_popup_event": "SubscribeMsgPopupEvent",
    "subscribe_msg_change_event": "SubscribeMsgChangeEvent",
    "subscribe_msg_sent_event": "SubscribeMsgSentEvent",
}
# The official account tells how a template message ended beside the list, not in one.
OFFICIAL_SENT: Final = "TEMPLATESENDJOBFINISH"
MAX_ITEMS: Final = 100
END_OF_TIME: Final = 1 << 37  # the year 6325: later ones soon leave the calendar
_IDENTIFIER: Final = re.compile(r"[0-9A-Za-z_\-]{1,64}")
_NAME: Final = re.compile(r"[0-9A-Za-z_.\-]{1,64}")


class PushItem(TypedDict):
    """One template of a subscribe-message event. `status`: accept, reject …; of a sent event: success or a reason."""

    template_id: str
    status: str
    popup_scene: str
    msgid: int | None
    error: int | None


@dataclass(frozen=True, slots=True)
class PushEvent:
    """`kind` is WeChat's MsgType ("event", "text", …), `event` its Event or "", `created_at` WeChat's instant."""

    kind: str
    openid: str = field(repr=False)
    created_at: datetime
    event: str
    items: tuple[PushItem, ...]
    dedup_key: str
    raw: Mapping[str, Any] = field(repr=False)


def read_event(message: Mapping[str, Any]) -> PushEvent:
    """Errors: PushRefused when sender, time or kind are missing; unknown events pass with no items."""
    openid, kind = _matching(message, "FromUserName", _IDENTIFIER), _matching(message, "MsgType", _NAME)
    event = _matching(message, "Event", _NAME) if kind == "event" else ""
    stamp = answers.whole_number(message.get("CreateTime"))
    if stamp is None or not 0 < stamp < END_OF_TIME:
        raise PushRefused(reason="unreadable")
    items = (_official_item(message),) if event == OFFICIAL_SENT else tuple(_item(row) for row in _rows(message, event))
    return PushEvent(
        kind=kind,
        openid=openid,
        created_at=datetime.fromtimestamp(stamp, UTC),
        event=event,
        items=items,
        dedup_key=_dedup_key(openid, items, kind=kind, event=event, stamp=stamp, msgid=message.get("MsgId")),
        raw=dict(message),
    )


def _matching(message: Mapping[str, Any], key: str, shape: re.Pattern[str]) -> str:
    value = message.get(key)
    if not isinstance(value, str) or not shape.fullmatch(value):
        raise PushRefused(reason="unreadable")
    return value


def _rows(message: Mapping[str, Any], event: str) -> list[Mapping[str, Any]]:
    if event not in _WRAPPERS:
        return []
    wrapper = message.get(_WRAPPERS[event])
    rows = (wrapper if isinstance(wrapper, dict) else message).get("List")
    rows = rows if isinstance(rows, list) else [rows]
    if len(rows) > MAX_ITEMS:
        raise PushRefused(reason="unreadable")
    return [row for row in rows if isinstance(row, dict)]


def _item(row: Mapping[str, Any]) -> PushItem:
    return PushItem(
        template_id=_matching(row, "TemplateId", _IDENTIFIER),
        status=_short(row.get("SubscribeStatusString") or row.get("ErrorStatus")),
        popup_scene=_short(row.get("PopupScene")),
        msgid=answers.whole_number(row.get("MsgID", row.get("MsgId"))),
        error=answers.whole_number(row.get("ErrorCode")),
    )


def _official_item(message: Mapping[str, Any]) -> PushItem:
    return PushItem(
        template_id="",
        status=_short(message.get("Status")),
        popup_scene="",
        msgid=answers.whole_number(message.get("MsgID")),
        error=None,
    )


def _short(value: object) -> str:
    # Stored and shown: no NUL for PostgreSQL to choke on, no essay.
    text = value if isinstance(value, str) else str(value) if isinstance(value, int) else ""
    return "".join(character for character in text[:64] if character.isprintable())


def _dedup_key(openid: str, items: tuple[PushItem, ...], *, kind: str, event: str, stamp: int, msgid: object) -> str:
    """The same for a repeat of one push, in either format; at most 64 characters."""
    number = answers.whole_number(msgid)
    if number is not None and kind != "event":
        return f"msg:{number}"
    if (
        event in ("subscribe_msg_sent_event", OFFICIAL_SENT)
        and items
        and all(item["msgid"] is not None for item in items)
    ):
        # The message decides, not the moment: a second report about it is a repeat.
        parts: list[Any] = [openid, event, sorted(item["msgid"] or 0 for item in items)]
    else:
        parts = [openid, stamp, kind, event, sorted(json.dumps(item, sort_keys=True) for item in items)]
    return "evt:" + hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:48]
