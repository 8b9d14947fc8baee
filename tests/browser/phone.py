"""A customer's phone in the browser: what a finger does on it, and where it is read."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from sandbox.phone.builder import Builder
from tests.browser.visitor import Visitor, visiting
from tests.miniprogram import npm

SOURCE = Path(__file__).resolve().parents[2] / "miniprogram"


def built(source: Path = SOURCE) -> Builder:
    """The phone frame, built. Skips where there is no npm, fails in continuous integration."""
    try:
        npm.present()
    except npm.NpmMissing as error:
        if os.environ.get("CI"):
            pytest.fail(str(error))
        pytest.skip(str(error))
    builder = Builder(source)
    builder.build()
    return builder


@dataclass
class Phone:
    """One person's phone."""

    visitor: Visitor
    who: str

    @property
    def window(self) -> Page:
        return self.visitor.page

    @property
    def whole(self) -> Locator:
        return self.window.locator(".sim-phone")

    @property
    def screen(self) -> Locator:
        """The mini-program's page in front."""
        return self.window.locator(".sim-page.is-shown")

    def open(self, path: str = "", **settings: str | int) -> "Phone":
        """Start the mini-program, at a page of it."""
        query = {"who": self.who, **({"page": path} if path else {}), **settings}
        self.visitor.open(f"/?{urlencode(query)}")
        expect(self.whole).to_have_attribute("data-state", "running")
        return self

    def tap(self, selector: str, text: str | None = None) -> None:
        """Tap the first that matches on the page in front, once it is no longer busy."""
        self.screen.locator(f"{selector}:not([disabled])", has_text=text).first.click()

    def tab(self, text: str) -> None:
        """Tap a tab."""
        self.window.locator(".sim-tabs button", has_text=text).click()

    def see(self, selector: str, text: str) -> None:
        """Wait until the page in front shows it."""
        expect(self.screen.locator(selector, has_text=text).first).to_be_visible()

    def dialog(self, button: str) -> None:
        """Answer what WeChat laid over the page: `yes` or `no`."""
        self.window.locator(f".sim-overlay .{button}").last.click()

    def join(self) -> None:
        """From a stranger's first screen to the member's."""
        self.tap(".join")
        self.tap(".box.accept")
        self.tap(".box.marketing")
        self.tap(".submit")
        expect(self.screen.locator(".points")).to_be_visible()

    def allow(self, template: str) -> None:
        """On the messages page: one message of this kind."""
        self.screen.locator(".template", has_text=template).locator(".subscribe").click()
        self.dialog("yes")

    def digits(self) -> str:
        """The member code as it stands on the screen."""
        digits = self.screen.locator(".digits")
        expect(digits).to_be_visible()
        return (digits.text_content() or "").replace(" ", "")


@contextmanager
def holding(browser: Browser, url: str, who: str, *, theme: str = "light", language: str = "zh") -> Iterator[Phone]:
    """A phone in a window of its own; at the end nothing it did may have been wrong."""
    size = {"width": 820, "height": 900}
    with visiting(browser, url, size=size, theme=theme, language=language) as visitor:  # type: ignore[arg-type]
        yield Phone(visitor, who)
        visitor.assert_clean()
