"""Slower after throttling, faster with time; days and minutes as the platform counts them."""

from datetime import UTC, date, datetime, timedelta

import pytest

from app.rules import pace

NOW = datetime(2026, 11, 28, 15, 59, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("pace_bp", "seconds", "expected"),
    [
        (5_000, 0, 5_000),
        (5_000, 1, 5_050),
        (5_000, 99, 9_950),
        (5_000, 100, 10_000),
        (100, 9_999, 10_000),
        (700, -5, 700),
    ],
)
def test_the_pace_comes_back_by_the_second(pace_bp: int, seconds: int, expected: int) -> None:
    assert pace.recovered(pace_bp, throttled_at=NOW, now=NOW + timedelta(seconds=seconds)) == expected


@pytest.mark.parametrize(
    ("at", "day", "next_day"),
    [
        ("2026-11-28T15:59:59", date(2026, 11, 28), "2026-11-28T16:01:00"),
        ("2026-11-28T16:00:00", date(2026, 11, 29), "2026-11-29T16:01:00"),
        ("2026-12-31T16:00:00", date(2027, 1, 1), "2027-01-01T16:01:00"),
    ],
)
def test_the_platforms_day_begins_at_midnight_in_shanghai(at: str, day: date, next_day: str) -> None:
    now = datetime.fromisoformat(at).replace(tzinfo=UTC)
    assert pace.platform_day(now) == day
    assert pace.next_day(now) == datetime.fromisoformat(next_day).replace(tzinfo=UTC)


def test_a_minute_turns_a_second_late() -> None:
    assert pace.next_minute(NOW) == datetime(2026, 11, 28, 16, 0, 1, tzinfo=UTC)


@pytest.mark.parametrize(("cap", "size"), [(1, 1), (4_999, 1), (100_000, 20), (10_000_000, 200)])
def test_blocks_are_a_small_part_of_the_day(cap: int, size: int) -> None:
    assert pace.block_size(cap) == size
