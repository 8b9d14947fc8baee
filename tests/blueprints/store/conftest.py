"""A clerk at a counter with a customer."""

from datetime import datetime

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tests.blueprints.store.till import Till
from tests.factories.counters import make_counter
from tests.factories.staff import sign_in


@pytest.fixture
def door(client: FlaskClient, db_session: Session, now: datetime) -> Till:
    """A counter of its own."""
    counter = make_counter()
    return Till(client, counter, sign_in(counter.clerk, store=counter.store))
