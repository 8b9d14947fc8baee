"""Stories begin on Friday 20 November 2026 at ten in the morning."""

import pytest
from flask.testing import FlaskClient

from tests.conftest import Clock
from tests.scenarios.shop import Shop


@pytest.fixture
def shop(client: FlaskClient, standing_clock: Clock) -> Shop:
    """A shop nobody has bought at yet."""
    return Shop(client, standing_clock)
