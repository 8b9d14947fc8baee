"""One sandbox on a free loopback port, brought back to its start before each test, its clock at a known moment."""

from collections.abc import Iterator

import pytest

from sandbox import RunningSandbox, SandboxClock, Settings, create_sandbox, running
from tests.sandbox.driver import KEY, OA_APPID, OA_SECRET, Driver

START = 1_795_000_000.0  # 2026-11-18 19:06 in China


@pytest.fixture(scope="session")
def box() -> Iterator[RunningSandbox]:
    clock = SandboxClock(lambda: START)
    settings = Settings(control_key=KEY, oa_appid=OA_APPID, oa_secret=OA_SECRET)
    with running(create_sandbox(settings, clock=clock)) as found:
        yield found


@pytest.fixture
def wx(box: RunningSandbox) -> Iterator[Driver]:
    world = box.app.extensions["sandbox"]
    world.reset()
    world.clock.restart()
    driver = Driver(box)
    yield driver
    driver.close()
