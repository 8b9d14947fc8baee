"""Racers are started once per test worker."""

from collections.abc import Iterator

import pytest

from tests.concurrency.race import Racers


@pytest.fixture(scope="session")
def racers() -> Iterator[Racers]:
    """Processes that run calls at one instant."""
    with Racers() as running:
        yield running
