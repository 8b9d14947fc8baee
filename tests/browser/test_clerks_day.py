"""The clerk's whole day in a real browser: gun, wrong code, replay, undo, connection lost; in both languages, on PC and phone."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from demo.people import Customer
from tests.browser.counter_world import Shop, open_shop
from tests.browser.visitor import DESKTOP, PHONE, STORE, Visitor, visiting
from tests.browser.world import World

# A gun's pace, in milliseconds between characters.
GUN = 4
# Counts the tones instead of only playing them.
COUNT_TONES = """
window.tones = 0;
const start = OscillatorNode.prototype.start;
OscillatorNode.prototype.start = function (...given) { window.tones += 1; return start.apply(this, given); };
"""
SIZES = {"pc": DESKTOP, "phone": PHONE}


@pytest.fixture(scope="module")
def shop(world: World) -> Shop:
    return open_shop(world)


@pytest.fixture(params=["zh-pc", "zh-phone", "en-pc", "en-phone"])
def clerk(request: pytest.FixtureRequest, browser: Browser, world: World) -> Iterator[Visitor]:
    language, size = request.param.split("-")
    with visiting(browser, world.stack.web_url, language=language, size=SIZES[size]) as visitor:
        visitor.page.add_init_script(COUNT_TONES)
        visitor.sign_in("clerk", store_code=STORE)
        yield visitor


def gun(page: Page, code: str) -> None:
    """What a scan gun does: types wherever the cursor is, and ends with Enter."""
    page.keyboard.type(code, delay=GUN)
    page.keyboard.press("Enter")


def band(page: Page, kind: str) -> Locator:
    return page.locator(f"#work .band-{kind}")


def step(page: Page, name: str) -> Locator:
    return page.locator(f"#work [data-step={name}]")


def test_a_whole_day(clerk: Visitor, shop: Shop, world: World) -> None:
    page = clerk.page
    is_english = clerk.language == "en"
    expect(page.locator("#typed")).to_be_focused()
    _plain_coupon_in_two_keystrokes(page, shop.customer("小雨", "满50减10"))
    _undone(page, is_english)
    _card_stamped(page, shop.customer("阿梅", "咖啡十次卡"))
    _wrong_codes(page, shop.customer("小陈"), is_english)
    _replayed(page, shop.customer("老王", "满50减10"), is_english)
    _connection_lost(clerk, shop.customer("小周", "满50减10"))
    _joined(page, world)
    _day_and_shift(page)
    clerk.assert_clean()


def _plain_coupon_in_two_keystrokes(page: Page, customer: Customer) -> None:
    page.keyboard.press("F2")
    gun(page, customer.draw_code())
    expect(step(page, "visit")).to_be_visible()
    expect(page.locator("#bill")).to_be_focused()
    page.keyboard.type("58")
    page.keyboard.press("Enter")
    expect(page.locator("#payable")).to_have_text("¥48.00")
    expect(page.locator("#settle button")).to_be_focused()
    page.keyboard.press("Enter")
    expect(band(page, "good")).to_contain_text("¥48.00")
    expect(page.locator("#typed")).to_be_focused()
    assert page.evaluate("window.tones") == 2


def _undone(page: Page, is_english: bool) -> None:
    button = page.locator("#work [data-seconds]")
    expect(button).to_contain_text(re.compile(r"\d+:\d\d"))
    button.click()
    page.get_by_role("button", name="Confirm" if is_english else "确认").click()
    expect(step(page, "result")).to_contain_text("Undone" if is_english else "已撤销")
    expect(band(page, "good")).to_be_visible()


def _card_stamped(page: Page, customer: Customer) -> None:
    gun(page, customer.draw_code())
    expect(step(page, "visit")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.locator("dialog")).to_be_visible()
    page.keyboard.press("Enter")
    expect(step(page, "result")).to_contain_text("1/10")


def _wrong_codes(page: Page, customer: Customer, is_english: bool) -> None:
    gun(page, customer.draw_screenshot())
    expect(band(page, "bad")).to_contain_text("refresh" if is_english else "刷新")
    misread = customer.draw_code()
    gun(page, misread[:-1] + str((int(misread[-1]) + 1) % 10))
    expect(band(page, "bad")).to_contain_text("scan again" if is_english else "重新扫描")
    gun(page, "6901234567892")
    expect(band(page, "bad")).to_contain_text("Not recognised" if is_english else "无法识别")
    # Not lost: marked, so that the next scan takes its place.
    expect(page.locator("#typed")).to_have_value("6901234567892")
    page.keyboard.press("Escape")
    expect(step(page, "ready")).to_be_visible()
    expect(page.locator("#typed")).to_have_value("")


def _replayed(page: Page, customer: Customer, is_english: bool) -> None:
    code, asked = customer.draw_code(), []
    page.on("request", lambda one: asked.append(one) if one.url.endswith("/counter/scan") else None)
    page.locator("#bill-first").fill("100")
    page.keyboard.press("F2")
    gun(page, code)
    expect(page.locator("#payable")).to_have_text("¥90.00")
    # The gun stutters: within three seconds the same code is no second scan, also with the cursor elsewhere.
    gun(page, code)
    expect(page.locator("#payable")).to_have_text("¥90.00")
    assert len(asked) == 1
    page.locator("#settle button").press("Enter")
    expect(band(page, "good")).to_contain_text("¥90.00")
    # Three seconds later, by the page's own clock.
    page.evaluate("const now = Date.now; Date.now = () => now() + 3100")
    gun(page, code)
    expect(band(page, "bad")).to_contain_text("fresh" if is_english else "刷新")


def _connection_lost(clerk: Visitor, customer: Customer) -> None:
    page = clerk.page
    page.locator("#bill-first").fill("100")
    page.keyboard.press("F2")
    gun(page, customer.draw_code())
    expect(page.locator("#payable")).to_have_text("¥90.00")
    clerk.context.set_offline(True)
    page.locator("#settle button").press("Enter")
    net = page.locator("#net")
    expect(net).to_have_text(str(net.get_attribute("data-offline")))
    expect(page.locator("#payable")).to_have_text("¥90.00")
    clerk.context.set_offline(False)
    # The answer of a bill that was settled is lost on the way: the same press again acts once.
    page.route("**/counter/settle", _swallow, times=1)
    page.locator("#settle button").press("Enter")
    expect(net).to_have_text(str(net.get_attribute("data-lost")))
    page.locator("#settle button").press("Enter")
    expect(band(page, "good")).to_contain_text("¥90.00")
    expect(net).to_be_hidden()
    assert len(customer.get("/coupons?status=redeemed")["data"]) == 1


def _swallow(route: Any) -> None:
    route.fetch()
    route.abort("connectionfailed")


def _joined(page: Page, world: World) -> None:
    number = f"139{len(world.names):03d}{int(page.evaluate('Date.now() % 100000')):05d}"
    page.goto(world.stack.web_url + "/counter/enrol")
    page.fill("#phone", number)
    page.fill("#nickname", "新客人")
    page.check("#consent")
    page.press("#nickname", "Enter")
    expect(page.locator("main")).to_contain_text(f"139****{number[-4:]}")
    page.goto(world.stack.web_url + "/counter")
    expect(page.locator("#typed")).to_be_focused()
    gun(page, number[-4:])
    page.locator("#work [data-step=candidates] a").first.click()
    expect(step(page, "member")).to_be_visible()


def _day_and_shift(page: Page) -> None:
    page.goto(page.url.split("/counter")[0] + "/counter/day?mine=1")
    expect(page.locator("tbody tr").first).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV").click()
    assert download.value.suggested_filename.startswith("counter-")
    page.goto(page.url.split("/counter")[0] + "/counter/shift")
    expect(page.locator("main h1")).to_be_visible()


def test_a_scan_is_recognised_wherever_the_cursor_is(browser: Browser, world: World, shop: Shop) -> None:
    with visiting(browser, world.stack.web_url) as visitor:
        visitor.sign_in("clerk", store_code=STORE)
        page = visitor.page
        page.locator("#bill-first").fill("12")
        page.locator("#bill-first").focus()
        gun(page, shop.customer("甲").draw_code())
        expect(page.locator("#payable")).to_have_text("¥12.00")
        page.locator("#settle button").focus()
        gun(page, shop.customer("乙").draw_code())
        # It was a scan and no press of the button.
        expect(step(page, "visit")).to_contain_text("乙")
        visitor.assert_clean()


def test_switches_are_remembered(browser: Browser, world: World, shop: Shop) -> None:
    with visiting(browser, world.stack.web_url) as visitor:
        visitor.page.add_init_script(COUNT_TONES)
        visitor.sign_in("clerk", store_code=STORE)
        page = visitor.page
        page.locator("#mute").click()
        page.locator("#keyboard").click()
        page.reload()
        assert page.locator("#typed").evaluate("one => one.inputMode") == "none"
        gun(page, "6901234567892")
        expect(band(page, "bad")).to_be_visible()
        assert page.evaluate("window.tones") == 0
        visitor.assert_clean()


def test_without_scripts_the_day_goes_on(browser: Browser, world: World, shop: Shop) -> None:
    with visiting(browser, world.stack.web_url, java_script_enabled=False) as visitor:
        visitor.sign_in("clerk", store_code=STORE)
        page = visitor.page
        page.fill("#bill-first", "100")
        page.fill("#typed", shop.customer("丙", "满50减10").draw_code())
        page.press("#typed", "Enter")
        expect(page.locator("#payable")).to_have_text("¥90.00")
        page.locator("#settle button").click()
        expect(band(page, "good")).to_contain_text("¥90.00")
        page.locator("#work form button").first.click()
        expect(step(page, "result")).to_contain_text("已撤销")


def test_buttons_are_large_enough_for_a_thumb(browser: Browser, world: World, shop: Shop) -> None:
    with visiting(browser, world.stack.web_url, size=PHONE) as visitor:
        visitor.sign_in("clerk", store_code=STORE)
        page = visitor.page
        page.fill("#bill-first", "100")
        page.fill("#typed", shop.customer("丁", "满50减10", "咖啡十次卡").draw_code())
        page.press("#typed", "Enter")
        expect(page.locator("#payable")).to_be_visible()
        small = page.locator("main button:visible, main a.btn:visible").evaluate_all(
            "all => all.filter(one => one.getBoundingClientRect().height < 48).map(one => one.outerHTML)"
        )
        assert small == []
