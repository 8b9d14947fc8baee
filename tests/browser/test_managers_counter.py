"""A manager at the counter, in one window: a coupon given, a customer who leaves, and money given back."""

import re

from playwright.sync_api import Browser, expect

from tests.browser.counter_world import open_shop
from tests.browser.hands import confirm
from tests.browser.visitor import STORE, at_work
from tests.browser.world import World


def test_what_a_manager_does_beside_bills(browser: Browser, world: World) -> None:
    shop = open_shop(world)
    customer = shop.customer("阿宝", "满50减10")
    with at_work(browser, world.stack.web_url, "manager", store_code=STORE) as visitor:
        page = visitor.page
        page.fill("#typed", customer.draw_code())
        page.press("#typed", "Enter")
        page.get_by_role("link", name="送一张券").click()
        page.fill("#note", "顾客等候太久")
        # The Enter of a gun decides nothing.
        page.press("#note", "Enter")
        expect(page.locator("dialog")).to_have_count(0)
        page.locator(".card", has_text="久等咖啡").get_by_role("button").click()
        confirm(visitor, says=re.compile("久等咖啡"))
        expect(page.locator("#work .band-good")).to_contain_text("已赠送：久等咖啡")
        with page.expect_response("**/leave") as left:
            page.keyboard.press("Escape")
        assert left.value.status == 200
        expect(page.locator("#work [data-step=ready]")).to_be_visible()
        visitor.open(f"/counter/refunds/{world.names['purchase']}")
        page.fill("#amount", "1.5")
        page.get_by_role("button", name="看看结果").click()
        expect(page.locator("#refunding")).to_have_text("¥1.50")
        page.fill("#reason", "多收了钱")
        page.get_by_role("button", name="退款 ¥1.50").click()
        confirm(visitor, says=re.compile(r"登记退款 ¥1\.50"))
        expect(page.locator("#messages")).to_contain_text("已登记退款 ¥1.50")
