"""A network that fails in every way: each send ends ok, failed or unknown, and nothing secret comes out."""

import json
import logging
import socket
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.errors import LoyaltyError
from app.gateways.wechat import (
    SendOutcome,
    WeChatGateway,
    WeChatTalkedNonsense,
    WeChatUnavailable,
    WeChatUserBlocked,
    client,
)
from app.gateways.wechat.troubles import Trouble
from tests.gateways.conftest import MakeWeChat
from tests.gateways.wechat_box import FIELDS, LOGIN_PATH, PHONE_PATH, SEND_PATH, TEMPLATE, WeChatBox

Answer = Callable[[socket.socket], None]


@pytest.fixture(autouse=True)
def impatience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "TIMEOUT_SECONDS", (1.0, 0.4))


def send(gateway: WeChatGateway, openid: str) -> SendOutcome:
    return gateway.send_subscribe_message(openid=openid, template_id=TEMPLATE, page="pages/a", data=FIELDS)


FAULTS: list[tuple[dict[str, Any], str, bool]] = [
    # what happens to the call, how it ends, whether it certainly was not sent
    ({"http_status": 502, "html": True}, "unknown", False),
    ({"http_status": 504, "body": ""}, "unknown", False),
    ({"http_status": 200, "html": True}, "unknown", False),
    ({"body": ""}, "unknown", False),
    ({"body": "{}"}, "unknown", False),
    ({"body": "[]"}, "unknown", False),
    ({"body": "null"}, "unknown", False),
    ({"body": '{"errcode": "zero"}'}, "unknown", False),
    ({"body": '{"errcode": null}'}, "unknown", False),
    ({"body": '{"errcode": true}'}, "unknown", False),
    ({"body": "[" * 60_000}, "unknown", False),
    ({"body": '{"errcode": 0, "msgid": 1, "x": "' + "x" * 70_000 + '"}'}, "unknown", False),
    ({"delay_ms": 900}, "unknown", False),
    ({"delay_after_ms": 900}, "unknown", False),
    ({"drop_before": "close"}, "unknown", False),
    ({"drop_after": "reset"}, "unknown", False),
    ({"http_status": 302, "body": ""}, "failed", True),
    ({"http_status": 403, "html": True}, "failed", True),
    ({"http_status": 429, "body": "slow down"}, "failed", True),
    ({"http_status": 408, "body": ""}, "unknown", False),
    ({"errcode": -1}, "failed", True),
    ({"http_status": 500, "body": '{"errcode": -1, "errmsg": "system error"}'}, "failed", True),
    ({"body": '{"errcode": "43101", "errmsg": "refuse"}'}, "failed", True),
    ({"body": '{"errcode": 0, "errmsg": "ok", "msgid": "not a number"}'}, "ok", False),
    ({"body": '{"errcode": 0, "errmsg": "raw \x01 control"}'}, "ok", False),
]


@pytest.mark.parametrize(("fault", "status", "not_sent"), FAULTS, ids=[str(fault[0])[:50] for fault in FAULTS])
def test_every_end_of_a_send_is_one_of_three(
    box: WeChatBox, make_wechat: MakeWeChat, fault: dict[str, Any], status: str, not_sent: bool
) -> None:
    box.fault(SEND_PATH, **fault)
    outcome = send(make_wechat(), box.user(grants=1))
    assert (outcome.status, outcome.not_sent) == (status, not_sent)
    assert (outcome.action == "none") == (status != "failed")


def test_an_unknown_send_may_have_been_accepted(box: WeChatBox, make_wechat: MakeWeChat) -> None:
    openid = box.user(grants=1)
    box.fault(SEND_PATH, drop_after="reset")
    assert send(make_wechat(), openid).status == "unknown"
    assert box.world.grants.left(openid, TEMPLATE) == 0  # sent all the same: this is why nobody may resend


def test_a_named_field_reaches_the_marketer(box: WeChatBox, make_wechat: MakeWeChat) -> None:
    outcome = make_wechat().send_subscribe_message(
        openid=box.user(grants=1), template_id=TEMPLATE, page="", data={**FIELDS, "thing1": "长" * 21}
    )
    assert (outcome.errcode, outcome.action, outcome.reason) == (47003, "fail_message", "field_invalid:thing1")


def test_text_that_is_no_text_is_refused_here(box: WeChatBox, make_wechat: MakeWeChat) -> None:
    outcome = make_wechat().send_subscribe_message(
        openid=box.user(grants=1), template_id=TEMPLATE, page="", data={**FIELDS, "thing1": "\ud800"}
    )
    assert (outcome.action, outcome.not_sent) == ("fail_message", True)
    assert SEND_PATH not in box.calls()


@contextmanager
def raw_server(answer: Answer) -> Iterator[str]:
    """A server that reads a request's head and then does as it likes."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listening:

        def serve() -> None:
            while True:
                try:
                    connection, _ = listening.accept()
                except OSError:
                    return
                with closing(connection):
                    connection.settimeout(5)
                    try:
                        connection.recv(65_536)
                        answer(connection)
                    except OSError:
                        pass

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        listening.shutdown(socket.SHUT_RDWR)
        thread.join(timeout=10)


def drip(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    while True:
        connection.sendall(b" ")
        threading.Event().wait(0.05)


def flood(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n")
    while True:
        connection.sendall(b" " * 65_536)


def cut(connection: socket.socket) -> None:
    connection.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{"openid": "o')


def babble(connection: socket.socket) -> None:
    connection.sendall(b"\x00\xff\x00 what?\r\n\r\n")


def false_length(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n{}")


def false_gzip(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\n\r\nnogzi")


@pytest.mark.parametrize("answer", [drip, flood, cut, babble, false_length, false_gzip])
def test_a_server_gone_mad_is_a_coded_error(
    make_wechat: MakeWeChat, answer: Answer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.gateways.wechat.answers.MAX_BODY_SECONDS", 0.5)
    with raw_server(answer) as url, pytest.raises((WeChatUnavailable, WeChatTalkedNonsense)):
        make_wechat(base_url=url).sign_in("0a1b2c")


def test_a_redirect_is_not_followed(make_wechat: MakeWeChat) -> None:
    stolen: list[bytes] = []

    def steal(connection: socket.socket) -> None:
        stolen.append(b"code and secret")

    with raw_server(steal) as thief:

        def elsewhere(connection: socket.socket) -> None:
            connection.sendall(f"HTTP/1.1 302 Found\r\nLocation: {thief}/\r\nContent-Length: 0\r\n\r\n".encode())

        with raw_server(elsewhere) as url, pytest.raises(WeChatUnavailable):
            make_wechat(base_url=url).sign_in("0a1b2c")
    assert not stolen


def test_a_connection_that_never_was_is_safe_to_retry(make_wechat: MakeWeChat, box: WeChatBox) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
    gateway = make_wechat()
    send(gateway, box.user())  # fetches the token
    gateway._client.root = f"http://127.0.0.1:{port}/"
    outcome = send(gateway, box.user())
    assert (outcome.status, outcome.not_sent, outcome.action) == ("failed", True, "retry_soon")


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ({"http_status": 502, "html": True}, WeChatUnavailable),
        ({"delay_ms": 900}, WeChatUnavailable),
        ({"drop_before": "reset"}, WeChatUnavailable),
        ({"errcode": -1}, WeChatUnavailable),
        ({"errcode": 45011}, WeChatUnavailable),
        ({"errcode": 40226}, WeChatUserBlocked),
        ({"html": True, "http_status": 200}, WeChatTalkedNonsense),
        ({"body": "{}"}, WeChatTalkedNonsense),
        ({"body": '{"openid": ""}'}, WeChatTalkedNonsense),
        ({"body": '{"openid": ["o"]}'}, WeChatTalkedNonsense),
        ({"body": '{"openid": "o\\u0000x"}'}, WeChatTalkedNonsense),
        ({"body": '{"openid": "' + "o" * 65 + '"}'}, WeChatTalkedNonsense),
        ({"body": '{"openid": "o1", "unionid": 7}'}, WeChatTalkedNonsense),
    ],
)
def test_a_login_fails_with_a_code_of_its_own(
    box: WeChatBox, make_wechat: MakeWeChat, fault: dict[str, Any], error: type[LoyaltyError]
) -> None:
    box.fault(LOGIN_PATH, **fault)
    with pytest.raises(error) as failed:
        make_wechat().sign_in(box.login_code(box.user()))
    if error is WeChatUnavailable:
        assert failed.value.data["retry_after_seconds"] >= 1


def phone_body(appid: str, *, age_seconds: int = 0, watermarked: str = "", **changes: object) -> str:
    stamp = int((datetime.now(UTC) - timedelta(seconds=age_seconds)).timestamp())
    info: dict[str, object] = {"countryCode": "86", "purePhoneNumber": "13800138000", "watermark": {}}
    info["watermark"] = {"appid": watermarked or appid, "timestamp": stamp}
    return json.dumps({"errcode": 0, "phone_info": {**info, **changes}})


@pytest.mark.parametrize("country", [86, "86"])
def test_the_country_code_may_be_a_number(box: WeChatBox, make_wechat: MakeWeChat, country: object) -> None:
    box.fault(PHONE_PATH, body=phone_body(box.settings.appid, countryCode=country))
    assert make_wechat().phone_number("code", openid="o1") == "+8613800138000"


@pytest.mark.parametrize(
    "changes",
    [
        {"age_seconds": 3600},
        {"watermarked": "wxsomebodyelse"},
        {"watermark": None},
        {"purePhoneNumber": "138-0013"},
        {"purePhoneNumber": None},
        {"countryCode": ""},
    ],
)
def test_a_phone_that_is_not_ours_or_not_one_is_refused(
    box: WeChatBox, make_wechat: MakeWeChat, changes: dict[str, Any]
) -> None:
    box.fault(PHONE_PATH, body=phone_body(box.settings.appid, **changes))
    with pytest.raises(WeChatTalkedNonsense):
        make_wechat().phone_number("code", openid="o1")


@pytest.mark.parametrize(
    "body", ['{"errcode":0,"data":{}}', '{"errcode":0,"data":[1]}', '{"errcode":0,"data":[{"title":"t"}]}']
)
def test_a_template_list_of_another_shape_is_refused(box: WeChatBox, make_wechat: MakeWeChat, body: str) -> None:
    box.fault("/wxaapi/newtmpl/gettemplate", body=body)
    with pytest.raises(WeChatTalkedNonsense):
        make_wechat().list_templates()


@pytest.mark.parametrize("suggest", ['{"suggest":"maybe"}', "{}", "null", '"pass"'])
def test_an_unclear_review_does_not_pass(box: WeChatBox, make_wechat: MakeWeChat, suggest: str) -> None:
    box.fault("/wxa/msg_sec_check", body=f'{{"errcode":0,"result":{suggest}}}')
    with pytest.raises(WeChatTalkedNonsense):
        make_wechat().check_text(openid="o1", content="x", scene=1)


@pytest.mark.parametrize(
    "url",
    [
        "https://api.weixin.qq.com.evil.example",
        "http://api.weixin.qq.com",
        "https://evil.example",
        "http://127.0.0.1@evil.example",
        "http://user:pw@127.0.0.1",
        "ftp://127.0.0.1",
        "http://10.0.0.1",
        "",
    ],
)
def test_the_secret_travels_to_wechat_or_this_machine_only(make_wechat: MakeWeChat, url: str) -> None:
    with pytest.raises(ValueError, match="base URL"):
        make_wechat(base_url=url)


def test_production_accepts_wechat_alone(make_wechat: MakeWeChat, box: WeChatBox) -> None:
    with pytest.raises(ValueError, match="production"):
        make_wechat(production=True)
    make_wechat(production=True, base_url="https://api.weixin.qq.com/")


def test_a_proxy_in_the_environment_sees_nothing_of_the_sandbox(
    box: WeChatBox, make_wechat: MakeWeChat, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    assert make_wechat().sign_in(box.login_code(box.user())).openid == box.user()


def _everything_reachable(error: BaseException) -> str:
    seen: list[str] = []
    current: BaseException | None = error
    while current is not None:
        seen += [repr(current), str(current), repr(vars(current))]
        current = current.__cause__ or current.__context__
    return "".join(seen) + "".join(traceback.format_exception(error))


@pytest.mark.parametrize("fault", [{"drop_before": "reset"}, {"delay_ms": 900}, {"html": True}, {"errcode": 40125}])
def test_no_error_and_no_log_line_holds_a_secret(
    box: WeChatBox, make_wechat: MakeWeChat, caplog: pytest.LogCaptureFixture, fault: dict[str, Any]
) -> None:
    caplog.set_level(logging.DEBUG)
    gateway = make_wechat()
    gateway.sign_in(box.login_code(box.user()))
    box.fault(LOGIN_PATH, **fault)
    code = box.login_code(box.user())
    with pytest.raises(LoyaltyError) as failed:
        gateway.sign_in(code)
    box.fault(SEND_PATH, **fault)
    outcome = send(gateway, box.user(grants=1))
    token = gateway._client.access_token
    told = _everything_reachable(failed.value) + repr(outcome) + caplog.text
    assert "secret=***" in caplog.text  # urllib3 did log the URLs …
    for secret in (box.settings.secret, code, token, box.user()):
        assert secret not in told  # … without what must not be in them


def test_wechatpys_own_classes_take_the_same_path(box: WeChatBox, make_wechat: MakeWeChat) -> None:
    gateway = make_wechat()
    assert gateway._client.wxa._get("wxaapi/newtmpl/getcategory")["data"]
    with pytest.raises(Trouble, match="foreign_host"):
        gateway._client.get("https://evil.example/steal")
