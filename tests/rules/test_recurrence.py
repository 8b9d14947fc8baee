"""What repeats: which dates, in what order, and what is no recurrence at all."""

from datetime import date
from itertools import islice
from typing import Any

import pytest

from app.rules import recurrence


@pytest.mark.parametrize(
    ("repeat", "after", "dates"),
    [
        ({"every": "day"}, "2026-12-30", ["2026-12-31", "2027-01-01", "2027-01-02"]),
        ({"every": "day", "step": 3, "starts_on": "2026-12-01"}, "2026-12-02", ["2026-12-04", "2026-12-07"]),
        ({"every": "week", "on": [1, 5]}, "2026-11-20", ["2026-11-23", "2026-11-27", "2026-11-30"]),
        ({"every": "week", "on": [7]}, "2026-11-21", ["2026-11-22", "2026-11-29"]),
        # From a Friday: the Monday before it is of its week, the one after of the next.
        (
            {"every": "week", "on": [1], "step": 2, "starts_on": "2026-11-20"},
            "2026-11-01",
            ["2026-11-30", "2026-12-14"],
        ),
        ({"every": "month", "on": [1]}, "2026-11-01", ["2026-12-01", "2027-01-01"]),
        ({"every": "month", "on": [31]}, "2027-01-30", ["2027-01-31", "2027-02-28", "2027-03-31", "2027-04-30"]),
        ({"every": "month", "on": [29]}, "2028-01-30", ["2028-02-29", "2028-03-29"]),
        # The last day once, though both name it.
        ({"every": "month", "on": [30, -1]}, "2027-02-01", ["2027-02-28", "2027-03-30", "2027-03-31", "2027-04-30"]),
        (
            {"every": "month", "on": [15], "step": 3, "starts_on": "2026-01-20"},
            "2026-01-01",
            ["2026-04-15", "2026-07-15"],
        ),
        (
            {"every": "month", "on": [29], "step": 12, "starts_on": "2027-02-01"},
            "2027-02-27",
            ["2027-02-28", "2028-02-29"],
        ),
        ({"every": "day", "starts_on": "2027-06-01"}, "2026-11-20", ["2027-06-01", "2027-06-02"]),
    ],
)
def test_the_dates_that_follow(repeat: dict[str, Any], after: str, dates: list[str]) -> None:
    assert recurrence.find_problem(repeat) is None
    found = islice(recurrence.dates_after(repeat, date.fromisoformat(after)), len(dates))
    assert [on.isoformat() for on in found] == dates


@pytest.mark.parametrize(
    ("repeat", "problem"),
    [
        ({}, "every"),
        ({"every": "hour"}, "every"),
        ({"every": ["day"]}, "every"),
        ({"every": "day", "on": [1]}, "on"),
        ({"every": "week"}, "on"),
        ({"every": "week", "on": [0]}, "on"),
        ({"every": "week", "on": [8]}, "on"),
        ({"every": "week", "on": [1, 1]}, "on"),
        ({"every": "week", "on": [True]}, "on"),
        ({"every": "week", "on": "1"}, "on"),
        ({"every": "month", "on": [32]}, "on"),
        ({"every": "month", "on": [-2]}, "on"),
        ({"every": "day", "step": 0}, "step"),
        ({"every": "day", "step": 13, "starts_on": "2026-12-01"}, "step"),
        ({"every": "day", "step": True}, "step"),
        ({"every": "day", "step": 2}, "starts_on"),
        ({"every": "day", "starts_on": "20261201"}, "starts_on"),
        ({"every": "day", "starts_on": 5}, "starts_on"),
        ({"every": "day", "at": "10:00"}, "unknown_key"),
    ],
)
def test_what_is_no_recurrence(repeat: dict[str, Any], problem: str) -> None:
    assert recurrence.find_problem(repeat) == problem
