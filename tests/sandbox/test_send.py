"""subscribe/send: the order of the checks, what each refusal says, and what is left behind."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.sandbox.driver import BIRTHDAY, BIRTHDAY_DATA, SEND, Driver


def test_a_send_uses_one_accept_and_lands_in_the_outbox(wx: Driver) -> None:
    openid = wx.granted()
    answer = wx.send(openid)
    assert answer["errcode"] == 0 and answer["msgid"] > 2**53
    (message,) = wx.outbox(openid=openid)
    assert message["msgid"] == str(answer["msgid"]) and message["data"]["thing1"] == "生日专享礼"
    assert message["page"] == "pages/coupon/index?id=1" and message["wall_ns"] > 0
    call = wx.control("GET", f"/calls?path={SEND}")["data"][0]
    assert message["monotonic_ns"] == call["received_ns"] > 0
    assert wx.send(openid)["errcode"] == 43101
    assert wx.control("GET", f"/users/{openid}")["grants"] == {BIRTHDAY: {"count": 0, "on": True}}


def test_the_checks_come_in_wechats_order(wx: Driver) -> None:
    """Each step repairs what the step before complained of, so every code shows that it outranks the later ones."""
    openid = wx.user()
    wx.control("POST", "/settings", send_daily=0)
    wx.control("POST", "/app", published_pages=["pages/coupon/index"])
    body: dict[str, Any] = {"touser": "nobody", "template_id": "none", "page": "pages/secret", "data": "{}"}
    assert wx.request("POST", SEND, data=b"not json").json()["errcode"] == 41001
    assert wx.request("POST", SEND, data=b"not json", params={"access_token": wx.token}).json()["errcode"] == 47001
    seen = []
    repairs: list[dict[str, Any]] = [
        {},
        {"touser": openid},
        {"template_id": BIRTHDAY},
        {"page": "pages/coupon/index"},
        {"data": BIRTHDAY_DATA},
    ]
    for repair in repairs:
        body |= repair
        seen.append(wx.post(SEND, body, access_token=wx.token)["errcode"])
    wx.control("POST", "/grants", openids=[openid], template_id=BIRTHDAY)
    seen.append(wx.send(openid)["errcode"])
    wx.control("POST", "/settings", send_daily=1)
    seen.append(wx.send(openid)["errcode"])
    assert seen == [40003, 40037, 41030, 47003, 43101, 45009, 0]


def test_the_daily_limit_spends_no_accept_and_ends_with_the_day_in_china(wx: Driver) -> None:
    openid = wx.granted(times=2)
    wx.control("POST", "/settings", send_daily=1)
    assert [wx.send(openid)["errcode"] for _ in range(2)] == [0, 45009]
    quota = wx.post("/cgi-bin/openapi/quota/get", {"cgi_path": SEND}, access_token=wx.token)["quota"]
    assert quota == {"daily_limit": 1, "used": 1, "remain": 0}
    wx.control("POST", "/clock", set="2026-11-18T00:00:00+08:00")
    wx._token = ""
    codes = [wx.send(openid)["errcode"]]
    wx.control("POST", "/clock/advance", seconds=86_399)
    wx._token = ""
    wx.control("POST", "/grants", openids=[openid], template_id=BIRTHDAY)
    codes.append(wx.send(openid)["errcode"])
    wx.control("POST", "/clock/advance", seconds=1)
    codes.append(wx.send(openid)["errcode"])
    assert codes == [45009, 45009, 0]


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"thing1": {"value": "字" * 21}}, "data.thing1.value invalid"),
        ({"thing1": {"value": "二行\n字"}}, "data.thing1.value invalid"),
        ({"thing1": {"value": "\ud800"}}, "data.thing1.value invalid"),
        ({"thing1": {"value": 7}}, "data.thing1.value invalid"),
        ({"thing3": {"value": ""}}, "data.thing3.value is emtpy"),
        ({"thing3": {}}, "data.thing3.value is emtpy"),
        ({"thing3": None}, "data.thing3.value is emtpy"),
        ({"thing3": "text"}, "data.thing3.value is emtpy"),
        ({"date2": {"value": "明天"}}, "data.date2.value invalid"),
        ({"character_string9": {"value": "x"}}, "data.character_string9.value i"),
    ],
)
def test_wrong_fields_are_named_in_wechats_own_spelling(wx: Driver, changes: dict[str, Any], text: str) -> None:
    openid = wx.granted()
    refused = wx.send(openid, data={**BIRTHDAY_DATA, **changes})
    assert refused["errcode"] == 47003
    assert refused["errmsg"].split(" rid: ")[0] == f"argument invalid! {text}"
    assert wx.send(openid)["errcode"] == 0


def test_other_wrong_parts(wx: Driver) -> None:
    openid = wx.granted()
    for changes, code in (
        ({"touser": [openid]}, 40003),
        ({"template_id": None}, 40037),
        ({"page": "https://example.com/"}, 41030),
        ({"page": 5}, 41030),
        ({"miniprogram_state": "beta"}, 47003),
        ({"lang": "fr"}, 47003),
        ({"data": []}, 47003),
        ({"data": {**BIRTHDAY_DATA, "thing1": {"value": "快来[广告]"}}}, 45168),
    ):
        assert wx.send(openid, **changes)["errcode"] == code, changes
    wx.control("POST", f"/templates/{BIRTHDAY}/ban")
    assert wx.send(openid)["errcode"] == 43107
    assert wx.get(SEND, access_token=wx.token)["errcode"] == 43002
    assert wx.outbox() == []


def test_accepts_pile_up_and_a_switch_off_stops_all_of_them(wx: Driver) -> None:
    openid = wx.user()
    for _ in range(3):
        wx.control("POST", "/subscribe", openid=openid, templates={BIRTHDAY: "accept"})
    wx.control("POST", "/subscribe", openid=openid, templates={BIRTHDAY: "reject"})
    assert wx.send(openid)["errcode"] == 0
    wx.control("POST", "/switch-off", openid=openid, templates=[BIRTHDAY])
    assert wx.send(openid)["errcode"] == 43101
    wx.control("POST", "/subscribe", openid=openid, templates={BIRTHDAY: "accept"})
    assert [wx.send(openid)["errcode"] for _ in range(4)] == [0, 0, 0, 43101]


def test_a_long_term_template_needs_one_accept_only(wx: Driver) -> None:
    keywords = [{"key": "phrase1", "name": "状态", "enum": ["已完成"]}]
    wx.control("POST", "/templates", id="LONG", title="长期", type=3, keywords=keywords)
    openid = wx.user()
    wx.control("POST", "/subscribe", openid=openid, templates={"LONG": "accept"})
    body = {"template_id": "LONG", "data": {"phrase1": {"value": "已完成"}}}
    assert [wx.send(openid, **body)["errcode"] for _ in range(3)] == [0, 0, 0]
    body["data"] = {"phrase1": {"value": "未完成"}}
    assert wx.send(openid, **body)["errcode"] == 47003


def test_one_accept_and_sixteen_threads_make_one_message(wx: Driver) -> None:
    openid = wx.granted()
    assert wx.token
    with ThreadPoolExecutor(16) as pool:
        codes = list(pool.map(lambda _: wx.send(openid)["errcode"], range(16)))
    assert codes.count(0) == 1 and set(codes) <= {0, 43101, 43108}
    assert wx.control("GET", "/outbox/counts?least=2")["pairs"] == 0


def test_a_second_send_to_a_busy_openid_is_refused_and_costs_nothing(wx: Driver) -> None:
    openid, other = wx.granted(times=5), wx.granted("bob")
    assert wx.token
    wx.control("POST", "/settings", send_latency_ms=1500)
    gate = threading.Barrier(5, timeout=10)

    def send(whom: str) -> int:
        gate.wait()
        return int(wx.send(whom)["errcode"])

    with ThreadPoolExecutor(5) as pool:
        busy = [pool.submit(send, openid) for _ in range(4)]
        free = pool.submit(send, other)
        codes = sorted(future.result() for future in busy)
    assert free.result() == 0
    assert codes == [0, 43108, 43108, 43108]
    assert wx.control("GET", f"/users/{openid}")["grants"][BIRTHDAY]["count"] == 4


def test_a_busy_openid_is_told_before_its_accepts_are_looked_at(wx: Driver) -> None:
    openid = wx.user()
    in_flight = wx.box.app.extensions["sandbox"].in_flight
    assert in_flight.enter(openid)
    assert wx.send(openid)["errcode"] == 43108
    in_flight.leave(openid)
    assert wx.send(openid)["errcode"] == 43101


def test_the_withdrawn_ways_of_sending_say_so(wx: Driver) -> None:
    path = "/cgi-bin/message/wxopen/template/"
    assert wx.post(path + "uniform_send", {}, access_token=wx.token)["errcode"] == 45109
    assert wx.post(path + "send", {}, access_token=wx.token)["errcode"] == 48001
    assert wx.get("/cgi-bin/no/such/thing")["errcode"] == 40066
