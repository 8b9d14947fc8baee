"""A customer's visit on the phone frame, with the real product behind it: from joining to the message in the chat."""

import secrets
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import requests
from playwright.sync_api import Browser, expect

from embedded.stack import Stack
from tests.browser.phone import Phone, built, holding
from tests.browser.visitor import STORE, visiting
from tests.browser.world import World

BILL_FEN = 8_800
# A scan gun's pace.
GUN_MS = 4
PROMOTION = {
    "thing1": "冬季会员日",
    "thing2": "全场满100减20",
    "time3": "2026年12月1日 10:00",
    "thing4": "数量有限，先到先得",
}
# From the tick that sees it due to the card on the screen, on a machine busy with everything else.
MESSAGE_MS = 60_000


@pytest.fixture(scope="package")
def phone_url(stack: Stack) -> str:
    built()
    return stack.phone_url


@pytest.fixture
def phone(browser: Browser, phone_url: str) -> Iterator[Phone]:
    with holding(browser, phone_url, f"guest-{secrets.token_hex(4)}") as found:
        yield found.open()


def scan(world: World, code: str) -> requests.Response:
    """What the scan gun's page asks."""
    return world.clerk.try_post("/visits", {"member_code": code})


@pytest.fixture
def open_hours(world: World) -> Iterator[None]:
    """Whatever time it is, it is no time to be quiet."""
    before = world.admin.get("/programme")
    world.admin.patch("/programme", {"quiet_from": "00:00", "quiet_until": "00:00"})
    yield
    world.admin.patch("/programme", {name: before[name] for name in ("quiet_from", "quiet_until")})


@pytest.mark.usefixtures("open_hours")
def test_from_joining_to_the_message_in_the_chat(phone: Phone, browser: Browser, world: World) -> None:
    phone.join()
    phone.tap(".check-in")
    phone.see(".check-in", "已签到")
    phone.tap(".components-offer-card-index--take")
    expect(phone.screen.locator(".coupon-count")).to_have_text("1")

    name = phone.screen.locator(".components-offer-card-index--name").first.inner_text()
    phone.tab("会员码")
    redeem(browser, world, phone.digits())
    phone.tab("券包")
    phone.see(".tab", "已使用 1")
    phone.tap(".tab", "已使用")
    phone.see("mp-components-coupon-card-index", name)

    phone.tab("我的")
    phone.tap(".link", "消息订阅")
    phone.allow("优惠活动通知")
    phone.see(".template", "还可接收 1 条")
    announce(world)
    note = phone.window.locator(".sim-note button")
    note.click(timeout=MESSAGE_MS)
    card = phone.window.locator(".sim-card")
    expect(card).to_contain_text(PROMOTION["thing1"])
    card.click()
    expect(phone.screen.locator(".screen")).to_be_visible()


def redeem(browser: Browser, world: World, code: str) -> None:
    """The clerk in another window: scans, types the bill, confirms what stands there."""
    with visiting(browser, world.stack.web_url) as clerk:
        clerk.sign_in("clerk", store_code=STORE)
        page = clerk.page
        expect(page.locator("#typed")).to_be_focused()
        page.keyboard.type(code, delay=GUN_MS)
        page.keyboard.press("Enter")
        expect(page.locator("#bill")).to_be_focused()
        page.keyboard.type("88")
        page.keyboard.press("Enter")
        expect(page.locator("#settle button")).to_be_focused()
        expect(page.locator("#payable")).to_have_text("¥78.00")
        page.keyboard.press("Enter")
        expect(page.locator("#work .band-good")).to_contain_text("¥78.00")
        clerk.assert_clean()


def announce(world: World) -> None:
    """The marketer's campaign, to everybody who may be told."""
    templates = world.marketer.get("/message-templates")["data"]
    body = {
        "name": f"会员日 {secrets.token_hex(3)}",
        "kind": "one_off",
        "message_template_id": next(one["id"] for one in templates if one["code"] == "promotion"),
        "field_values": PROMOTION,
        "scheduled_at": (datetime.now(UTC) + timedelta(seconds=3)).isoformat(),
        "sends_per_second": 60,
    }
    campaign = world.marketer.post("/campaigns", body)["id"]
    world.marketer.post(f"/campaigns/{campaign}/schedule", {})


def test_a_code_drawn_offline_is_good_once_and_not_for_long(phone: Phone, world: World) -> None:
    phone.join()
    phone.tab("会员码")
    phone.digits()
    phone.window.get_by_label("断网").check()
    first = phone.digits()
    # The next one is drawn without a network, and the page says that it is.
    expect(phone.screen.locator(".digits")).not_to_contain_text(first[-4:], timeout=35_000)
    phone.tap(".renew")
    expect(phone.screen.locator(".offline")).to_be_visible()
    drawn = phone.digits()
    assert scan(world, drawn).status_code == 201
    visit = scan(world, drawn).json()["visit_id"]
    world.clerk.post("/purchases", {"visit_id": visit, "bill_fen": BILL_FEN, "order_no": secrets.token_hex(6)})
    assert scan(world, drawn).json()["error"]["code"] == "member_code_used"


def test_a_code_is_good_at_the_edge_of_its_step_and_not_after(phone: Phone, world: World) -> None:
    phone.join()
    phone.tab("会员码")
    phone.window.get_by_label("断网").check()
    early = phone.digits()
    left = 30 - time.time() % 30
    # Fifteen seconds are given to find the scanner.
    time.sleep(left + 10)
    assert scan(world, early).status_code == 201
    other = phone.digits()
    left = 30 - time.time() % 30
    time.sleep(left + 16)
    assert scan(world, other).json()["error"]["code"] == "member_code_expired"


def test_a_clock_that_is_five_minutes_off_corrects_itself(phone: Phone, world: World) -> None:
    phone.join()
    for seconds in (-300, 300):
        phone.open("/pages/code/index", clock=seconds)
        assert scan(world, phone.digits()).status_code == 201
        # Set while the page is open: pulling down asks for the server's time anew.
        phone.window.get_by_label("手机时钟偏差(秒)").fill(str(-seconds))
        phone.window.get_by_label("手机时钟偏差(秒)").press("Tab")
        phone.tap(".renew")
        time.sleep(1)
        assert scan(world, phone.digits()).status_code == 201
