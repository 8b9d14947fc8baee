"""The pictures of README.md, from the running product: `python -m tests.browser.readme_pictures docs/pictures`."""

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, ViewportSize, expect, sync_playwright

from embedded.stack import Stack
from tests.browser import chromium, counter_world, phone_pictures
from tests.browser.conftest import ARGUMENTS, SETTINGS
from tests.browser.visitor import STORE, visiting
from tests.browser.world import Api, World

SIZE: ViewportSize = {"width": 1120, "height": 760}
# The tick that counts the days runs each minute.
FIGURES_SECONDS = 150


def main(folder: Path) -> None:
    """Write them all."""
    folder.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory(prefix="huitou-readme-", ignore_cleanup_errors=True) as data,
        Stack(Path(data) / "data", durable=False, env=SETTINGS) as stack,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=chromium.find(), args=list(ARGUMENTS))
        world = World(stack, Api(stack, "admin"), Api(stack, "marketer"), Api(stack, "clerk", store_code=STORE))
        _counter(browser, world, folder)
        _console(browser, world, folder)
        for name in phone_pictures.take(browser, stack.phone_url, folder, only="phone-(home|code)$", say=print):
            wanted = name.endswith(".zh.light.png")
            (folder / name).rename(folder / name.replace(".zh.light", "")) if wanted else (folder / name).unlink()
        browser.close()


def _counter(browser: Browser, world: World, folder: Path) -> None:
    """A bill with its best coupons, about to be settled."""
    code = counter_world.open_shop(world).customer("小雨", "满50减10", "满300减60", "咖啡十次卡").draw_code()
    with visiting(browser, world.stack.web_url, size=SIZE) as visitor:
        visitor.sign_in("clerk", store_code=STORE)
        page = visitor.page
        page.keyboard.type(code, delay=5)
        page.keyboard.press("Enter")
        page.fill("#bill", "328")
        page.press("#bill", "Enter")
        expect(page.locator("#settle")).to_be_visible()
        page.screenshot(path=folder / "counter.png")


def _console(browser: Browser, world: World, folder: Path) -> None:
    """The dashboard, once its figures are counted."""
    with visiting(browser, world.stack.web_url, size=SIZE) as visitor:
        visitor.sign_in("admin")
        for _ in range(FIGURES_SECONDS // 5):
            page = visitor.open("/console?days=7")
            if page.locator(".figure").count():
                break
            page.wait_for_timeout(5_000)
        expect(page.locator(".figure").first).to_be_visible()
        page.screenshot(path=folder / "console.png")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
