"""A sandbox per test on a free loopback port, with the clock stopped at a known moment."""

from collections.abc import Iterator

import pytest

from sandbox import SandboxClock, Settings, create_sandbox, running
from tests.sandbox.driver import KEY, OA_APPID, OA_SECRET, Driver

START = 1_795_000_000.0  # 2026-11-18 in the morning in China, far from midnight


@pytest.fixture
def wx() -> Iterator[Driver]:
    clock = SandboxClock(lambda: START)
    settings = Settings(control_key=KEY, oa_appid=OA_APPID, oa_secret=OA_SECRET)
    with running(create_sandbox(settings, clock=clock)) as box:
        driver = Driver(box)
        yield driver
        driver.close()
