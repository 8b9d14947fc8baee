"""A network that fails in every way: each send ends ok, failed or unknown, everything else in a coded error."""

import json
import socket
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool

from app.errors import LoyaltyError
from app.gateways.wechat import (
    SendOutcome,
    WeChatGateway,
    WeChatTalkedNonsense,
    WeChatUnavailable,
    WeChatUserBlocked,
    client,
    exchange,
)
from tests.gateways.conftest import MakeWeChat
from tests.gateways.wechat_box import FIELDS, LOGIN_PATH, PHONE_PATH, SEND_PATH, TEMPLATE, WeChatBox

Answer = Callable[[socket.socket], None]


@pytest.fixture(autouse=True)
def impatience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exchange, "READ_SECONDS", 2.0)


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
    ({"delay_ms": 3000}, "unknown", False),
    ({"delay_after_ms": 3000}, "unknown", False),
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


def test_the_environment_says_by_which_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.9:3128")
    monkeypatch.setenv("NO_PROXY", "")
    by_proxy = client._pool_of(requests.Session(), f"{client.WECHAT_HOST}/")
    assert (by_proxy.host, by_proxy.proxy and by_proxy.proxy.host) == ("api.weixin.qq.com", "127.0.0.9")
    assert isinstance(by_proxy, HTTPSConnectionPool)
    assert by_proxy.cert_reqs == "CERT_REQUIRED"


def test_a_connection_that_never_was_is_safe_to_retry(make_wechat: MakeWeChat, box: WeChatBox) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
    gateway = make_wechat()
    send(gateway, box.user())  # fetches the token
    gateway._client._pool = HTTPConnectionPool("127.0.0.1", port)
    outcome = send(gateway, box.user())
    assert (outcome.status, outcome.not_sent, outcome.action) == ("failed", True, "retry_soon")


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ({"http_status": 502, "html": True}, WeChatUnavailable),
        ({"delay_ms": 3000}, WeChatUnavailable),
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
