"""Behind the stage: the key, users, grants, clock, records, templates, app, reset."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from sandbox.call_log import CallLog
from sandbox.outbox import Outbox
from tests.sandbox.driver import BIRTHDAY, KEY, SEND, Driver


def test_nothing_but_the_health_check_works_without_the_key(wx: Driver) -> None:
    assert wx.request("GET", "/__sandbox/health").json() == {"status": "ok", "service": "wechat-sandbox"}
    rules = [rule for rule in wx.box.app.url_map.iter_rules() if rule.rule.startswith("/__sandbox")]
    assert len(rules) > 30
    for rule in rules:
        if rule.endpoint == "control.health":
            continue
        path = rule.rule.replace("<int:fault_id>", "1").replace("<", "").replace(">", "")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            for headers in ({}, {"X-Sandbox-Key": "wrong"}):
                assert wx.request(method, path, headers=headers).status_code == 401, path
    assert wx.request("GET", "/__sandbox/users", params={"key": KEY}).status_code == 401


def test_bad_control_requests_are_told_why(wx: Driver) -> None:
    headers = {"X-Sandbox-Key": KEY}
    for data in (b"[1]", b"{", b'{"name":5}', b'{"nmae":"x"}', b"\xff"):
        response = wx.request("POST", "/__sandbox/users", data=data, headers=headers)
        assert response.status_code == 400 and response.json()["error"]["code"] == "invalid_input"
    wx.control("POST", "/login-code", status=404, openid="nobody")
    assert wx.control("GET", "/nowhere", status=404)["error"]["code"] == "not_found"
    wx.control("GET", "/outbox?cursor=-1", status=400)


def test_the_same_name_is_the_same_person_with_the_same_openid(wx: Driver) -> None:
    first = wx.control("POST", "/users", status=201, name="alice", phone="13800138000", unionid="auto")
    again = wx.control("POST", "/users", status=200, name="alice", follows=True)
    assert again["openid"] == first["openid"] and again["phone"] == "13800138000" and again["follows"] is True
    own = wx.control("POST", "/users", openid="o-of-my-own")
    assert own["name"] == "o-of-my-own" and own["openid"] == "o-of-my-own"
    wx.control("POST", "/reset")
    assert wx.user() == first["openid"]
    wx.control("POST", "/users", status=400, name="alice", phone="+86 138")


def test_many_users_and_pages_of_them(wx: Driver) -> None:
    many = wx.control("POST", "/users", count=25, prefix="demo-")
    assert len(set(many["openids"])) == 25
    first = wx.control("GET", "/users?limit=20")
    rest = wx.control("GET", f"/users?limit=20&cursor={first['next_cursor']}")
    assert first["has_more"] and not rest["has_more"] and first["total"] == 25
    assert [user["openid"] for user in first["data"] + rest["data"]] == many["openids"]
    assert rest["data"][-1]["phone"] == "13900000025"


def test_a_banned_template_answers_ban_and_kinds_do_not_mix(wx: Driver) -> None:
    openid = wx.user()
    wx.control("POST", f"/templates/{BIRTHDAY}/ban")
    assert wx.control("POST", "/subscribe", openid=openid, templates={BIRTHDAY: "accept"})["result"] == {
        BIRTHDAY: "ban"
    }
    assert wx.control("GET", f"/users/{openid}")["grants"] == {}
    wx.control("POST", "/templates", id="LONG", title="长期", type=3, keywords=[{"key": "thing1", "name": "名"}])
    wx.control("POST", "/subscribe", status=400, openid=openid, templates={"LONG": "accept", BIRTHDAY: "accept"})
    wx.control("POST", "/subscribe", status=400, openid=openid, templates={})
    wx.control("POST", "/subscribe", status=404, openid=openid, templates={"none": "accept"})


def test_grants_can_be_capped_set_and_made_for_unknown_people(wx: Driver) -> None:
    openid = wx.user()
    wx.control("POST", "/settings", grant_cap=2)
    for _ in range(4):
        wx.control("POST", "/subscribe", openid=openid, templates={BIRTHDAY: "accept"})
    assert wx.control("GET", f"/users/{openid}")["grants"][BIRTHDAY]["count"] == 2
    wx.control("POST", "/grants/set", openid=openid, template_id=BIRTHDAY, count=0)
    assert wx.send(openid)["errcode"] == 43101
    wx.control("POST", "/grants", status=404, openids=["new-1"], template_id=BIRTHDAY)
    wx.control("POST", "/grants", openids=["new-1", "new-2"], template_id=BIRTHDAY, create=True)
    assert wx.send("new-2")["errcode"] == 0


def test_the_clock_can_be_set_moved_stopped_and_set_free(wx: Driver) -> None:
    assert wx.control("GET", "/clock")["now"] == 1_795_000_000
    moved = wx.control("POST", "/clock", set="2027-01-01T00:00:00+08:00", advance_seconds=1.5, frozen=True)
    assert moved["iso"] == "2026-12-31T16:00:01.500Z" and moved["frozen"] is True
    assert wx.control("POST", "/clock/advance", seconds=-1.5)["iso"] == "2026-12-31T16:00:00.000Z"
    assert wx.control("POST", "/clock", frozen=False)["iso"] == "2026-12-31T16:00:00.000Z"
    bad: list[dict[str, Any]] = [
        {"set": "2027-01-01T00:00:00"},
        {"set": "soon"},
        {"set": 1e300},
        {"advance_seconds": "1"},
    ]
    for body in bad:
        wx.control("POST", "/clock", status=400, **body)
    assert wx.control("GET", "/clock")["iso"] == "2026-12-31T16:00:00.000Z"
    wx.control("POST", "/reset", clock=True)
    assert wx.control("GET", "/clock")["now"] == 1_795_000_000


def test_the_outbox_gives_pages_filters_and_counts(wx: Driver) -> None:
    alice, bob = wx.granted(times=3), wx.granted("bob")
    for openid in (alice, bob, alice):
        wx.send(openid)
    first = wx.control("GET", "/outbox?limit=2")
    rest = wx.control("GET", f"/outbox?limit=2&cursor={first['next_cursor']}")
    assert [item["seq"] for item in first["data"] + rest["data"]] == [1, 2, 3]
    assert (first["has_more"], rest["has_more"], rest["total"]) == (True, False, 3)
    assert len(wx.outbox(openid=alice)) == 2 and wx.outbox(template_id="none") == []
    counts = wx.control("GET", "/outbox/counts?least=2")
    assert counts["counts"] == [{"openid": alice, "template_id": BIRTHDAY, "count": 2}]
    assert wx.control("GET", f"/outbox/counts?openid={bob}")["messages"] == 1


def test_the_rings_forget_but_the_counts_do_not() -> None:
    outbox, log = Outbox(3), CallLog(calls_limit=3, rate_limit=4)
    for number in range(10):
        outbox.add(msgid=number, openid="o", template_id="T", values={}, at=0.0, received_ns=number)
        log.arrived("/x", number)
    found, _ = outbox.page(after=0, limit=100)
    assert [message.seq for message in found] == [8, 9, 10] and outbox.first_kept == 8
    assert [message.seq for message in outbox.page(after=9, limit=100)[0]] == [10]
    assert outbox.count("o", "T") == 10
    assert log.rate("/x")["total"] == 4 and log.rate("/x")["full"] is True


def test_the_rate_is_the_most_calls_in_any_half_open_second() -> None:
    log = CallLog(calls_limit=10, rate_limit=100)
    for milliseconds in (0, 400, 999, 1000, 1399, 1400, 3000):
        log.arrived("/x", milliseconds * 1_000_000)
    found = log.rate("/x")
    assert found["max_in_window"] == 4  # 400, 999, 1000 and 1399; at 1400 the first has left
    assert found["total"] == 7 and found["duration_seconds"] == 3.0
    assert log.rate("/x", window_ns=1_000_000)["max_in_window"] == 1
    assert log.rate("/y")["max_in_window"] == 0


def test_calls_counters_and_rate_see_every_call_without_its_secrets(wx: Driver) -> None:
    openid = wx.granted()
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: wx.send(openid), range(8)))
    counters = wx.control("GET", "/counters")["calls"][SEND]
    assert sum(counters.values()) == 8 and counters["0"] == 1
    assert wx.control("GET", f"/rate?path={SEND}")["total"] == 8
    wx.control("POST", "/rate/reset")
    assert wx.control("GET", f"/rate?path={SEND}")["total"] == 0
    wx.control("GET", "/rate", status=400)
    calls = wx.control("GET", f"/calls?path={SEND}&openid={openid}")["data"]
    assert len(calls) == 8
    everything = str(wx.control("GET", "/calls"))
    assert wx.token not in everything and wx.settings.secret not in everything


def test_templates_are_checked_before_they_are_kept(wx: Driver) -> None:
    keywords = [{"key": "thing1", "name": "名称"}]
    made = wx.control("POST", "/templates", status=201, id="NEW", title="新", keywords=keywords)
    assert made["type"] == 2 and made in wx.control("GET", "/templates")["data"]
    bad: list[dict[str, Any]] = [
        {"keywords": []},
        {"keywords": keywords * 2},
        {"keywords": [{"key": "thing", "name": "x"}]},
        {"type": 4},
        {"id": ""},
        {"extra": 1},
    ]
    for parts in bad:
        wx.control("POST", "/templates", status=400, **{"id": "BAD", "title": "x", "keywords": keywords, **parts})
    wx.control("DELETE", "/templates/NEW")
    wx.control("DELETE", "/templates/NEW", status=404)


def test_settings_take_known_names_and_right_types_only(wx: Driver) -> None:
    before = wx.control("GET", "/settings")
    for parts in ({"nope": 1}, {"send_daily": "1"}, {"send_daily": -1}, {"sent_events": 1}, {"send_daily": True}):
        wx.control("POST", "/settings", status=400, send_latency_ms=9, **parts)
    assert wx.control("GET", "/settings") == before
    wx.control("POST", "/app", pay_enabled=True, published_pages=["pages/a"])
    wx.control("POST", "/settings", send_daily=5)
    openid = wx.granted()
    assert wx.send(openid, page="/pages/a?x=1")["errcode"] == 0
    quota = wx.post("/cgi-bin/openapi/quota/get", {"cgi_path": SEND}, access_token=wx.token)["quota"]
    assert quota["daily_limit"] == 15


def test_a_reset_forgets_everything(wx: Driver) -> None:
    openid = wx.granted()
    token = wx.token
    wx.send(openid)
    wx.control("POST", "/faults", path="*", errcode=-1)
    wx.control("POST", "/settings", send_daily=1)
    wx.control("POST", "/templates", id="NEW", title="新", keywords=[{"key": "thing1", "name": "名"}])
    wx.control("POST", "/reset")
    assert wx.works(token) == 40001
    assert wx.control("GET", "/users")["total"] == 0 and wx.outbox() == []
    assert wx.control("GET", "/faults")["data"] == [] and wx.control("GET", "/settings")["send_daily"] == 10_000_000
    assert len(wx.control("GET", "/templates")["data"]) == 5
    assert wx.control("GET", "/outbox")["total"] == 0
