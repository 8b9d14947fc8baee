"""Times on the shop's own clock, wherever the shop is, in and out."""

from datetime import datetime

from apiflask import APIFlask
from flask import g
from flask.testing import FlaskClient

from app.services import programmes
from blueprints.pages import words
from tests.blueprints.pages import visitor
from tests.factories.staff import make_staff


def test_times_are_read_and_typed_on_the_shops_clock(app: APIFlask, now: datetime) -> None:
    with app.test_request_context("/console"):
        g.person = {"zone": "America/New_York"}
        assert "2026-11-19 21:00" in words.when(now)
        assert words.for_typing(now) == "2026-11-19T21:00"
        assert words.typed_instant("2026-07-01T09:30") == "2026-07-01T09:30:00-04:00"
        assert words.today().isoformat() == "2026-11-19"


def test_the_shops_clock_is_told_at_sign_in(client: FlaskClient, now: datetime) -> None:
    programmes.get().zone = "Europe/Berlin"
    visitor.sign_in(client, make_staff("admin"))
    assert "Europe/Berlin" in client.get("/console/coupon-batches/new").text
