"""fuint: a code "good for one hour" never expired; its instant was written with one date pattern and read with another.

Here a code carries no date: it is drawn from the number of the half minute since 1970, and a code of any other half minute is
not the same digits. A screenshot is worthless within a minute, in the morning and in the evening, over midnight and new year."""

from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from app.rules import member_code
from tests.conftest import Clock
from tests.factories.members import code_of, make_member
from tests.factories.staff import sign_in
from tests.incidents.desk import Desk

# Shanghai's midnight and noon, either side of them, the last night of a year, 29 February: where patterns confuse hours and days.
DRAWN = [
    datetime(2026, 11, 20, 16, 0, tzinfo=UTC),
    datetime(2026, 11, 20, 15, 59, 59, tzinfo=UTC),
    datetime(2026, 11, 20, 4, 0, tzinfo=UTC),
    datetime(2026, 11, 20, 5, 30, tzinfo=UTC),
    datetime(2026, 12, 31, 15, 59, 45, tzinfo=UTC),
    datetime(2028, 2, 29, 3, 0, tzinfo=UTC),
]
LIVES = timedelta(seconds=50)
OLD = [timedelta(seconds=60), timedelta(hours=1), timedelta(hours=12), timedelta(days=1), timedelta(days=365)]


@pytest.mark.parametrize("drawn", DRAWN, ids=str)
def test_a_code_is_good_for_less_than_a_minute(drawn: datetime) -> None:
    secret = b"s" * 20
    code = member_code.parse(member_code.draw("123456789", secret, step=member_code.step_at(drawn)))
    assert member_code.matching_step(code, secret, at=drawn) is not None
    good = [n for n in range(-120, 4_000) if member_code.matching_step(code, secret, at=drawn + timedelta(seconds=n))]
    assert max(good) - min(good) < LIVES.total_seconds()
    assert [member_code.matching_step(code, secret, at=drawn + age) for age in OLD] == [None] * len(OLD)


def test_an_old_screenshot_opens_no_visit(
    client: FlaskClient, db_session: Session, now: datetime, standing_clock: Clock
) -> None:
    desk, member = Desk.make(), make_member()
    screenshot = {"member_code": code_of(member)}
    for age in (timedelta(minutes=1), timedelta(hours=1), timedelta(hours=12)):
        standing_clock.set(now + age)
        headers = sign_in(desk.clerk, store=desk.store, now=now + age)
        refused = client.post("/api/store/v1/visits", json=screenshot, headers=headers)
        assert refused.get_json()["error"]["code"] == "member_code_expired", age
    standing_clock.set(now)
    headers = sign_in(desk.clerk, store=desk.store, now=now)
    assert client.post("/api/store/v1/visits", json=screenshot, headers=headers).status_code == 201
