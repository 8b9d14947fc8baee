"""One running product and one browser for each process that runs browser tests.

They end with these tests: Playwright keeps an event loop running, and no other could be started beside it."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from embedded.stack import Stack
from tests.browser import chromium
from tests.browser.world import World, make_world

ARGUMENTS = (
    "--no-sandbox",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
    "--autoplay-policy=no-user-gesture-required",
)
# Everything shares this machine, WeChat too.
SETTINGS = {"TICK_SECONDS": "1", "SEND_SPREAD_MS": "250"}


@pytest.fixture(scope="package")
def browser_path() -> str:
    """Chromium's path. Skips where there is none, fails in continuous integration."""
    path = chromium.find()
    if path is None:
        if chromium.is_needed():
            pytest.fail(chromium.why_missing())
        pytest.skip(chromium.why_missing())
    return path


@pytest.fixture(scope="package")
def stack(browser_path: str) -> Iterator[Stack]:
    """Everything `make run` starts, with the demo shop."""
    ours = dict.fromkeys(("DATABASE_URL", "REDIS_URL", "WECHAT_BASE_URL"))
    with (
        tempfile.TemporaryDirectory(prefix="huitou-browser-", ignore_cleanup_errors=True) as folder,
        Stack(Path(folder) / "data", durable=False, env={**ours, **SETTINGS}) as running,
    ):
        yield running


@pytest.fixture(scope="package")
def world(stack: Stack) -> World:
    """The demo shop with what its pages need to have something to show."""
    return make_world(stack)


@pytest.fixture(scope="package")
def browser(browser_path: str) -> Iterator[Browser]:
    """Chromium with a camera that is none."""
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=browser_path, args=list(ARGUMENTS))
        yield running
        running.close()
