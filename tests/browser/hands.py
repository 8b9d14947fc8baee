"""What somebody does at a page in their own language: a word of two, a button, the yes to a question, what the page then says."""

import re
from typing import Any

from playwright.sync_api import Locator, expect

from tests.browser.visitor import Visitor


def say(visitor: Visitor, zh: str, en: str) -> re.Pattern[str]:
    """The word the page has for this visitor."""
    return re.compile(re.escape(word(visitor, zh, en)))


def word(visitor: Visitor, zh: str, en: str) -> str:
    """The same, whole."""
    return en if visitor.language == "en" else zh


def press(visitor: Visitor, zh: str, en: str, *, within: Locator | None = None) -> None:
    """A button; of several, the first."""
    (within or visitor.page).get_by_role("button", name=say(visitor, zh, en)).first.click()


def follow(visitor: Visitor, zh: str, en: str, *, within: Locator | None = None) -> None:
    """A link of the page itself; of several, the first."""
    (within or visitor.page.locator("main")).get_by_role("link", name=say(visitor, zh, en)).first.click()


def choose(visitor: Visitor, group: tuple[str, str], item: tuple[str, str]) -> None:
    """A page of the menu, which a phone keeps behind a button."""
    menu = visitor.page.get_by_role("navigation", name=word(visitor, "主导航", "Main"), exact=True)
    toggler = menu.get_by_role("button", name=word(visitor, "菜单", "Menu"), exact=True)
    if toggler.is_visible():
        toggler.click()
    menu.get_by_role("button", name=word(visitor, *group), exact=True).click()
    menu.get_by_role("link", name=word(visitor, *item), exact=True).click()


def confirm(visitor: Visitor, *, says: re.Pattern[str]) -> None:
    """Read what will happen, and say yes."""
    dialog = visitor.page.locator("dialog[open]")
    expect(dialog).to_contain_text(says)
    dialog.get_by_role("button", name=say(visitor, "确认", "Confirm")).click()


def is_told(visitor: Visitor, zh: str, en: str, **more: Any) -> None:
    """The page says so above everything else."""
    expect(visitor.page.locator("#messages")).to_contain_text(say(visitor, zh, en), **more)
