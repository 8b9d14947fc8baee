"""Somebody at a browser: signed in or not, in a language, by day or night, on a phone or a PC; nothing they do goes unseen."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, Dialog, Page, Request, ViewportSize, expect

from app.commands.seed_demo import DEMO_PASSWORD

STORE = "HZ001"
PHONE: ViewportSize = {"width": 390, "height": 844}
DESKTOP: ViewportSize = {"width": 1280, "height": 900}
LOCALES = {"zh": "zh-CN", "en": "en-US"}
HERE = ("127.0.0.1", "localhost")
# Long enough for a machine busy with everything else.
PATIENCE_MS = 20_000
expect.set_options(timeout=PATIENCE_MS)


@dataclass
class Visitor:
    """A browser window of its own. `complaints` is everything a page should not have done."""

    url: str
    context: BrowserContext
    page: Page
    language: str
    complaints: list[str] = field(default_factory=list)

    def open(self, path: str) -> Page:
        """Go to a path of ours."""
        self.page.goto(self.url + path)
        return self.page

    def sign_in(self, login: str, *, store_code: str | None = None) -> None:
        """As one of the demo shop's people, through the form."""
        self.open("/counter/sign-in" if store_code else "/console/sign-in")
        if store_code:
            self.page.fill("#store_code", store_code)
        self.page.fill("#login", login)
        self.page.fill("#password", DEMO_PASSWORD)
        self.page.press("#password", "Enter")
        self.page.wait_for_url(lambda url: not urlsplit(url).path.endswith("/sign-in"))

    def assert_clean(self) -> None:
        """No request left the host, no policy was broken, no script failed."""
        assert self.complaints == []


@contextmanager
def visiting(
    browser: Browser,
    url: str,
    *,
    language: str = "zh",
    theme: str = "light",
    size: ViewportSize = DESKTOP,
    **options: Any,
) -> Iterator[Visitor]:
    """A window of its own for as long as the block runs; `options` go to Playwright's context."""
    context = browser.new_context(
        locale=LOCALES[language],
        timezone_id="Asia/Shanghai",
        color_scheme="dark" if theme == "dark" else "light",
        viewport=size,
        # A menu that still slides open moves away between the two halves of a click.
        reduced_motion="reduce",
        base_url=url,
        **options,
    )
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    visitor = Visitor(url, context, page, language)
    _watch(visitor)
    try:
        yield visitor
    finally:
        context.close()


@contextmanager
def at_work(browser: Browser, url: str, login: str, *, store_code: str | None = None, **look: Any) -> Iterator[Visitor]:
    """Somebody of the staff, signed in, in a window of their own that stays clean; `look` as for `visiting`."""
    with visiting(browser, url, **look) as visitor:
        visitor.sign_in(login, store_code=store_code)
        yield visitor
        visitor.assert_clean()


def _watch(visitor: Visitor) -> None:
    def request(asked: Request) -> None:
        address = urlsplit(asked.url)
        if address.scheme in ("http", "https") and address.hostname not in HERE:
            visitor.complaints.append(f"a request to {address.hostname}")

    def said(message: Any) -> None:
        text = message.text
        if "Content Security Policy" in text or "Content-Security-Policy" in text:
            visitor.complaints.append(f"policy: {text[:300]}")

    def surprised(dialog: Dialog) -> None:
        # Ours are <dialog> elements: this is a script that came in with somebody's text.
        visitor.complaints.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    visitor.context.on("request", request)
    visitor.page.on("console", said)
    visitor.page.on("pageerror", lambda error: visitor.complaints.append(f"script: {error}"))
    visitor.page.on("dialog", surprised)
