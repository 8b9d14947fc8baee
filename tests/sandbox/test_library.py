"""The template library, the official account, mini-program codes, text checks and quotas."""

import struct
from typing import Any

import pytest

from tests.sandbox.driver import BIRTHDAY, SEND, Driver

OFFICIAL = "/cgi-bin/message/template/send"
OFFICIAL_TEMPLATE = "TPL_OFFICIAL_COUPON_DEMO"


def test_gettemplate_shows_content_types_and_enums(wx: Driver) -> None:
    templates = {
        item["priTmplId"]: item for item in wx.get("/wxaapi/newtmpl/gettemplate", access_token=wx.token)["data"]
    }
    assert templates[BIRTHDAY]["content"].startswith("活动名称:{{thing1.DATA}}\n生日日期:{{date2.DATA}}\n")
    assert templates[BIRTHDAY]["type"] == 2 and OFFICIAL_TEMPLATE not in templates
    assert templates["TPL_COUPON_DEMO"]["keywordEnumValueList"] == [
        {"keywordCode": "phrase4.DATA", "enumValueList": ["即将到期", "今日到期"]}
    ]


def test_every_demo_template_accepts_its_own_example(wx: Driver) -> None:
    """The examples are what people copy, so each one must pass the checks it illustrates."""
    openid = wx.user()
    for template in wx.control("GET", "/templates")["data"]:
        if template["official"]:
            continue
        data = {item["key"]: {"value": item["example"]} for item in template["keywords"]}
        wx.control("POST", "/grants", openids=[openid], template_id=template["id"])
        assert wx.send(openid, template_id=template["id"], data=data)["errcode"] == 0, template["id"]


def test_a_template_is_picked_from_the_library_used_and_deleted(wx: Driver) -> None:
    token = {"access_token": wx.token}
    assert wx.get("/wxaapi/newtmpl/getcategory", **token)["data"][1] == {"id": 616, "name": "线下零售"}
    titles = wx.get("/wxaapi/newtmpl/getpubtemplatetitles", ids="616", start="0", limit="1", **token)
    assert titles["count"] == 2 and [item["tid"] for item in titles["data"]] == [401]
    keywords = wx.get("/wxaapi/newtmpl/getpubtemplatekeywords", tid="401", **token)["data"]
    assert [item["rule"] for item in keywords] == ["thing", "date", "thing"]
    choice = {"tid": "401", "kidList": [3, 2], "sceneDesc": "会员生日"}
    made = wx.post("/wxaapi/newtmpl/addtemplate", choice, **token)["priTmplId"]
    assert len(made) == 43
    assert wx.post("/wxaapi/newtmpl/addtemplate", choice, **token)["errcode"] == 200022
    openid = wx.granted(template_id=made)
    data = {"thing3": {"value": "到店可用"}, "date2": {"value": "2026年10月1日"}}
    assert wx.send(openid, template_id=made, data=data)["errcode"] == 0
    assert wx.post("/wxaapi/newtmpl/deltemplate", {"priTmplId": made}, **token)["errcode"] == 0
    assert wx.send(openid, template_id=made, data=data)["errcode"] == 40037


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"tid": "999", "kidList": [1, 2]}, 200014),
        ({"tid": "401", "kidList": [1]}, 200020),
        ({"tid": "401", "kidList": [1, 1]}, 200020),
        ({"tid": "401", "kidList": [1, 9]}, 200020),
        ({"tid": "401", "kidList": [1, [2]]}, 200020),
        ({"tid": "401", "kidList": [1, 2], "sceneDesc": "十六个字的场景说明实在是太长了吧"}, 200021),
    ],
)
def test_a_wrong_choice_is_refused(wx: Driver, body: dict[str, Any], code: int) -> None:
    assert wx.post("/wxaapi/newtmpl/addtemplate", body, access_token=wx.token)["errcode"] == code


def test_the_official_account_has_its_own_openids_and_sends_once_per_client_id(wx: Driver) -> None:
    user = wx.control("POST", "/users", name="alice", unionid="auto")
    openid = user["official_openid"]
    token = wx.stable(official=True)["access_token"]
    data = {"thing1": {"value": "满100减20券"}, "time2": {"value": "2026年12月1日 10:00"}}

    def send(**changes: Any) -> dict[str, Any]:
        body = {"touser": openid, "template_id": OFFICIAL_TEMPLATE, "data": data, **changes}
        return wx.post(OFFICIAL, body, access_token=token)

    assert send()["errcode"] == 43004
    wx.control("POST", "/users", name="alice", follows=True)
    assert send(touser=user["openid"])["errcode"] == 40003
    assert send(template_id=BIRTHDAY)["errcode"] == 40037
    assert send(data={**data, "thing1": {"value": ""}})["errcode"] == 47003
    first, again, other = send(client_msg_id="a"), send(client_msg_id="a"), send(client_msg_id="b")
    assert first["msgid"] == again["msgid"] != other["msgid"]
    assert [item["channel"] for item in wx.outbox(openid=openid)] == ["official", "official"]
    wx.control("POST", "/clock/advance", seconds=600)
    assert send(client_msg_id="a")["msgid"] != first["msgid"]
    wx.control("POST", "/switch-off", name="alice", templates=[OFFICIAL_TEMPLATE])
    assert send()["errcode"] == 43101
    info = wx.get("/cgi-bin/user/info", access_token=token, openid=openid)
    assert info["subscribe"] == 1 and info["unionid"] == user["unionid"]


def code(wx: Driver, **body: Any) -> Any:
    response = wx.request("POST", "/wxa/getwxacodeunlimit", params={"access_token": wx.token}, json=body)
    return response.content if response.headers["Content-Type"].startswith("image/") else response.json()["errcode"]


def test_a_mini_program_code_is_a_real_png_of_at_least_the_width(wx: Driver) -> None:
    image = code(wx, scene="m=7KQ2Z9", page="pages/card/index", width=430)
    assert image.startswith(b"\x89PNG\r\n\x1a\n") and image.endswith(b"IEND\xaeB`\x82")
    width, height = struct.unpack(">II", image[16:24])
    assert width == height >= 430
    assert code(wx, scene="s=2", line_color={"r": "255", "g": 0, "b": 0}, is_hyaline=True) != image


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, 40169),
        ({"scene": "x" * 33}, 40169),
        ({"scene": "会员"}, 40129),
        ({"scene": "a%20b"}, 40129),
        ({"scene": "scancode_time=1"}, 85096),
        ({"scene": "a", "page": "/pages/a"}, 41030),
        ({"scene": "a", "page": "pages/a?x=1"}, 41030),
        ({"scene": "a", "page": "pages/unknown"}, 41030),
        ({"scene": "a", "width": 100}, 40097),
        ({"scene": "a", "width": "430"}, 40097),
        ({"scene": "a", "env_version": "beta"}, 40097),
        ({"scene": "a", "line_color": {"r": 256}}, 40097),
        ({"scene": "a", "line_color": "red"}, 40097),
    ],
)
def test_a_wrong_code_is_refused(wx: Driver, body: dict[str, Any], expected: int) -> None:
    wx.control("POST", "/app", published_pages=["pages/known"])
    assert code(wx, **body) == expected
    assert isinstance(code(wx, scene="a", page="pages/unknown", check_path=False), bytes)


def test_codes_are_limited_per_minute(wx: Driver) -> None:
    wx.control("POST", "/settings", qr_per_minute=1)
    assert isinstance(code(wx, scene="a"), bytes)
    assert code(wx, scene="a") == 45009


def check(wx: Driver, content: object, **parts: Any) -> dict[str, Any]:
    body = {"version": 2, "scene": 1, "content": content, **parts}
    return wx.post("/wxa/msg_sec_check", body, access_token=wx.token)


def test_texts_are_judged_for_users_seen_lately(wx: Driver) -> None:
    openid = wx.user()
    assert check(wx, "小明", openid=openid)["errcode"] == 61010
    wx.login(wx.control("POST", "/login-code", openid=openid)["code"])
    assert check(wx, "小明", openid=openid)["result"] == {"suggest": "pass", "label": 100}
    risky = check(wx, "小明[广告]", openid=openid)
    assert risky["errcode"] == 0 and risky["result"] == {"suggest": "risky", "label": 10001} and risky["trace_id"]
    assert check(wx, "好", openid=openid, nickname="[复核]")["result"]["suggest"] == "review"
    assert check(wx, "小明", openid="nobody")["errcode"] == 43104
    assert check(wx, "小明", openid=openid, scene=5)["errcode"] == 40129
    assert check(wx, "", openid=openid)["errcode"] == 44002
    assert check(wx, "字" * 2501, openid=openid)["errcode"] == 40097
    assert check(wx, "[广告]", version=1)["errcode"] == 87014
    wx.control("POST", "/settings", text_check_per_minute=1)
    assert check(wx, "小明", openid=openid)["errcode"] == 45011


def test_quota_can_be_cleared_ten_times_a_month(wx: Driver) -> None:
    openid = wx.granted(times=3)
    wx.control("POST", "/settings", send_daily=1)
    wx.send(openid)
    assert wx.send(openid)["errcode"] == 45009
    token = {"access_token": wx.token}
    assert wx.post("/cgi-bin/clear_quota", {"appid": "wx1"}, **token)["errcode"] == 40013
    assert wx.post("/cgi-bin/clear_quota", {"appid": wx.settings.appid}, **token)["errcode"] == 0
    assert wx.send(openid)["errcode"] == 0
    app = {"appid": wx.settings.appid, "appsecret": wx.settings.secret}
    codes = [wx.post("/cgi-bin/clear_quota/v2", app)["errcode"] for _ in range(10)]
    assert codes == [0] * 9 + [48006]


def test_a_request_id_explains_its_call(wx: Driver) -> None:
    refused = wx.send("nobody")
    rid = refused["errmsg"].split(" rid: ")[1]
    found = wx.post("/cgi-bin/openapi/rid/get", {"rid": rid}, access_token=wx.token)["request"]
    assert found["request_url"] == SEND and "40003" in found["response_body"]
    assert wx.post("/cgi-bin/openapi/rid/get", {"rid": "x"}, access_token=wx.token)["errcode"] == 40097
