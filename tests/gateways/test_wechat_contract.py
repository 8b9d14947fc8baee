"""One set of promises, kept by the recording fake and by the real client against the sandbox over HTTP."""

from collections.abc import Callable, Iterator
from typing import Protocol

import pytest

from app.gateways.wechat import (
    RecordingWeChat,
    SendOutcome,
    TemplateInfo,
    WeChatCodeRefused,
    WeChatGateway,
    WeChatRequestInvalid,
    WeChatUnavailable,
    outcomes,
)
from app.gateways.wechat.recording import Call
from tests.gateways.conftest import MakeWeChat
from tests.gateways.wechat_box import FIELDS, LOGIN_PATH, TEMPLATE, WeChatBox


class Stage(Protocol):
    """A WeChat with one user, and the gateway to it."""

    openid: str

    @property
    def gateway(self) -> WeChatGateway: ...
    def login_code(self) -> str: ...
    def phone_code(self, phone: str) -> str: ...
    def grant(self) -> None: ...
    def break_down(self) -> None: ...


class FakeStage:
    def __init__(self) -> None:
        info = TemplateInfo(TEMPLATE, "优惠券到期提醒", {key: key[:-1] for key in FIELDS}, "one_time")
        self.gateway = self.fake = RecordingWeChat(templates=[info])
        self.openid, self._grants, self._issued = "o_ann", 0, 0
        self.fake.on_send = self._send

    def login_code(self) -> str:
        self._issued += 1
        self.fake.add_login_code(f"login-{self._issued}", self.openid)
        return f"login-{self._issued}"

    def phone_code(self, phone: str) -> str:
        self._issued += 1
        self.fake.add_phone_code(f"phone-{self._issued}", f"+86{phone}")
        return f"phone-{self._issued}"

    def grant(self) -> None:
        self._grants += 1

    def break_down(self) -> None:
        self.fake.fail_next("sign_in", WeChatUnavailable(reason="http_502", retry_after_seconds=2))

    def _send(self, call: Call) -> SendOutcome | None:
        if call.args["openid"] != self.openid:
            return outcomes.refused(40003)
        if call.args["template_id"] != TEMPLATE:
            return outcomes.refused(40037)
        if not self._grants:
            return outcomes.refused(43101)
        self._grants -= 1
        return None


class HttpStage:
    def __init__(self, box: WeChatBox, make_wechat: MakeWeChat) -> None:
        self._box, self.gateway = box, make_wechat()
        self.openid = box.user()

    def login_code(self) -> str:
        return self._box.login_code(self.openid)

    def phone_code(self, phone: str) -> str:
        self._box.user(phone=phone)
        return self._box.phone_code(self.openid)

    def grant(self) -> None:
        self._box.user(grants=1)

    def break_down(self) -> None:
        self._box.fault(LOGIN_PATH, http_status=502, html=True)


@pytest.fixture(params=["recording", "http"])
def stage(request: pytest.FixtureRequest) -> Iterator[Stage]:
    if request.param == "recording":
        yield FakeStage()
    else:
        yield HttpStage(request.getfixturevalue("box"), request.getfixturevalue("make_wechat"))


def send(stage: Stage, **changes: str) -> SendOutcome:
    parts = {"openid": stage.openid, "template_id": TEMPLATE, "page": "pages/coupons/index", **changes}
    return stage.gateway.send_subscribe_message(data=FIELDS, **parts)  # type: ignore[arg-type]


def test_a_login_code_names_the_user_once(stage: Stage) -> None:
    code = stage.login_code()
    assert stage.gateway.sign_in(code).openid == stage.openid
    with pytest.raises(WeChatCodeRefused) as again:
        stage.gateway.sign_in(code)
    assert again.value.data == {"advice": "call_wx_login_again"}
    assert stage.openid not in repr(stage.gateway.sign_in(stage.login_code()))


@pytest.mark.parametrize("code", ["never-issued", "", "x" * 5000, "有人", "a b", "a\x00b", "\ud800"])
def test_a_made_up_code_is_the_clients_mistake(stage: Stage, code: str) -> None:
    with pytest.raises(WeChatCodeRefused):
        stage.gateway.sign_in(code)
    with pytest.raises(WeChatCodeRefused) as refused:
        stage.gateway.phone_number(code, openid=stage.openid)
    assert refused.value.data == {"advice": "ask_for_the_phone_again"}


def test_a_phone_code_gives_e164_once_and_is_no_login_code(stage: Stage) -> None:
    with pytest.raises(WeChatCodeRefused):
        stage.gateway.sign_in(stage.phone_code("13800138000"))
    code = stage.phone_code("13800138000")
    assert stage.gateway.phone_number(code, openid=stage.openid) == "+8613800138000"
    with pytest.raises(WeChatCodeRefused):
        stage.gateway.phone_number(code, openid=stage.openid)


def test_one_grant_is_one_message(stage: Stage) -> None:
    stage.grant()
    first, second = send(stage), send(stage)
    assert (first.status, first.action, first.not_sent) == ("ok", "none", False)
    assert first.msgid is not None
    assert first.msgid > 2**53
    assert (second.status, second.errcode, second.action, second.not_sent) == ("failed", 43101, "drop_grant", True)


def test_whose_fault_a_refused_message_is(stage: Stage) -> None:
    stage.grant()
    assert send(stage, openid="o_nobody").action == "fail_member"
    assert send(stage, template_id="TPL_NONE").action == "stop_template"
    assert send(stage).status == "ok"  # neither refusal used the grant up


def test_templates_name_their_fields(stage: Stage) -> None:
    found = {template.template_id: template for template in stage.gateway.list_templates()}
    assert found[TEMPLATE].fields == {"thing1": "thing", "amount2": "amount", "date3": "date", "phrase4": "phrase"}
    assert found[TEMPLATE].kind == "one_time"


def test_a_mini_program_code_is_a_picture(stage: Stage) -> None:
    picture = stage.gateway.mini_program_code(scene="s=7KQ2Z9", page="pages/card/index")
    assert picture.startswith((b"\xff\xd8\xff", b"\x89PNG"))


@pytest.mark.parametrize(
    "wrong",
    [
        {"scene": ""},
        {"scene": "x" * 33},
        {"scene": "门店"},
        {"scene": "a=%20"},
        {"scene": "scancode_time=1"},
        {"page": "/pages/card/index"},
        {"page": "pages/card/index?id=1"},
        {"width": 100},
    ],
)
def test_a_code_that_would_be_refused_is_not_asked_for(stage: Stage, wrong: dict[str, object]) -> None:
    parts: dict[str, object] = {"scene": "s=1", "page": "pages/card/index", "width": 430, **wrong}
    ask: Callable[..., bytes] = stage.gateway.mini_program_code
    with pytest.raises(WeChatRequestInvalid) as refused:
        ask(**parts)
    assert refused.value.data["field"] in wrong


def test_text_is_reviewed(stage: Stage) -> None:
    stage.gateway.sign_in(stage.login_code())  # WeChat reviews only for people seen lately
    assert stage.gateway.check_text(openid=stage.openid, content="味道很好", scene=2) == "pass"
    with pytest.raises(WeChatRequestInvalid):
        stage.gateway.check_text(openid=stage.openid, content=" ", scene=2)


def test_a_wechat_that_is_down_says_when_to_try_again(stage: Stage) -> None:
    stage.break_down()
    with pytest.raises(WeChatUnavailable) as down:
        stage.gateway.sign_in(stage.login_code())
    assert down.value.data["retry_after_seconds"] >= 1
    assert stage.gateway.sign_in(stage.login_code()).openid == stage.openid
