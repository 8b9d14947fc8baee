"""The phone frame itself, with a small mini-program that uses what ours uses, against a sandbox of its own."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from sandbox import RunningSandbox, Settings, create_sandbox, running
from sandbox.phone.application import create_phone
from sandbox.server import Server
from tests.browser.phone import Phone, built, holding

SAMPLE = Path(__file__).parent / "phone_sample"
KEY = "sample-key"


@pytest.fixture(scope="module")
def wechat() -> Iterator[RunningSandbox]:
    with running(create_sandbox(Settings(control_key=KEY))) as box:
        yield box


@pytest.fixture(scope="module")
def address(wechat: RunningSandbox) -> Iterator[str]:
    app = create_phone(built(SAMPLE), web="http://127.0.0.1:1", sandbox=wechat.url, control_key=KEY)
    server = Server(app, host="127.0.0.1", port=0)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()
    server.hang_up_all()


@pytest.fixture
def phone(browser: Browser, address: str) -> Iterator[Phone]:
    with holding(browser, address, "mei") as found:
        yield found.open()


def test_pages_live_as_wechat_lets_them_live(phone: Phone) -> None:
    expect(phone.screen.locator(".steps")).to_have_text("launch appShow attached load: show ready")
    expect(phone.screen.locator(".components-card-index--shows")).to_have_text("1")
    phone.tap(".go")
    expect(phone.screen.locator(".query")).to_have_text("1 汉")
    phone.tap(".back")
    expect(phone.screen.locator(".said")).to_have_text("from the second")
    expect(phone.screen.locator(".components-card-index--shows")).to_have_text("2")
    phone.tab("Tab")
    expect(phone.screen.locator(".count")).to_have_text("1")
    phone.tab("First")
    phone.tab("Tab")
    expect(phone.screen.locator(".count")).to_have_text("2")


def test_fingers_fields_and_components_talk(phone: Phone) -> None:
    phone.screen.locator(".name input").fill("小雨")
    expect(phone.screen.locator(".components-card-index--title")).to_have_text("card of 小雨")
    expect(phone.screen.locator("mp-components-card-index")).to_contain_text("a;b;1slotted")
    phone.tap(".components-card-index--title")
    expect(phone.screen.locator(".said")).to_have_text("card of 小雨")
    expect(phone.screen.locator("mp-components-card-index")).to_contain_text("c;a;1slotted")
    phone.tap(".tapped")
    expect(phone.screen.locator(".said")).to_have_text("me@true")
    phone.tap("wx-switch")
    expect(phone.screen.locator(".said")).to_have_text("true")
    phone.tap(".send")
    expect(phone.screen.locator(".said")).to_have_text('{"word":"x","on":true}')
    phone.screen.locator(".dead").click(force=True)
    expect(phone.screen.locator(".query")).to_have_count(0)


def test_styles_keep_to_their_place_and_to_the_phones_size(phone: Phone) -> None:
    wide = phone.screen.locator("#wide")
    expect(wide).to_have_text("wide!")
    expect(wide).to_have_css("width", "195px")
    expect(wide).to_have_css("color", "rgb(1, 1, 1)")
    expect(phone.screen.locator(".components-card-index--title")).to_have_css("color", "rgb(2, 2, 2)")
    expect(phone.screen.locator(".styled")).to_have_css("width", "39px")
    expect(phone.screen.locator(".tapped")).to_have_css("color", "rgb(10, 20, 30)")
    phone.window.get_by_label("外观").select_option("dark")
    expect(phone.screen.locator(".tapped")).to_have_css("color", "rgb(200, 210, 220)")
    expect(phone.window.locator(".sim-nav")).to_have_css("background-color", "rgb(17, 17, 17)")


def test_permission_is_asked_in_a_tap_or_not_at_all(phone: Phone, wechat: RunningSandbox) -> None:
    phone.tap(".late")
    refused = "requestSubscribeMessage:fail can only be invoked by user TAP gesture."
    expect(phone.screen.locator(".asked")).to_have_text(refused)
    phone.tap(".ask")
    phone.window.locator(".sim-subscribe input").nth(1).uncheck()
    phone.dialog("yes")
    expect(phone.screen.locator(".asked")).to_contain_text('"TPL_BIRTHDAY_DEMO":"accept","TPL_COUPON_DEMO":"reject"')
    world = wechat.app.extensions["sandbox"]
    grants = world.grants.of_user(world.users.named("mei").openid)
    assert grants["TPL_BIRTHDAY_DEMO"]["count"] == 1 and grants.get("TPL_COUPON_DEMO", {"count": 0})["count"] == 0


def test_a_phone_number_needs_two_agreements(phone: Phone) -> None:
    phone.tap(".phone")
    phone.dialog("no")
    expect(phone.screen.locator(".said")).to_contain_text("privacy permission is not authorized")
    phone.tap(".phone")
    phone.dialog("yes")
    expect(phone.window.locator(".sim-dialog")).to_contain_text("****")
    phone.dialog("no")
    expect(phone.screen.locator(".said")).to_have_text("getPhoneNumber:fail user deny")
    phone.tap(".phone")
    phone.dialog("yes")
    expect(phone.screen.locator(".said")).to_have_text("getPhoneNumber:ok")


def test_scripts_see_the_phones_clock_and_no_browser(phone: Phone) -> None:
    expect(phone.screen.locator(".hidden-things")).to_have_text("undefinedundefinedundefined")
    times = []
    for clock in (0, -300):
        phone.open("/pages/second/index?b=x", clock=clock)
        times.append(int(phone.screen.locator(".time").text_content() or ""))
    assert -300_000 <= times[1] - times[0] < -240_000


def test_it_pulls_down_by_hand(phone: Phone) -> None:
    box = phone.screen.bounding_box()
    assert box is not None
    x, y = box["x"] + 350, box["y"] + 20
    phone.window.mouse.move(x, y)
    phone.window.mouse.down()
    phone.window.mouse.move(x, y + 120, steps=4)
    phone.window.mouse.up()
    expect(phone.screen.locator(".said")).to_have_text("pulled")


def test_messages_arrive_as_cards_that_open_their_page(phone: Phone, wechat: RunningSandbox) -> None:
    world = wechat.app.extensions["sandbox"]
    openid = world.users.named("mei").openid
    world.grants.accept(openid, "TPL_POINTS_DEMO", cap=0, long_term=False)
    phone.window.locator(".sim-to-chat").click()
    expect(phone.window.locator(".sim-chat")).to_contain_text("还没有消息")
    send(wechat, openid)
    card = phone.window.locator(".sim-card")
    expect(card).to_contain_text("积分到期")
    card.click()
    expect(phone.screen.locator(".query")).to_have_text("7 y")


def send(wechat: RunningSandbox, openid: str) -> None:
    """As the shop's server does it."""
    import requests

    settings = Settings(control_key=KEY)
    app = {"grant_type": "client_credential", "appid": settings.appid, "secret": settings.secret}
    token = requests.get(f"{wechat.url}/cgi-bin/token", params=app, timeout=20).json()["access_token"]
    words = {"thing1": "积分到期", "number2": "30", "date3": "2026年12月31日", "thing4": "去兑换"}
    body = {
        "touser": openid,
        "template_id": "TPL_POINTS_DEMO",
        "page": "pages/second/index?a=7&b=y",
        "data": {key: {"value": value} for key, value in words.items()},
    }
    url = f"{wechat.url}/cgi-bin/message/subscribe/send?access_token={token}"
    answer = requests.post(url, json=body, timeout=20).json()
    assert answer["errcode"] == 0, answer
