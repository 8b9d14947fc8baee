"""The AppSecret, tokens and codes go to WeChat (or this machine's sandbox) and nowhere else."""

import logging
import socket
import traceback
from typing import Any

import pytest

from app.errors import LoyaltyError
from app.gateways.wechat import exchange
from app.gateways.wechat.troubles import Trouble
from tests.gateways.conftest import MakeWeChat
from tests.gateways.test_wechat_mad_servers import raw_server
from tests.gateways.wechat_box import FIELDS, LOGIN_PATH, SEND_PATH, TEMPLATE, WeChatBox


@pytest.fixture(autouse=True)
def impatience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exchange, "READ_SECONDS", 1.5)


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


@pytest.mark.parametrize("fault", [{"drop_before": "reset"}, {"delay_ms": 2500}, {"html": True}, {"errcode": 40125}])
def test_no_error_and_no_log_line_holds_a_secret(
    box: WeChatBox, make_wechat: MakeWeChat, caplog: pytest.LogCaptureFixture, fault: dict[str, Any]
) -> None:
    # Whatever levels the application sets, somebody hunting an error will lower them.
    for name in ("", "urllib3", "urllib3.connection", "urllib3.connectionpool", "redis"):
        caplog.set_level(logging.DEBUG, logger=name)
    gateway = make_wechat()
    gateway.sign_in(box.login_code(box.user()))
    box.fault(LOGIN_PATH, **fault)
    code = box.login_code(box.user())
    with pytest.raises(LoyaltyError) as failed:
        gateway.sign_in(code)
    box.fault(SEND_PATH, **fault)
    outcome = gateway.send_subscribe_message(openid=box.user(grants=1), template_id=TEMPLATE, page="", data=FIELDS)
    token = gateway._client.access_token
    told = _everything_reachable(failed.value) + repr(outcome) + caplog.text
    assert "urllib3.connectionpool" in caplog.text  # urllib3 did log …
    for secret in (box.settings.secret, code, token, box.user()):
        assert secret not in told  # … without what must not be in it


def test_an_answer_that_makes_urllib3_log_its_url_tells_no_secret(
    make_wechat: MakeWeChat, caplog: pytest.LogCaptureFixture
) -> None:
    def answer(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nno header: \r\nat all\r\nContent-Length: 2\r\n\r\n{}")

    with raw_server(answer) as url, pytest.raises(LoyaltyError):
        make_wechat(base_url=url).sign_in("a-code-of-mine")
    assert "Failed to parse headers" in caplog.text
    assert "js_code=***" in caplog.text
    assert "a-code-of-mine" not in caplog.text


def test_wechatpys_own_classes_take_the_same_path(box: WeChatBox, make_wechat: MakeWeChat) -> None:
    gateway = make_wechat()
    assert gateway._client.wxa._get("wxaapi/newtmpl/getcategory")["data"]
    with pytest.raises(Trouble, match="foreign_host"):
        gateway._client.get("https://evil.example/steal")
