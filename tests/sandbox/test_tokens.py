"""Tokens: overlap, the stable kind's spacing, two namespaces, and what each wrong token is told."""

import re

from tests.sandbox.driver import OA_APPID, SEND, Driver

RID = re.compile(r" rid: [0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{8}\Z")


def test_a_new_plain_token_leaves_the_old_one_five_minutes(wx: Driver) -> None:
    old = wx.plain()
    new = wx.plain()
    assert old["expires_in"] == 7200 and len(old["access_token"]) >= 136
    assert old["access_token"] != new["access_token"]
    wx.control("POST", "/clock/advance", seconds=299)
    assert (wx.works(old["access_token"]), wx.works(new["access_token"])) == (0, 0)
    wx.control("POST", "/clock/advance", seconds=1)
    assert (wx.works(old["access_token"]), wx.works(new["access_token"])) == (40001, 0)


def test_the_overlap_never_lengthens_a_life_and_can_be_nothing(wx: Driver) -> None:
    first = wx.plain()["access_token"]
    wx.control("POST", "/clock/advance", seconds=7100)
    wx.plain()
    wx.control("POST", "/clock/advance", seconds=101)
    assert wx.works(first) == 42001
    wx.control("POST", "/settings", token_overlap_seconds=0)
    second = wx.plain()["access_token"]
    wx.plain()
    assert wx.works(second) == 40001


def test_a_third_token_does_not_give_the_first_one_five_more_minutes(wx: Driver) -> None:
    first = wx.plain()["access_token"]
    wx.plain()
    wx.control("POST", "/clock/advance", seconds=200)
    wx.plain()
    wx.control("POST", "/clock/advance", seconds=100)
    assert wx.works(first) == 40001


def test_plain_tokens_have_a_daily_limit(wx: Driver) -> None:
    wx.control("POST", "/settings", token_daily=2)
    assert "access_token" in wx.plain() and "access_token" in wx.plain()
    refused = wx.plain()
    assert refused["errcode"] == 45009 and "getStableAccessToken" in refused["errmsg"]
    wx.control("POST", "/clock/advance", seconds=86400)
    assert "access_token" in wx.plain()


def test_stable_hands_out_the_same_token_until_its_last_five_minutes(wx: Driver) -> None:
    first = wx.stable()
    wx.control("POST", "/clock/advance", seconds=6899)
    again = wx.stable()
    assert again["access_token"] == first["access_token"] and again["expires_in"] == 301
    wx.control("POST", "/clock/advance", seconds=1)
    renewed = wx.stable()
    assert renewed["access_token"] != first["access_token"] and renewed["expires_in"] == 7200
    assert (wx.works(first["access_token"]), wx.works(renewed["access_token"])) == (0, 0)
    wx.control("POST", "/clock/advance", seconds=300)
    assert wx.works(first["access_token"]) == 42001


def test_forcing_kills_the_old_token_at_once_but_only_every_thirty_seconds(wx: Driver) -> None:
    first = wx.stable()["access_token"]
    forced = wx.stable(force=True)["access_token"]
    assert forced != first and wx.works(first) == 40001 and wx.works(forced) == 0
    wx.control("POST", "/clock/advance", seconds=29)
    assert wx.stable(force=True)["access_token"] == forced
    wx.control("POST", "/clock/advance", seconds=1)
    assert wx.stable(force=True)["access_token"] != forced
    assert wx.works(forced) == 40001


def test_forcing_has_a_daily_limit(wx: Driver) -> None:
    wx.stable()
    wx.control("POST", "/settings", stable_force_daily=1, stable_force_spacing_seconds=0)
    assert "access_token" in wx.stable(force=True)
    assert wx.stable(force=True)["errcode"] == 45009
    assert "access_token" in wx.stable()


def test_the_two_kinds_never_invalidate_each_other(wx: Driver) -> None:
    wx.control("POST", "/settings", token_overlap_seconds=0)
    stable, plain = wx.stable()["access_token"], wx.plain()["access_token"]
    forced = wx.stable(force=True)["access_token"]
    assert wx.works(plain) == 0 and wx.works(stable) == 40001
    wx.plain()
    assert wx.works(forced) == 0


def test_each_wrong_token_is_told_apart(wx: Driver) -> None:
    user = wx.granted()

    def send(token: str) -> dict[str, object]:
        query = {"access_token": token} if token else {}
        return wx.post(SEND, wx.message(user), **query)

    assert send("")["errcode"] == 41001
    assert send("not a token")["errcode"] == 40014
    unknown = send("91_" + "x" * 133)
    assert unknown["errcode"] == 40001
    assert str(unknown["errmsg"]).startswith(
        "invalid credential, access_token is invalid or not latest, could get access_token by getStableAccessToken"
    )
    assert RID.search(str(unknown["errmsg"]))
    assert send(wx.stable(official=True)["access_token"])["errcode"] == 48001
    mini = wx.token
    assert wx.post("/cgi-bin/message/template/send", {}, access_token=mini)["errcode"] == 48001
    wx.control("POST", "/clock/advance", seconds=7200)
    assert send(mini)["errcode"] == 42001


def test_revoked_tokens_and_a_sticky_revocation(wx: Driver) -> None:
    first = wx.stable()["access_token"]
    assert wx.control("POST", "/tokens/revoke", kind="stable") == {"revoked": 1}
    assert wx.works(first) == 40001
    second = wx.stable()["access_token"]
    assert second != first
    wx.control("POST", "/tokens/revoke", value=second, sticky=True)
    assert wx.stable()["access_token"] == second and wx.works(second) == 40001
    assert wx.works(wx.stable(force=True)["access_token"]) == 0


def test_token_calls_check_their_parts(wx: Driver) -> None:
    right = {"grant_type": "client_credential", "appid": wx.settings.appid, "secret": wx.settings.secret}
    for changes, code in (
        ({"grant_type": "password"}, 40002),
        ({"appid": ""}, 41002),
        ({"appid": "wx123"}, 40013),
        ({"secret": ""}, 41004),
        ({"secret": "wrong"}, 40125),
        ({"appid": OA_APPID}, 40125),
    ):
        assert wx.get("/cgi-bin/token", **{**right, **changes})["errcode"] == code
        assert wx.post("/cgi-bin/stable_token", {**right, **changes})["errcode"] == code
    assert wx.get("/cgi-bin/stable_token", **right)["errcode"] == 43002
    assert wx.post("/cgi-bin/token", right)["errcode"] == 43001
    assert wx.request("POST", "/cgi-bin/stable_token", data=b"{").json()["errcode"] == 47001
