"""The mini-program's door: sign-in, profile, phone, consents, member code."""

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.gateways.wechat import RecordingWeChat, WeChatTalkedNonsense, WeChatUnavailable
from app.models import Member, MemberSession
from app.rules import member_code as rule
from app.services import points
from tests.conftest import Clock
from tests.factories.members import code_of, make_counter_member, make_member, sign_in

MINI = "/api/mini/v1"
CONSENT = {"document_version": "2026-11"}


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json["error"]["code"]


def test_joining_returning_and_leaving(client: FlaskClient, wechat: RecordingWeChat, standing_clock: Clock) -> None:
    for login_code in ("c1", "c2", "c3"):
        wechat.add_login_code(login_code, "o-1")
    refused = client.post(f"{MINI}/sessions", json={"login_code": "c1"})
    assert code(refused) == (422, "consent_missing")
    assert refused.json["error"]["data"] == {"purpose": "membership", **CONSENT}
    joined = client.post(f"{MINI}/sessions", json={"login_code": "c2", "membership_consent": CONSENT})
    assert (joined.status_code, joined.json["is_new"]) == (201, True)
    back = client.post(f"{MINI}/sessions", json={"login_code": "c3"}, headers={"Accept-Language": "en"})
    assert (back.json["is_new"], back.json["member"]["id"]) == (False, joined.json["member"]["id"])
    bearer = {"Authorization": f"Bearer {joined.json['token']}"}
    assert client.get(f"{MINI}/me", headers=bearer).json["id"] == joined.json["member"]["id"]
    assert client.delete(f"{MINI}/sessions/current", headers=bearer).status_code == 204
    assert code(client.get(f"{MINI}/me", headers=bearer)) == (401, "not_signed_in")
    other = {"Authorization": f"Bearer {back.json['token']}"}
    assert client.get(f"{MINI}/me", headers=other).status_code == 200
    standing_clock.move(days=30)
    assert code(client.get(f"{MINI}/me", headers=other)) == (401, "not_signed_in")


def test_only_the_hash_of_a_token_is_kept(client: FlaskClient, db_session: Session, wechat: RecordingWeChat) -> None:
    wechat.add_login_code("c1", "o-1")
    token = client.post(f"{MINI}/sessions", json={"login_code": "c1", "membership_consent": CONSENT}).json["token"]
    stored = db_session.scalars(select(MemberSession.token_hash)).one()
    assert len(token) >= 22  # 128 bits in base64
    assert token.encode() not in bytes(stored)


@pytest.mark.parametrize(
    ("trouble", "expected"),
    [
        (WeChatUnavailable(reason="timeout", retry_after_seconds=2), (503, "wechat_unavailable")),
        (WeChatTalkedNonsense(reason="not_json"), (502, "wechat_bad_answer")),
    ],
)
def test_wechat_in_trouble_changes_nothing(
    client: FlaskClient, db_session: Session, wechat: RecordingWeChat, trouble: Any, expected: tuple[int, str]
) -> None:
    wechat.fail_next("sign_in", trouble)
    answer = client.post(f"{MINI}/sessions", json={"login_code": "c1", "membership_consent": CONSENT})
    assert code(answer) == expected
    assert db_session.scalar(select(func.count()).select_from(Member)) == 0
    assert code(client.post(f"{MINI}/sessions", json={"login_code": "stale"})) == (422, "wechat_code_invalid")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"login_code": ""},
        {"login_code": 5},
        {"login_code": "a b"},
        {"login_code": "a\x00"},
        {"login_code": "\ud800"},
        {"login_code": "x" * 257},
        {"login_code": "c1", "openid": "o-1"},
        {"login_code": "c1", "membership_consent": True},
        {"login_code": "c1", "membership_consent": {"document_version": "v" * 65}},
    ],
)
def test_a_malformed_sign_in_never_reaches_wechat(
    client: FlaskClient, wechat: RecordingWeChat, body: dict[str, Any]
) -> None:
    refused = code(client.post(f"{MINI}/sessions", json=body))
    assert refused == ((400, "malformed_request") if "\ud800" in body.values() else (422, "invalid_input"))
    assert wechat.calls == []


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Basic abc", "Bearer " + "x" * 5000, "Bearer \u00e9"])
def test_a_bad_token_is_refused(client: FlaskClient, header: str) -> None:
    assert code(client.get(f"{MINI}/me", headers={"Authorization": header})) == (401, "not_signed_in")


def test_the_profile_keeps_what_is_left_out_and_the_birthday_is_set_once(
    client: FlaskClient, app: Any, now: Any
) -> None:
    bearer = sign_in(make_member())
    first = client.patch(f"{MINI}/me", headers=bearer, json={"birthday": {"month": 2, "day": 29}, "locale": "en"})
    assert (first.json["birthday"], first.json["locale"], first.json["nickname"]) == (
        {"month": 2, "day": 29},
        "en",
        "小雨",
    )
    named = client.patch(f"{MINI}/me", headers=bearer, json={"nickname": " 小雪 ", "birthday": {"month": 2, "day": 29}})
    assert (named.json["nickname"], named.json["locale"]) == ("小雪", "en")
    put = client.put(f"{MINI}/me/profile", headers=bearer, json={"nickname": "雪"}).json
    assert (put["nickname"], put["birthday"], put["locale"]) == ("雪", {"month": 2, "day": 29}, "en")
    moved = client.patch(f"{MINI}/me", headers=bearer, json={"zone": "Asia/Tokyo"})
    assert (first.json["zone"], moved.json["zone"]) == (None, "Asia/Tokyo")
    for zone in ("Asia/Atlantis", "../../etc/passwd", ""):
        assert code(client.patch(f"{MINI}/me", headers=bearer, json={"zone": zone})) == (422, "invalid_input")
    again = client.patch(f"{MINI}/me", headers=bearer, json={"birthday": {"month": 3, "day": 1}})
    assert code(again) == (422, "birthday_already_set")
    for bad in ({"month": 2, "day": 30}, {"month": 13, "day": 1}, {"month": 1}, {"month": "1", "day": 1}):
        assert code(client.patch(f"{MINI}/me", headers=bearer, json={"birthday": bad})) == (422, "invalid_input")
    for name in ("", " ", "x" * 21, "a\x00b", 7):
        assert code(client.patch(f"{MINI}/me", headers=bearer, json={"nickname": name})) == (422, "invalid_input")


def test_binding_the_phone_of_a_counter_membership_makes_one(
    client: FlaskClient, app: Any, now: Any, wechat: RecordingWeChat
) -> None:
    counter = make_counter_member(phone="13800138000")
    points.earn(counter.id, amount=70, source="t", now=now)
    bearer = sign_in(make_member(openid="o-9"), openid="o-9")
    wechat.add_phone_code("p1", "+8613800138000")
    answer = client.post(f"{MINI}/me/phone", headers=bearer, json={"phone_code": "p1"})
    assert (answer.status_code, answer.json["is_merged"]) == (200, True)
    member = answer.json["member"]
    assert (member["id"], member["points_balance"], member["phone_masked"]) == (
        str(counter.public_id),
        70,
        "138****8000",
    )
    assert "13800138000" not in answer.text
    # The same token now means the one who stays; WeChat was asked for this person's phone.
    assert client.get(f"{MINI}/me", headers=bearer).json["id"] == str(counter.public_id)
    assert wechat.calls[-1].args["openid"] == "o-9"
    assert code(client.post(f"{MINI}/me/phone", headers=bearer, json={"phone_code": "p1"})) == (
        422,
        "wechat_code_invalid",
    )


def test_somebody_elses_phone_is_refused(client: FlaskClient, app: Any, now: Any, wechat: RecordingWeChat) -> None:
    make_member(phone="13800138000")
    wechat.add_phone_code("p1", "+8613800138000")
    answer = client.post(f"{MINI}/me/phone", headers=sign_in(make_member()), json={"phone_code": "p1"})
    assert code(answer) == (409, "phone_taken")


def test_marketing_consent_is_given_and_withdrawn_in_one_call_each(client: FlaskClient, app: Any, now: Any) -> None:
    bearer = sign_in(make_member())
    consents = {c["purpose"]: c["granted"] for c in client.get(f"{MINI}/me/consents", headers=bearer).json["data"]}
    assert consents == {"membership": True, "marketing": None}
    for granted in (True, False):
        answer = client.put(f"{MINI}/me/consents/marketing", headers=bearer, json={"granted": granted, **CONSENT})
        assert (answer.status_code, answer.json["granted"]) == (200, granted)
        assert client.get(f"{MINI}/me", headers=bearer).json["marketing_consent"] is granted
    stale = client.put(
        f"{MINI}/me/consents/marketing", headers=bearer, json={"granted": True, "document_version": "2020-01"}
    )
    assert code(stale) == (422, "consent_missing")


def test_a_device_can_draw_the_code_from_what_it_gets(client: FlaskClient, app: Any, now: Any) -> None:
    import base64

    member = make_member()
    got = client.get(f"{MINI}/me/member-code", headers=sign_in(member)).json
    drawn = rule.draw(got["number"], base64.b32decode(got["secret"]), step=rule.step_at(now))
    assert drawn == code_of(member, now=now)
    assert (got["step_seconds"], got["server_time"]) == (30, "2026-11-20T02:00:00.000+00:00")
    assert got["format"]["length"] == len(drawn) == 20
