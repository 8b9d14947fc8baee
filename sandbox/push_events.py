"""The events WeChat pushes, in two shapes: wrapped XML, and JSON whose `List` is an object or an array."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from xml.sax.saxutils import escape

POPUP = "subscribe_msg_popup_event"
CHANGE = "subscribe_msg_change_event"
SENT = "subscribe_msg_sent_event"
OFFICIAL_SENT = "TEMPLATESENDJOBFINISH"
FOLLOWED, UNFOLLOWED = "subscribe", "unsubscribe"
WRAPPERS = {POPUP: "SubscribeMsgPopupEvent", CHANGE: "SubscribeMsgChangeEvent", SENT: "SubscribeMsgSentEvent"}


@dataclass(frozen=True, slots=True)
class Event:
    """`items` are the entries of the event's list; `extra` holds fields beside it; `official`: of the official account."""

    name: str
    openid: str
    created_at: int
    items: tuple[dict[str, str], ...] = ()
    extra: dict[str, str] = field(default_factory=dict)
    official: bool = False


def popup(openid: str, answers: Sequence[tuple[str, str]], *, at: float, scene: str = "0") -> Event:
    """The user answered the subscription pop-up: (template id, accept | reject) pairs."""
    items = tuple(
        {"TemplateId": template_id, "SubscribeStatusString": status, "PopupScene": scene}
        for template_id, status in answers
    )
    return Event(POPUP, openid, int(at), items)


def change(openid: str, template_ids: Sequence[str], *, at: float) -> Event:
    """The user switched templates off in the mini-program's settings."""
    items = tuple({"TemplateId": item, "SubscribeStatusString": "reject"} for item in template_ids)
    return Event(CHANGE, openid, int(at), items)


def sent(openid: str, template_id: str, *, msgid: int, at: float, code: str = "0", status: str = "success") -> Event:
    """How the delivery of one accepted message ended."""
    item = {"TemplateId": template_id, "MsgID": str(msgid), "ErrorCode": code, "ErrorStatus": status}
    return Event(SENT, openid, int(at), (item,))


def official_sent(openid: str, *, msgid: int, at: float, status: str = "success") -> Event:
    return Event(OFFICIAL_SENT, openid, int(at), extra={"MsgID": str(msgid), "Status": status}, official=True)


def followed(openid: str, *, follows: bool, at: float) -> Event:
    """Somebody followed the official account, or left it."""
    return Event(FOLLOWED if follows else UNFOLLOWED, openid, int(at), extra={"EventKey": ""}, official=True)


def as_json(event: Event, *, account: str) -> str:
    """The shape seen in practice: no wrapper; `List` is an object for one entry and an array for several."""
    body: dict[str, Any] = {
        "ToUserName": account,
        "FromUserName": event.openid,
        "CreateTime": event.created_at,
        "MsgType": "event",
        "Event": event.name,
        **event.extra,
    }
    if event.items:
        body["List"] = event.items[0] if len(event.items) == 1 else list(event.items)
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"))


def as_xml(event: Event, *, account: str) -> str:
    parts = [
        _element("ToUserName", account),
        _element("FromUserName", event.openid),
        f"<CreateTime>{event.created_at}</CreateTime>",
        _element("MsgType", "event"),
        _element("Event", event.name),
        *[_element(name, value) for name, value in event.extra.items()],
    ]
    if event.items:
        entries = "".join(
            "<List>" + "".join(_element(name, value) for name, value in item.items()) + "</List>"
            for item in event.items
        )
        wrapper = WRAPPERS[event.name]
        parts.append(f"<{wrapper}>{entries}</{wrapper}>")
    return "<xml>" + "".join(parts) + "</xml>"


def _element(name: str, value: str) -> str:
    content = escape(value) if "]]>" in value else f"<![CDATA[{value}]]>"
    return f"<{name}>{content}</{name}>"
