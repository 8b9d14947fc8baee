"""Settings at the console: what would stop the programme is not taken."""

from datetime import datetime

import pytest
from flask.testing import FlaskClient

from app.services import programmes
from tests.factories.staff import make_staff, sign_in

SETTINGS = "/api/console/v1/programme"


@pytest.mark.parametrize("terms", ["2026-11-19", "2027-02-30", "2027-13-01"])
def test_terms_no_points_could_live_under_are_refused(client: FlaskClient, now: datetime, terms: str) -> None:
    owner = sign_in(make_staff("admin"))
    answer = client.patch(SETTINGS, json={"points_expiry": terms, "check_in_points": 9}, headers=owner)
    assert (answer.status_code, answer.json["error"]["code"]) == (422, "expiry_terms_invalid")
    assert (programmes.get().points_expiry, programmes.get().check_in_points) == ("12M", 5)


def test_readable_terms_are_taken(client: FlaskClient, now: datetime) -> None:
    owner = sign_in(make_staff("admin"))
    answer = client.patch(SETTINGS, json={"points_expiry": "24M@year"}, headers=owner)
    assert (answer.status_code, answer.json["points_expiry"]) == (200, "24M@year")
