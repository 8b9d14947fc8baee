"""A picture of every screen of the mini-program on the phone frame: by day and night, in both languages, in large type."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

from playwright.sync_api import Browser, expect

from app.commands.seed_demo import DEMO_PASSWORD
from sandbox.phone.builder import Builder, BuildFailed
from tests.browser.phone import SOURCE, Phone, holding

TALL = 1500
SETTLED_MS = 500
LARGE = 24
LOOKS = (("zh", "light", 16), ("en", "dark", 16), ("zh", "dark", LARGE), ("en", "light", LARGE))
QUERIES = {"pages/gift/index": "?token=x", "pages/agreement/index": "?document=marketing"}
# These are reached by hand, below.
BY_HAND = {"pages/coupon/index", "clerk/pages/counter/index", "clerk/pages/today/index"}


def take(browser: Browser, url: str, folder: Path, *, only: str, say: Callable[[str], None]) -> list[str]:
    """The names of the pictures. Nothing without npm, which is said."""
    if only and "phone" not in only:
        return []
    try:
        Builder(SOURCE).build()
    except BuildFailed as problem:
        say(str(problem))
        return []
    names = []
    for language, theme, size in LOOKS:
        with holding(browser, url, "picture", theme=theme, language=language) as phone:
            phone.window.set_viewport_size({"width": 820, "height": TALL})
            settings: dict[str, str | int] = {"lang": language, "theme": theme, "font": size, "tall": 1}
            for name in screens(phone, settings):
                if re.search(only, f"phone-{name}"):
                    file = f"phone-{name}.{language}.{theme}{'.large' if size == LARGE else ''}.png"
                    phone.window.wait_for_timeout(SETTLED_MS)
                    phone.whole.screenshot(path=folder / file)
                    names.append(file)
                    say(f"  {file}")
    return names


def screens(phone: Phone, settings: dict[str, str | int]) -> Iterator[str]:
    """Go from screen to screen, saying what each is called."""
    phone.open("", **settings)
    expect(phone.screen.locator(".join, .points").first).to_be_visible()
    if phone.screen.locator(".join").count():
        yield "home-guest"
        phone.join()
    expect(phone.screen.locator(".skeleton")).to_have_count(0)
    if phone.screen.locator(".check-in:not([disabled])").count():
        phone.tap(".check-in")
        expect(phone.screen.locator(".check-in[disabled]:not([loading])")).to_be_visible()
    if phone.screen.locator(".coupon-count").inner_text() == "0":
        phone.tap(".components-offer-card-index--take")
        expect(phone.screen.locator(".coupon-count")).to_have_text("1")
    for route in routes():
        phone.open(f"/{route}{QUERIES.get(route, '')}", **settings)
        expect(phone.screen.locator(".skeleton")).to_have_count(0)
        yield route.removesuffix("/index").replace("pages/", "").replace("/", "-")
    phone.open("/pages/coupons/index", **settings)
    phone.tap("mp-components-coupon-card-index wx-view")
    yield "coupon"
    yield from clerk(phone, settings)
    phone.window.locator(".sim-to-chat").click()
    yield "chat"


def routes() -> list[str]:
    """All there are, but for those that need more than an address."""
    app = json.loads((SOURCE / "app.json").read_text(encoding="utf-8"))
    packages = [f"{one['root']}/{page}" for one in app.get("subPackages", []) for page in one["pages"]]
    return [route for route in app["pages"] + packages if route not in BY_HAND]


def clerk(phone: Phone, settings: dict[str, str | int]) -> Iterator[str]:
    """At the counter, with the customer's own code typed in."""
    phone.open("/pages/code/index", **settings)
    code = phone.digits()
    phone.open("/clerk/pages/sign-in/index", **settings)
    for name, value in (("login", "clerk"), ("password", DEMO_PASSWORD), ("store", "HZ001")):
        phone.screen.locator(f".{name} input").fill(value)
    phone.tap(".enter")
    expect(phone.screen.locator(".scan")).to_be_visible()
    yield "clerk-counter"
    phone.tap(".scan")
    phone.window.wait_for_timeout(SETTLED_MS)
    yield "clerk-scan"
    phone.window.locator(".sim-scan input").fill(code)
    phone.dialog("yes")
    expect(phone.screen.locator(".member, .components-status-block-index--retry").first).to_be_visible()
    yield "clerk-member"
    phone.screen.locator(".bill input").fill("88")
    phone.tap(".quote")
    expect(phone.screen.locator(".payable").first).to_be_visible()
    yield "clerk-quote"
    phone.open("/clerk/pages/today/index", **settings)
    yield "clerk-today"
