"""Every kind of fault, and that a fault strikes whom it should and no more often."""

import time
from typing import Any

import pytest
import requests

from tests.sandbox.driver import BIRTHDAY, SEND, Driver


def fault(wx: Driver, **parts: Any) -> int:
    return int(wx.control("POST", "/faults", **{"path": SEND, **parts})["id"])


def test_an_errcode_twice_then_well_again(wx: Driver) -> None:
    openid = wx.granted(times=3)
    fault(wx, errcode=-1, times=2)
    assert [wx.send(openid)["errcode"] for _ in range(3)] == [-1, -1, 0]
    assert len(wx.outbox()) == 1


def test_an_errcode_for_ever_until_it_is_removed(wx: Driver) -> None:
    openid = wx.granted()
    number = fault(wx, errcode=40001, times=-1)
    assert {wx.send(openid)["errcode"] for _ in range(5)} == {40001}
    assert wx.control("GET", "/faults")["data"][0]["hits"] == 5
    assert wx.control("DELETE", f"/faults/{number}") == {"removed": 1}
    assert wx.send(openid)["errcode"] == 0


@pytest.mark.parametrize("code", [42001, 45009, 45011, 43108])
def test_an_errcode_speaks_wechats_words(wx: Driver, code: int) -> None:
    fault(wx, errcode=code)
    answer = wx.send(wx.granted())
    assert answer["errcode"] == code and " rid: " in answer["errmsg"]


def test_html_with_502_and_html_with_200(wx: Driver) -> None:
    openid = wx.granted()
    for status, parts in ((502, {"html": True}), (200, {"html": True, "http_status": 200})):
        fault(wx, **parts)
        response = wx.request("POST", SEND, params={"access_token": wx.token}, json=wx.message(openid))
        assert response.status_code == status and response.text.startswith("<html>")
        assert response.headers["Content-Type"].startswith("text/html")
    assert wx.outbox() == []


def test_any_body(wx: Driver) -> None:
    fault(wx, body='{"errcode":"zero"', content_type="application/json")
    response = wx.request("POST", SEND, params={"access_token": wx.token}, json={})
    assert response.text == '{"errcode":"zero"'
    fault(wx, http_status=503)
    assert wx.request("POST", SEND, params={"access_token": wx.token}, json={}).status_code == 503


def test_too_slow_before_and_after_the_send_was_accepted(wx: Driver) -> None:
    openid = wx.granted(times=2)
    body, query = wx.message(openid), {"access_token": wx.token}
    fault(wx, delay_ms=900, drop_before=True)
    with pytest.raises(requests.exceptions.ReadTimeout):
        requests.post(wx.box.url + SEND, json=body, params=query, timeout=0.3)
    fault(wx, delay_after_ms=900)
    with pytest.raises(requests.exceptions.ReadTimeout):
        requests.post(wx.box.url + SEND, json=body, params=query, timeout=0.3)
    answered = [0, 0]
    for _ in range(200):  # both calls are in the log once their delays are over
        answered = [entry["http_status"] for entry in wx.control("GET", f"/calls?path={SEND}")["data"]]
        if len(answered) == 2:
            break
        time.sleep(0.05)
    assert sorted(answered) == [0, 200]
    assert len(wx.outbox()) == 1


@pytest.mark.parametrize(("how", "cause"), [("reset", "ConnectionResetError"), (True, "RemoteDisconnected")])
def test_a_connection_lost_before_and_after_the_send(wx: Driver, how: object, cause: str) -> None:
    openid = wx.granted(times=2)
    fault(wx, drop_before=how)
    with pytest.raises(requests.exceptions.ConnectionError, match=cause):
        wx.send(openid)
    assert wx.outbox() == []
    fault(wx, drop_after=how)
    with pytest.raises(requests.exceptions.ConnectionError, match=cause):
        wx.send(openid)
    assert len(wx.outbox()) == 1
    assert wx.send(openid)["errcode"] == 0


def test_an_error_although_the_send_was_accepted(wx: Driver) -> None:
    openid = wx.granted()
    fault(wx, errcode=-1, after=True)
    assert wx.send(openid)["errcode"] == -1
    assert len(wx.outbox()) == 1


def test_a_fault_can_name_its_victim_skip_calls_and_strike_now_and_then(wx: Driver) -> None:
    alice, bob = wx.granted(times=9), wx.granted("bob", times=9)
    fault(wx, errcode=45011, openid=bob, template_id=BIRTHDAY)
    fault(wx, errcode=45009, openid=bob, template_id="OTHER")
    assert (wx.send(alice)["errcode"], wx.send(bob)["errcode"], wx.send(bob)["errcode"]) == (0, 45011, 0)
    wx.control("DELETE", "/faults")
    fault(wx, errcode=-1, skip=2, every=2, times=2)
    assert [wx.send(alice)["errcode"] for _ in range(7)] == [0, 0, -1, 0, -1, 0, 0]


def test_token_and_login_calls_can_be_struck_and_a_star_strikes_all(wx: Driver) -> None:
    fault(wx, path="/cgi-bin/stable_token", errcode=-1)
    assert wx.stable()["errcode"] == -1 and "access_token" in wx.stable()
    fault(wx, path="*", errcode=50002, times=2)
    assert wx.plain()["errcode"] == 50002 and wx.login("x")["errcode"] == 50002 and "access_token" in wx.plain()


def test_a_fault_that_means_nothing_is_refused(wx: Driver) -> None:
    for parts in (
        {"path": SEND},
        {"path": "no-slash", "errcode": 1},
        {"path": SEND, "errcode": "1"},
        {"path": SEND, "errcode": 1, "times": 0},
        {"path": SEND, "http_status": 700},
        {"path": SEND, "drop_before": "gently"},
        {"path": SEND, "errcode": 1, "colour": "red"},
    ):
        wx.control("POST", "/faults", status=400, **parts)
