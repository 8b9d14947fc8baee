"""WeChat's callbacks: only what WeChat signed just now is opened, in every shape it comes in."""

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.gateways.wechat import PushEvent, PushReceiver, PushRefused
from app.gateways.wechat.push_signature import signature
from sandbox import push_crypto, push_events, push_request
from sandbox.ids import Ids
from sandbox.settings import PushTarget

APPID, TOKEN = "wxpush0000000001", "push-token"
AES_KEY = base64.b64encode(bytes(range(32))).decode().rstrip("=")
NOW = datetime(2026, 11, 21, 4, 0, tzinfo=UTC)


def receiver(*, aes_key: str = AES_KEY, shift_seconds: float = 0) -> PushReceiver:
    return PushReceiver(TOKEN, aes_key, APPID, now=lambda: NOW + timedelta(seconds=shift_seconds))


def pushed(
    event: push_events.Event, *, mode: str = "secure", shape: str = "json", **changes: Any
) -> tuple[dict[str, str], bytes, str]:
    """What the sandbox would post: query, body, content type."""
    target = PushTarget(url="http://x/", token=TOKEN, aes_key=AES_KEY, mode=mode, format=shape)
    settings = {"appid": APPID, "ids": Ids("t", 0), "now": NOW.timestamp(), **changes}
    made = push_request.prepare(event, target, **settings)
    return dict(parse_qsl(urlsplit(made.url).query)), made.body, made.content_type


def popup(*answers: tuple[str, str]) -> push_events.Event:
    return push_events.popup("o_ann", answers or (("TPL_A", "accept"),), at=NOW.timestamp())


@pytest.mark.parametrize("shape", ["xml", "json"])
@pytest.mark.parametrize(("mode", "aes_key"), [("plain", ""), ("compat", AES_KEY), ("secure", AES_KEY)])
def test_every_mode_and_shape_reads_the_same(mode: str, aes_key: str, shape: str) -> None:
    opened = receiver(aes_key=aes_key).open(*pushed(popup(), mode=mode, shape=shape))
    assert (opened.kind, opened.event, opened.openid) == ("event", "subscribe_msg_popup_event", "o_ann")
    assert opened.created_at == NOW
    assert opened.items == (
        {"template_id": "TPL_A", "status": "accept", "popup_scene": "0", "msgid": None, "error": None},
    )
    assert opened.dedup_key == receiver().open(*pushed(popup())).dedup_key
    assert "o_ann" not in repr(opened)


@pytest.mark.parametrize("shape", ["xml", "json"])
def test_one_entry_or_several(shape: str) -> None:
    event = popup(("TPL_A", "accept"), ("TPL_B", "reject"))
    items = receiver().open(*pushed(event, shape=shape)).items
    assert [(item["template_id"], item["status"]) for item in items] == [("TPL_A", "accept"), ("TPL_B", "reject")]


@pytest.mark.parametrize("shape", ["xml", "json"])
def test_a_sent_event_names_the_message(shape: str) -> None:
    event = push_events.sent(
        "o_ann", "TPL_A", msgid=2018810812324364291, at=NOW.timestamp(), code="5", status="user refuse"
    )
    opened = receiver().open(*pushed(event, shape=shape))
    assert opened.items[0]["msgid"] == 2018810812324364291
    assert (opened.items[0]["error"], opened.items[0]["status"]) == (5, "user refuse")


def test_a_repeat_has_the_same_key_and_another_event_another() -> None:
    keys = {
        receiver().open(*pushed(event)).dedup_key
        for event in (
            popup(),
            popup(),
            popup(("TPL_B", "accept")),
            push_events.popup("o_bob", [("TPL_A", "accept")], at=NOW.timestamp()),
            push_events.popup("o_ann", [("TPL_A", "accept")], at=NOW.timestamp() + 1),
            push_events.change("o_ann", ["TPL_A"], at=NOW.timestamp()),
        )
    }
    assert len(keys) == 5
    assert max(map(len, keys)) <= 64


def test_events_nobody_knows_pass_without_items() -> None:
    opened = receiver().open(*pushed(push_events.Event("wxa_media_check", "o_ann", int(NOW.timestamp()))))
    assert (opened.event, opened.items) == ("wxa_media_check", ())
    args, _, _ = pushed(popup(), mode="plain")
    body = {"FromUserName": "o_ann", "CreateTime": int(NOW.timestamp()), "MsgType": "text", "MsgId": 77, "Content": "?"}
    message = receiver(aes_key="").open(args, json.dumps(body).encode(), "application/json")
    assert (message.kind, message.event, message.dedup_key) == ("text", "", "msg:77")


def test_the_address_check_is_echoed_only_for_wechat() -> None:
    # WeChat's own example values.
    args = {"timestamp": "1714036504", "nonce": "1514711492", "echostr": "4375120948345356249"}
    args["signature"] = "f464b24fc39322e44b38aa78f5edd27bd1441696"
    asked = PushReceiver("AAAAA", AES_KEY, APPID, now=lambda: datetime.fromtimestamp(1714036504, UTC))
    assert asked.verify_echo(args) == "4375120948345356249"
    for wrong in ({"signature": "0" * 40}, {"signature": ""}, {"nonce": ""}, {"echostr": "<b>"}, {"timestamp": "x"}):
        with pytest.raises(PushRefused):
            asked.verify_echo({**args, **wrong})
    with pytest.raises(PushRefused):
        asked.verify_echo({})


@pytest.mark.parametrize("seconds", [-301, 301, 86_400])
def test_a_signature_of_another_hour_is_refused(seconds: int) -> None:
    assert receiver(shift_seconds=299).open(*pushed(popup()))
    with pytest.raises(PushRefused) as refused:
        receiver(shift_seconds=seconds).open(*pushed(popup()))
    assert refused.value.data == {"reason": "stale"}


def test_a_forged_signature_is_refused_before_the_body_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object) -> None:
        raise AssertionError("parsed an unproven body")

    monkeypatch.setattr("app.gateways.wechat.push.parse_body", never)
    with pytest.raises(PushRefused):
        receiver().open(*pushed(popup(), bad_signature=True))


def test_a_body_swapped_under_a_good_signature_is_refused() -> None:
    args, _, kind = pushed(popup())
    other = push_crypto.encrypt(
        push_events.as_json(popup(("TPL_X", "accept")), account="g"), aes_key=AES_KEY, appid=APPID
    )
    with pytest.raises(PushRefused):
        receiver().open(args, json.dumps({"Encrypt": other}).encode(), kind)


def test_with_a_key_plain_pushes_are_refused_and_without_one_sealed_ones() -> None:
    with pytest.raises(PushRefused):
        receiver().open(*pushed(popup(), mode="plain"))
    with pytest.raises(PushRefused):
        receiver(aes_key="").open(*pushed(popup(), mode="secure"))


def test_a_push_for_another_app_is_refused() -> None:
    with pytest.raises(PushRefused):
        receiver().open(*pushed(popup(), appid="wxsomebodyelse"))


def sealed(inner: bytes) -> tuple[dict[str, str], bytes]:
    """Rightly signed, wrongly made."""
    text = base64.b64encode(inner).decode()
    stamp, nonce = str(int(NOW.timestamp())), "n"
    args = {"timestamp": stamp, "nonce": nonce, "signature": signature(TOKEN, stamp, nonce)}
    return {**args, "msg_signature": signature(TOKEN, stamp, nonce, text)}, json.dumps({"Encrypt": text}).encode()


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_any_forged_cipher_is_one_refusal(inner: bytes) -> None:
    with pytest.raises(PushRefused):
        receiver().open(*sealed(inner))


@settings(deadline=None)
@given(st.binary(min_size=32, max_size=320).map(lambda b: b[: len(b) // 32 * 32]))
def test_blocks_of_the_right_length_are_one_refusal_too(inner: bytes) -> None:
    with pytest.raises(PushRefused):
        receiver().open(*sealed(inner))


BAD_BODIES = [
    b"",
    b"{",
    b"[]",
    b"null",
    b"{}",
    b"\xff\xfe",
    b"<xml></xml>",
    b"<xml><a></xml>",
    b'<!DOCTYPE x [<!ENTITY a "aaaa">]><xml><ToUserName>&a;</ToUserName></xml>',
    b"[" * 60_000,
    b"<a>" * 20_000,
    b'{"a":' * 10_000,
    b'{"FromUserName": "o\\u0000", "CreateTime": 1, "MsgType": "event", "Event": "x"}',
    b'{"FromUserName": "o", "CreateTime": "soon", "MsgType": "event", "Event": "x"}',
    b'{"FromUserName": "o", "CreateTime": 99999999999999999999, "MsgType": "event", "Event": "x"}',
    b'{"FromUserName": "o", "CreateTime": 1000000000000, "MsgType": "event", "Event": "x"}',
    b'{"FromUserName": ["o"], "CreateTime": 1, "MsgType": "event", "Event": "x"}',
    b'{"FromUserName": "o", "CreateTime": 1, "MsgType": "event"}',
    b'{"FromUserName": "o", "CreateTime": 1, "MsgType": "event", "Event": "subscribe_msg_popup_event", "List": [{}]}',
    b'{"FromUserName": "o", "CreateTime": 1, "MsgType": "event", "Event": "x", "y": "' + b"y" * 65_536 + b'"}',
]


@pytest.mark.parametrize("body", BAD_BODIES, ids=range(len(BAD_BODIES)))
def test_a_signed_body_that_cannot_be_read_is_refused(body: bytes) -> None:
    args, _, _ = pushed(popup(), mode="plain")
    for kind in ("application/json", "text/xml", ""):
        with pytest.raises(PushRefused):
            receiver(aes_key="").open(args, body, kind)


@settings(deadline=None)
@given(st.dictionaries(st.text(max_size=10), st.one_of(st.text(), st.integers(), st.none(), st.lists(st.text()))))
def test_any_object_is_read_or_refused(extra: dict[str, Any]) -> None:
    body = {
        "FromUserName": "o",
        "CreateTime": 1,
        "MsgType": "event",
        "Event": "subscribe_msg_sent_event",
        "List": [extra, {"TemplateId": "T", **extra}],
    }
    args, _, _ = pushed(popup(), mode="plain")
    try:
        opened = receiver(aes_key="").open(args, json.dumps(body).encode(), "")
    except PushRefused:
        return
    assert isinstance(opened, PushEvent)


@pytest.mark.parametrize(
    ("token", "key"), [("", AES_KEY), (TOKEN, AES_KEY[:-1]), (TOKEN, "!" * 43), (TOKEN, AES_KEY + "=")]
)
def test_a_receiver_that_could_be_fooled_is_not_built(token: str, key: str) -> None:
    with pytest.raises(ValueError, match=r"(?i)push") as refused:
        PushReceiver(token, key, APPID, now=lambda: NOW)
    assert AES_KEY[:20] not in str(refused.value)
