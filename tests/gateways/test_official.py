"""The official account over HTTP: its own token and OpenIDs, followers only, one message per client_msg_id."""

import logging
from typing import Any

import pytest

from app.errors import LoyaltyError
from app.gateways.wechat import (
    Follower,
    HttpOfficialAccount,
    SendOutcome,
    WeChatRejected,
    WeChatTalkedNonsense,
    WeChatUnavailable,
    exchange,
)
from sandbox.demo_templates import OFFICIAL_COUPON
from tests.gateways.wechat_box import WeChatBox

SEND = "/cgi-bin/message/template/send"
INFO = "/cgi-bin/user/info"
FIELDS = {"thing1": "满100减20券", "time2": "2026年12月31日"}


@pytest.fixture(autouse=True)
def impatience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exchange, "READ_SECONDS", 1.2)


@pytest.fixture
def ann(box: WeChatBox) -> str:
    """A follower with a UnionID; her OpenID at the official account."""
    user, _ = box.world.users.ensure(name="ann")
    user.follows, user.unionid = True, "o6_union_ann"
    return str(user.official_openid)


def send(official: HttpOfficialAccount, who: str, /, **changes: Any) -> SendOutcome:
    values: dict[str, Any] = {
        "openid": who,
        "template_id": OFFICIAL_COUPON,
        "page": "pages/coupon/index",
        "data": FIELDS,
        "client_msg_id": "k" * 32,
    }
    return official.send_template_message(**{**values, **changes})


def test_one_message_per_client_msg_id(box: WeChatBox, official: HttpOfficialAccount, ann: str) -> None:
    first, again = send(official, ann), send(official, ann)
    assert (first.status, first.msgid) == ("ok", again.msgid)
    assert first.msgid is not None
    assert box.world.outbox.count(ann, OFFICIAL_COUPON) == 1
    assert send(official, ann, client_msg_id="other").msgid != first.msgid
    assert box.world.outbox.count(ann, OFFICIAL_COUPON) == 2


@pytest.mark.parametrize(
    ("changes", "errcode", "action", "reason"),
    [
        ({"openid": "o_nobody"}, 40003, "fail_member", "openid_invalid"),
        ({"template_id": "TPL_UNKNOWN"}, 40037, "stop_template", "template_unknown"),
        ({"data": {"thing1": "x" * 21, "time2": "2026年12月31日"}}, 47003, "fail_message", "field_invalid:thing1"),
        ({"data": {"thing1": "好"}}, 47003, "fail_message", "field_invalid:time2"),
    ],
)
def test_refusals(  # noqa: PLR0917  a table of cases
    official: HttpOfficialAccount, ann: str, changes: dict[str, Any], errcode: int, action: str, reason: str
) -> None:
    outcome = send(official, ann, **changes)
    assert (outcome.errcode, outcome.action, outcome.reason, outcome.not_sent) == (errcode, action, reason, True)


def test_who_left_and_who_muted_fail_as_members(box: WeChatBox, official: HttpOfficialAccount, ann: str) -> None:
    box.fault(SEND, times=1, errcode=43101)
    muted = send(official, ann)
    # No permission of the mini-program is touched by this.
    assert (muted.errcode, muted.action, muted.reason, muted.not_sent) == (43101, "fail_member", "muted", True)
    box.world.users.find_official(ann).follows = False
    left = send(official, ann)
    assert (left.errcode, left.action, left.not_sent) == (43004, "fail_member", True)


def test_a_mini_programs_openid_is_nobody_here(box: WeChatBox, official: HttpOfficialAccount, ann: str) -> None:
    assert send(official, box.user("ann")).errcode == 40003


@pytest.mark.parametrize(
    "fault", [{"drop_after": "reset"}, {"delay_ms": 2500}, {"html": True}, {"body": "{}"}, {"http_status": 502}]
)
def test_without_a_clear_answer_it_is_in_doubt(
    box: WeChatBox, official: HttpOfficialAccount, ann: str, fault: dict[str, Any]
) -> None:
    box.fault(SEND, times=1, **fault)
    outcome = send(official, ann)
    assert (outcome.status, outcome.not_sent) == ("unknown", False)


def test_followers(box: WeChatBox, official: HttpOfficialAccount, ann: str) -> None:
    assert official.find_follower(ann) == Follower(follows=True, unionid="o6_union_ann")
    box.world.users.find_official(ann).follows = False
    assert official.find_follower(ann) == Follower(follows=False)
    with pytest.raises(WeChatRejected) as refused:
        official.find_follower("o_nobody")
    assert refused.value.data["errcode"] == 40003


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ({"errcode": -1}, WeChatUnavailable),
        ({"http_status": 502}, WeChatUnavailable),
        ({"body": '{"openid": "o"}'}, WeChatTalkedNonsense),
        ({"body": '{"subscribe": 7}'}, WeChatTalkedNonsense),
        ({"body": '{"subscribe": 1, "unionid": "a b"}'}, WeChatTalkedNonsense),
    ],
)
def test_a_look_up_that_fails(
    box: WeChatBox, official: HttpOfficialAccount, ann: str, fault: dict[str, Any], error: type[LoyaltyError]
) -> None:
    box.fault(INFO, times=1, **fault)
    with pytest.raises(error):
        official.find_follower(ann)


def test_no_log_line_holds_its_secret_or_token(
    box: WeChatBox, official: HttpOfficialAccount, ann: str, caplog: pytest.LogCaptureFixture
) -> None:
    for name in ("", "urllib3", "urllib3.connectionpool", "redis"):
        caplog.set_level(logging.DEBUG, logger=name)
    box.fault(SEND, times=1, drop_before="reset")
    outcome = send(official, ann)
    official.find_follower(ann)
    told = caplog.text + repr(outcome)
    for secret in (box.settings.oa_secret, official._client.access_token):
        assert secret not in told
