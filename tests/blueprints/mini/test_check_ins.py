"""Check-ins, make-ups and the calendar over HTTP."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from app.services import points
from tests.conftest import NOON, Clock
from tests.factories.members import make_member, sign_in

URL = "/api/mini/v1/check-ins"
# Session and key, settings under the account's lock, the check-in itself, the stored answer; and the savepoint of a test, twice.
STATEMENTS = 4 + 2


@pytest.fixture
def member(client: FlaskClient, standing_clock: Clock) -> tuple[int, dict[str, str]]:
    """A member of a month's standing: key and headers."""
    made = make_member(now=NOON - timedelta(days=30))
    return made.id, sign_in(made)


def post(client: FlaskClient, headers: dict[str, str], key: str, path: str = "", **body: Any) -> Any:
    return client.post(f"{URL}{path}", headers={**headers, "Idempotency-Key": key}, **({"json": body} if body else {}))


def test_a_check_in_pays_once_and_tells_what_comes_next(
    client: FlaskClient, member: tuple[int, dict[str, str]], standing_clock: Clock
) -> None:
    first = post(client, member[1], "a").json
    assert {key: first[key] for key in ("business_date", "streak", "month_count", "points", "is_new")} == {
        "business_date": "2026-11-20",
        "streak": 1,
        "month_count": 1,
        "points": 5,
        "is_new": True,
    }
    assert (first["next_bonus"], first["next_monthly_bonus"]) == ({"days": 3, "points": 5}, {"days": 10, "points": 20})
    assert (first["points_balance"], first["standing"]["growth_value"]) == (5, 1)
    assert first["standing"]["next_tier"]["badge"]["code"] == "silver"
    again = post(client, member[1], "b").json
    assert again == {**first, "is_new": False}


def test_a_check_in_takes_few_round_trips(
    client: FlaskClient,
    member: tuple[int, dict[str, str]],
    standing_clock: Clock,
    count_queries: Callable[[], int],
) -> None:
    post(client, member[1], "warm")
    standing_clock.move(days=1)
    before = count_queries()
    assert post(client, member[1], "a").json["streak"] == 2
    assert count_queries() - before == STATEMENTS


def test_a_day_is_made_up_for(client: FlaskClient, member: tuple[int, dict[str, str]], standing_clock: Clock) -> None:
    post(client, member[1], "a")
    points.earn(member[0], amount=100, source="start", now=NOON)
    standing_clock.move(days=2)
    answer = post(client, member[1], "b", "/make-ups", business_date="2026-11-21")
    assert (answer.status_code, answer.json) == (
        200,
        {
            "business_date": "2026-11-21",
            "is_new": True,
            "cost_points": 20,
            "streak": 2,
            "make_ups_left": 2,
            "points_balance": 85,
        },
    )
    assert post(client, member[1], "b", "/make-ups", business_date="2026-11-21").data == answer.data
    assert post(client, member[1], "c", "/make-ups", business_date="2026-11-21").json == {
        **answer.json,
        "is_new": False,
    }
    shown = client.get(URL, headers=member[1]).json
    assert [(day["business_date"], day["made_up"]) for day in shown["days"]] == [
        ("2026-11-20", False),
        ("2026-11-21", True),
    ]
    assert (shown["month"], shown["streak"], shown["month_count"], shown["checked_in_today"]) == (
        "2026-11",
        2,
        2,
        False,
    )
    assert shown["coming"][0] == {
        "business_date": "2026-11-22",
        "streak": 3,
        "points": 10,
        "streak_bonus": 5,
        "monthly_bonus": 0,
    }
    assert shown["make_ups"] == {
        "cost_points": 20,
        "left": 2,
        "days": [f"2026-11-{day}" for day in (15, 16, 17, 18, 19)],
    }
    assert post(client, member[1], "d").json["points"] == 10


@pytest.mark.parametrize(
    ("on", "status", "code"),
    [
        ("2026-11-20", 422, "makeup_not_possible"),
        ("2026-11-19", 422, "insufficient_points"),
        ("0999-11-19", 422, "invalid_input"),
        ("soon", 422, "invalid_input"),
    ],
)
def test_refused_make_ups_change_nothing(
    client: FlaskClient, member: tuple[int, dict[str, str]], on: str, status: int, code: str
) -> None:
    answer = post(client, member[1], "a", "/make-ups", business_date=on)
    assert (answer.status_code, answer.json["error"]["code"]) == (status, code)
    assert client.get(URL, headers=member[1]).json["days"] == []


def test_a_clock_that_went_back_is_told_as_such(
    client: FlaskClient, member: tuple[int, dict[str, str]], standing_clock: Clock
) -> None:
    post(client, member[1], "a")
    standing_clock.move(days=-1)
    answer = post(client, member[1], "b")
    assert (answer.status_code, answer.json["error"]["code"]) == (503, "clock_behind")


@pytest.mark.parametrize("month", ["2026-13", "26-11", "1999-01", "2026-11-01"])
def test_months_that_are_none(client: FlaskClient, member: tuple[int, dict[str, str]], month: str) -> None:
    assert client.get(f"{URL}?month={month}", headers=member[1]).status_code == 422
