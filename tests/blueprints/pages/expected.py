"""Whom a page is for: a line for each endpoint of the pages; a new one without a line fails."""

from tests.blueprints.expected_roles import ANYONE, COUNTER, READERS

EXPECTED_PAGES: dict[str, frozenset[str]] = {
    "welcome.show": ANYONE,
    "look.choose": ANYONE,
    "console_pages.signing_in.show": ANYONE,
    "console_pages.signing_in.enter": ANYONE,
    "console_pages.signing_in.leave": ANYONE,
    "console_pages.home.show": READERS,
    "counter_pages.signing_in.show": ANYONE,
    "counter_pages.signing_in.enter": ANYONE,
    "counter_pages.signing_in.leave": ANYONE,
    "counter_pages.home.show": COUNTER,
}
