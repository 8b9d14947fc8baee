"""Codes: single use, five minutes, never interchangeable; the session check; the phone number."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from sandbox.codes import LOGIN
from sandbox.errors import WxError
from sandbox.public.login import session_signature
from tests.sandbox.driver import OA_APPID, OA_SECRET, Driver


def login_code(wx: Driver, name: str = "alice") -> str:
    return str(wx.control("POST", "/login-code", name=name)["code"])


def phone_code(wx: Driver, name: str = "alice") -> str:
    return str(wx.control("POST", "/phone-code", name=name)["code"])


def test_a_login_code_works_once(wx: Driver) -> None:
    openid = wx.user(unionid="auto")
    code = login_code(wx)
    first = wx.login(code)
    assert first["openid"] == openid and len(openid) == 28
    assert first["unionid"].startswith("o6_") and "errcode" not in first and first["session_key"]
    assert wx.login(code)["errcode"] == 40163


def test_of_eight_threads_with_one_code_one_gets_in(wx: Driver) -> None:
    wx.user()
    code = login_code(wx)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: wx.login(code), range(8)))
    assert sorted(str(answer.get("errcode", 0)) for answer in answers) == ["0"] + ["40163"] * 7


def test_two_who_found_the_same_code_cannot_both_spend_it(wx: Driver) -> None:
    codes = wx.box.app.extensions["sandbox"].codes
    value = codes.issue(LOGIN, appid="wx1", openid="o").value
    one, other = (codes.find(value, kind=LOGIN, appid="wx1") for _ in range(2))
    codes.use(one)
    with pytest.raises(WxError, match="40163"):
        codes.use(other)


def test_login_answers_as_text_and_without_unionid_when_there_is_none(wx: Driver) -> None:
    wx.user("bob")
    app = {"appid": wx.settings.appid, "secret": wx.settings.secret, "grant_type": "authorization_code"}
    response = wx.request("GET", "/sns/jscode2session", params={**app, "js_code": login_code(wx, "bob")})
    assert response.headers["Content-Type"].startswith("text/plain")
    assert set(response.json()) == {"openid", "session_key"}


def test_codes_are_not_interchangeable_and_grow_old(wx: Driver) -> None:
    wx.user(phone="13800138000")
    assert wx.login(phone_code(wx))["errcode"] == 40029
    assert wx.phone(login_code(wx))["errcode"] == 40029
    login, phone = login_code(wx), phone_code(wx)
    wx.control("POST", "/clock/advance", seconds=300)
    assert wx.login(login)["errcode"] == 40029
    assert wx.phone(phone)["errcode"] == 40029
    assert wx.login("forged")["errcode"] == 40029
    assert wx.login("")["errcode"] == 41008


def test_a_code_belongs_to_its_app(wx: Driver) -> None:
    wx.user()
    code = login_code(wx)
    assert wx.login(code, appid=OA_APPID, secret=OA_SECRET)["errcode"] == 40013
    assert wx.login(code, secret="wrong")["errcode"] == 40125
    assert "openid" in wx.login(code)


def test_a_blocked_user_and_the_limit_per_minute_spend_no_code(wx: Driver) -> None:
    openid = wx.user(blocked=True)
    code = login_code(wx)
    assert wx.login(code)["errcode"] == 40226
    wx.control("POST", "/users", openid=openid, blocked=False)
    wx.control("POST", "/settings", login_per_minute=1)
    assert "openid" in wx.login(code)
    code = login_code(wx)
    assert wx.login(code)["errcode"] == 45011
    wx.user("bob")
    assert "openid" in wx.login(login_code(wx, "bob"))
    wx.control("POST", "/clock/advance", seconds=60)
    assert "openid" in wx.login(code)


def test_a_phone_code_gives_the_number_once(wx: Driver) -> None:
    wx.user(phone="13800138000")
    code = phone_code(wx)
    info = wx.phone(code)["phone_info"]
    assert info["phoneNumber"] == info["purePhoneNumber"] == "13800138000" and info["countryCode"] == "86"
    assert info["watermark"] == {"timestamp": 1_795_000_000, "appid": wx.settings.appid}
    assert wx.phone(code)["errcode"] == 40029


def test_a_phone_code_may_name_its_user_and_numbers_abroad_carry_their_code(wx: Driver) -> None:
    wx.user(phone="91234567", country_code="852")
    bob = wx.user("bob")
    code = phone_code(wx)
    assert wx.phone(code, openid=bob)["errcode"] == 40003
    wx.control("POST", "/settings", country_code_as_number=True)
    info = wx.phone(code)["phone_info"]
    assert (info["phoneNumber"], info["purePhoneNumber"], info["countryCode"]) == ("+85291234567", "91234567", 852)


def test_checksession_knows_the_vector_and_the_live_key_only(wx: Driver) -> None:
    vector = "7154f9f8b4b76b92f541cbf0e37d48840fa06e5e42da92a6f80168a1516a4735"
    assert session_signature("tiihtNczf5v6AKRyjwEUhQ==") == vector
    openid = wx.user()
    old, new = (wx.login(login_code(wx))["session_key"] for _ in range(2))

    def check(signature: str) -> int:
        query = {"openid": openid, "sig_method": "hmac_sha256", "signature": signature}
        return int(wx.get("/wxa/checksession", access_token=wx.token, **query)["errcode"])

    assert check(session_signature(new)) == 0
    assert check(session_signature(old)) == 87009
    assert check("ü") == 87009
