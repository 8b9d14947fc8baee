"""What every page keeps, in both languages, by day and night, on a phone and a PC."""

import re
from collections.abc import Iterator

import pytest
from apiflask import APIFlask
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from blueprints.pages.page_session import is_page
from tests.browser.pages import NO_PAGES, PLACES, Place
from tests.browser.visitor import DESKTOP, PHONE, STORE, Visitor, visiting
from tests.browser.world import World

# Each language, theme and width once; the long form (`make chaos`) also crosswise.
LOOKS = (
    ("zh", "light", DESKTOP),
    ("en", "dark", PHONE),
    pytest.param(("zh", "dark", PHONE), marks=pytest.mark.slow),
    pytest.param(("en", "light", DESKTOP), marks=pytest.mark.slow),
)
# Ids by which a label, a link, a screen reader or a script finds a thing.
NAMED = """() => ["for", "aria-labelledby", "aria-describedby", "aria-controls", "data-swap", "data-look", "data-press"].flatMap(
    (name) => [...document.querySelectorAll(`[${name}]`)].flatMap((one) => one.getAttribute(name).replaceAll("#", "").split(" "))
).concat("messages", "main", "menu", "offline")"""
HAN = re.compile(r"[\u4e00-\u9fff]")


def test_every_page_has_a_line(app: APIFlask) -> None:
    pages = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or ()) and is_page(rule.rule) and rule.endpoint not in NO_PAGES
    }
    assert pages == {place.endpoint for place in PLACES}


@pytest.fixture(scope="module", params=LOOKS, ids=lambda look: f"{look[0]}-{look[1]}-{look[2]['width']}")
def windows(request: pytest.FixtureRequest, browser: Browser, world: World) -> Iterator[dict[tuple[str, str], Visitor]]:
    """A window for each person and door, kept for the module: signing in costs a third of a second of argon2."""
    language, theme, size = request.param
    opened: dict[tuple[str, str], Visitor] = {}
    closing = []
    for place in PLACES:
        whose = (place.door, place.login)
        if whose in opened:
            continue
        window = visiting(browser, world.stack.web_url, language=language, theme=theme, size=size)
        visitor = window.__enter__()
        closing.append(window)
        if place.login:
            visitor.sign_in(place.login, store_code=STORE if place.door == "counter" else None)
        opened[whose] = visitor
    yield opened
    for window in closing:
        window.__exit__(None, None, None)


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.name)
def test_a_page(place: Place, windows: dict[tuple[str, str], Visitor], world: World) -> None:
    visitor = windows[place.door, place.login]
    visitor.complaints.clear()
    answer = visitor.page.goto(world.stack.web_url + world.path(place.path))
    assert answer is not None
    assert answer.status == 200
    # What a page fetches by itself begins before it counts as loaded.
    expect(visitor.page.locator("[aria-busy=true]")).to_have_count(0)
    _says_it_in_one_language(visitor)
    _fits(visitor.page)
    _one_of_each(visitor.page)
    _is_accessible(visitor.page)
    visitor.assert_clean()


def _one_of_each(page: Page) -> None:
    assert page.locator("h1").count() == 1
    assert page.locator("main").count() == 1
    ids = page.locator("[id]").evaluate_all("all => all.map(one => one.id)")
    assert [one for one in set(page.evaluate(NAMED)) if ids.count(one) > 1] == []


def _fits(page: Page) -> None:
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 1, f"{wide} pixels stick out at the side"


def _says_it_in_one_language(visitor: Visitor) -> None:
    lang = visitor.page.evaluate("document.documentElement.lang")
    assert lang == ("en" if visitor.language == "en" else "zh-CN")
    if visitor.language == "en":
        # Names that people typed are in the language they typed them in; headings, buttons and labels are ours.
        for tag in ("h1", "label", "th", "button:not([lang])", "nav a", "dt"):
            selector = f"{tag}:not([data-typed])"
            ours = visitor.page.locator(selector).all_inner_texts()
            assert [text for text in ours if HAN.search(text) and "回头" not in text] == [], selector


def _is_accessible(page: Page) -> None:
    found = Axe().run(page, options={"resultTypes": ["violations"]})
    serious = [
        f"{one['id']} ({one['impact']}): {one['help']}: {[node['html'][:160] for node in one['nodes'][:3]]}"
        for one in found.response["violations"]
        if one["impact"] in ("serious", "critical")
    ]
    assert serious == []
