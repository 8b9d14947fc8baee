"""Pushes: signed, encrypted so that an independent implementation reads them, retried, doubled, lost, late and forged."""

import base64
import json
from collections.abc import Iterator
from typing import Any

import pytest
import xmltodict
from wechatpy.crypto import WeChatCrypto
from wechatpy.exceptions import InvalidSignatureException
from wechatpy.utils import check_signature

from sandbox import push_crypto, push_request
from tests.sandbox.driver import BIRTHDAY, Driver
from tests.sandbox.receiver import Got, Receiver, receiving

TOKEN = "push-token"
AES_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
PROMOTION = "TPL_PROMOTION_DEMO"


@pytest.fixture
def receiver(wx: Driver) -> Iterator[Receiver]:
    with receiving() as found:
        aim(wx, found)
        yield found


def aim(wx: Driver, receiver: Receiver, *, mode: str = "secure", format: str = "json") -> None:
    wx.control("POST", "/push/config", url=receiver.url, token=TOKEN, aes_key=AES_KEY, mode=mode, format=format)
    wx.control("POST", "/push/mischief", retry_pause_ms=1)
    wx.control("POST", "/settings", sent_event_delay_ms=0)


def flush(wx: Driver) -> dict[str, Any]:
    found = wx.control("POST", "/push/flush")
    assert found["flushed"], found
    return found


def subscribe(wx: Driver, openid: str, **answers: str) -> None:
    wx.control("POST", "/subscribe", openid=openid, templates=answers)


def open_push(wx: Driver, got: Got) -> str:
    """Verify and decrypt with wechatpy, which knows nothing of our implementation."""
    query = got.query
    check_signature(TOKEN, query["signature"], query["timestamp"], query["nonce"])
    crypto = WeChatCrypto(TOKEN, AES_KEY, wx.settings.appid)
    message = json.loads(got.body) if got.body.startswith("{") else got.body
    return str(crypto.decrypt_message(message, query["msg_signature"], query["timestamp"], query["nonce"]))


def test_the_signature_vector() -> None:
    expected = "f464b24fc39322e44b38aa78f5edd27bd1441696"
    assert push_crypto.signature("AAAAA", "1714036504", "1514711492") == expected


@pytest.mark.parametrize("length", [0, 1, 3, 4, 13, 31, 32, 33, 500])
def test_encryption_is_read_by_wechatpy_and_by_ourselves(length: int) -> None:
    text = ("会员" * length)[:length]
    encrypted = push_crypto.encrypt(text, aes_key=AES_KEY, appid="wx1")
    assert len(base64.b64decode(encrypted)) % 32 == 0
    crypto = WeChatCrypto(TOKEN, AES_KEY, "wx1")
    signature = push_crypto.signature(TOKEN, "1", "2", encrypted)
    assert crypto.decrypt_message({"Encrypt": encrypted}, signature, "1", "2") == text
    assert push_crypto.decrypt(encrypted, aes_key=AES_KEY) == (text, "wx1")


def test_json_list_is_an_object_for_one_and_an_array_for_several(wx: Driver, receiver: Receiver) -> None:
    openid = wx.user()
    subscribe(wx, openid, **{BIRTHDAY: "accept"})
    flush(wx)
    subscribe(wx, openid, **{BIRTHDAY: "accept", PROMOTION: "reject"})
    flush(wx)
    one, several = (json.loads(open_push(wx, got)) for got in receiver.got)
    assert one == {
        "ToUserName": "gh_sandbox",
        "FromUserName": openid,
        "CreateTime": 1_795_000_000,
        "MsgType": "event",
        "Event": "subscribe_msg_popup_event",
        "List": {"TemplateId": BIRTHDAY, "SubscribeStatusString": "accept", "PopupScene": "0"},
    }
    assert [item["SubscribeStatusString"] for item in several["List"]] == ["accept", "reject"]
    outer = json.loads(receiver.got[0].body)
    assert set(outer) == {"ToUserName", "Encrypt"} and receiver.got[0].content_type.startswith("application/json")
    assert receiver.got[0].query["encrypt_type"] == "aes" and receiver.got[0].query["openid"] == openid


def test_xml_wraps_the_list_and_a_switch_off_pushes_a_change(wx: Driver, receiver: Receiver) -> None:
    aim(wx, receiver, format="xml")
    openid = wx.user()
    wx.control("POST", "/switch-off", openid=openid, templates=[BIRTHDAY, PROMOTION])
    flush(wx)
    event = xmltodict.parse(open_push(wx, receiver.got[0]))["xml"]
    assert event["Event"] == "subscribe_msg_change_event" and event["FromUserName"] == openid
    items = event["SubscribeMsgChangeEvent"]["List"]
    assert [(item["TemplateId"], item["SubscribeStatusString"]) for item in items] == [
        (BIRTHDAY, "reject"),
        (PROMOTION, "reject"),
    ]
    assert receiver.got[0].content_type.startswith("text/xml")


@pytest.mark.parametrize("format", ["xml", "json"])
def test_plain_and_compatible_mode_show_the_text(wx: Driver, receiver: Receiver, format: str) -> None:
    openid = wx.user()
    for mode in ("plain", "compat"):
        aim(wx, receiver, mode=mode, format=format)
        subscribe(wx, openid, **{BIRTHDAY: "accept"})
        # Two pushes under way at once may arrive in either order.
        flush(wx)
    plain, compat = receiver.got
    for got in (plain, compat):
        assert openid in got.body and BIRTHDAY in got.body
        check_signature(TOKEN, got.query["signature"], got.query["timestamp"], got.query["nonce"])
    assert "Encrypt" not in plain.body and "msg_signature" not in plain.query
    assert openid in open_push(wx, compat)


def test_an_accepted_send_reports_its_end(wx: Driver, receiver: Receiver) -> None:
    openid = wx.granted()
    msgid = wx.send(openid)["msgid"]
    flush(wx)
    event = json.loads(open_push(wx, receiver.got[0]))
    assert event["Event"] == "subscribe_msg_sent_event"
    assert event["List"] == {
        "TemplateId": BIRTHDAY,
        "MsgID": str(msgid),
        "ErrorCode": "0",
        "ErrorStatus": "success",
    }


def test_the_sent_event_can_come_before_the_answer(wx: Driver, receiver: Receiver) -> None:
    openid = wx.granted()
    wx.control("POST", "/settings", sent_event_first=True)
    assert wx.send(openid)["errcode"] == 0
    assert len(receiver.got) == 1
    wx.control("POST", "/settings", sent_events=False)
    wx.control("POST", "/grants", openids=[openid], template_id=BIRTHDAY)
    assert wx.send(openid)["errcode"] == 0
    flush(wx)
    assert len(receiver.got) == 1


def test_refused_pushes_are_tried_three_times_with_the_same_bytes(wx: Driver, receiver: Receiver) -> None:
    openid = wx.user()
    receiver.answers.extend([(500, "", 0), (200, "busy", 0), (200, "success", 0)])
    subscribe(wx, openid, **{BIRTHDAY: "accept"})
    assert flush(wx)["delivered"] == 1
    assert len(receiver.got) == 3 and receiver.got[0] == receiver.got[1] == receiver.got[2]
    receiver.answers.extend([(500, "", 0)] * 4)
    subscribe(wx, openid, **{BIRTHDAY: "accept"})
    assert flush(wx)["failed"] == 1
    assert len(receiver.got) == 6
    log = wx.control("GET", "/push/log")["data"]
    assert [(entry["attempt"], entry["accepted"]) for entry in log] == [
        (1, False),
        (2, False),
        (3, True),
        (1, False),
        (2, False),
        (3, False),
    ]


def test_a_receiver_too_slow_or_not_there_is_no_success(
    wx: Driver, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(push_request, "ANSWER_SECONDS", 0.5)
    openid = wx.user()
    receiver.answers.append((200, "success", 1.5))
    subscribe(wx, openid, **{BIRTHDAY: "accept"})
    flush(wx)
    log = wx.control("GET", "/push/log")["data"]
    assert log[0]["error"] == "ReadTimeoutError" and not log[0]["accepted"] and log[-1]["accepted"]
    wx.control("POST", "/push/config", url="http://127.0.0.1:9/")
    subscribe(wx, openid, **{BIRTHDAY: "accept"})
    assert flush(wx)["failed"] == 1


def test_duplicates_losses_and_bad_signatures_are_spent_one_by_one(wx: Driver, receiver: Receiver) -> None:
    openid = wx.user()
    wx.control("POST", "/push/mischief", duplicate=1, lose=1)
    for _ in ("lost", "doubled", "as it should be"):
        subscribe(wx, openid, **{BIRTHDAY: "accept"})
        flush(wx)
    assert len(receiver.got) == 3
    assert receiver.got[0] == receiver.got[1] != receiver.got[2]
    wx.control("POST", "/push/mischief", bad_signature=1)
    subscribe(wx, openid, **{BIRTHDAY: "accept"})
    flush(wx)
    forged = receiver.got[3]
    with pytest.raises(InvalidSignatureException):
        open_push(wx, forged)
    crypto = WeChatCrypto(TOKEN, AES_KEY, wx.settings.appid)
    with pytest.raises(InvalidSignatureException):
        crypto.decrypt_message(
            json.loads(forged.body), forged.query["msg_signature"], forged.query["timestamp"], forged.query["nonce"]
        )
    subscribe(wx, openid, **{BIRTHDAY: "accept"})
    flush(wx)
    assert open_push(wx, receiver.got[4])


def test_events_wait_while_paused_and_can_be_turned_round(wx: Driver, receiver: Receiver) -> None:
    openid = wx.user()
    wx.control("POST", "/push/mischief", paused=True)
    subscribe(wx, openid, **{BIRTHDAY: "accept"})
    wx.control("POST", "/switch-off", openid=openid, templates=[BIRTHDAY])
    assert wx.control("POST", "/push/flush", timeout_ms=50)["flushed"] is False
    assert receiver.got == []
    wx.control("POST", "/push/mischief", reorder=True, paused=False)
    flush(wx)
    names = [json.loads(open_push(wx, got))["Event"] for got in receiver.got]
    assert names == ["subscribe_msg_change_event", "subscribe_msg_popup_event"]


def test_any_event_can_be_made_up(wx: Driver, receiver: Receiver) -> None:
    openid = wx.user()
    item = {"TemplateId": "GONE", "MsgID": "1", "ErrorCode": "0", "ErrorStatus": "success"}
    wx.control(
        "POST", "/push/event", openid=openid, event="subscribe_msg_sent_event", items=[item], created_at=1_700_000_000
    )
    flush(wx)
    event = json.loads(open_push(wx, receiver.got[0]))
    assert event["CreateTime"] == 1_700_000_000 and event["List"] == item
    wx.control("POST", "/push/event", status=400, openid=openid, event="subscribe")


def test_the_address_must_prove_itself(wx: Driver, receiver: Receiver) -> None:
    assert wx.control("POST", "/push/verify")["accepted"] is True
    query = receiver.got[0].query
    check_signature(TOKEN, query["signature"], query["timestamp"], query["nonce"])
    receiver.echo = False
    assert wx.control("POST", "/push/verify")["accepted"] is False


def test_a_target_that_cannot_work_is_refused(wx: Driver, receiver: Receiver) -> None:
    for parts in ({"token": ""}, {"aes_key": "short"}, {"mode": "loud"}, {"format": "yaml"}, {"url": "ftp://x"}):
        wx.control("POST", "/push/config", status=400, **parts)
    shown = wx.control("GET", "/push/config")
    assert shown["url"] == receiver.url and TOKEN not in str(shown) and AES_KEY not in str(shown)


def test_the_official_accounts_events_go_to_an_address_of_their_own(wx: Driver, receiver: Receiver) -> None:
    wx.user("alice", unionid="auto")
    with receiving() as official:
        wx.control(
            "POST", "/push/config", official=True, url=official.url, token=TOKEN, aes_key=AES_KEY, account="gh_official"
        )
        found = wx.control("POST", "/follow", name="alice")
        wx.control("POST", "/follow", name="alice", follows=False)
        flush(wx)
        assert receiver.got == []
        crypto = WeChatCrypto(TOKEN, AES_KEY, wx.settings.oa_appid)
        told = []
        for got in official.got:
            query = got.query
            plain = crypto.decrypt_message(
                json.loads(got.body), query["msg_signature"], query["timestamp"], query["nonce"]
            )
            told.append(json.loads(plain))
        assert [(one["Event"], one["FromUserName"]) for one in told] == [
            ("subscribe", found["official_openid"]),
            ("unsubscribe", found["official_openid"]),
        ]
        wx.control("POST", "/push/config", official=True, url="")
