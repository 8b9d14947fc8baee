"""When the last message leaves."""

from datetime import UTC, datetime, timedelta

import pytest

from app.rules import send_duration

NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)  # noon in Shanghai


def finishes(messages: int, *, starts_at: datetime = NOON, per_second: float = 10, **changes: str) -> datetime | None:
    quiet = {"quiet_from": "21:00", "quiet_until": "09:00", "zone": "Asia/Shanghai"} | changes
    return send_duration.finishes_at(messages, per_second=per_second, starts_at=starts_at, **quiet)


@pytest.mark.parametrize(
    ("messages", "after"),
    [
        (0, timedelta()),
        (600, timedelta(minutes=1)),
        # Nine hours are open today: 324,000 messages; the next one waits twelve hours more.
        (324_000, timedelta(hours=9)),
        (324_010, timedelta(hours=21, seconds=1)),
        (324_000 + 432_000, timedelta(hours=33)),
    ],
)
def test_nothing_leaves_in_quiet_hours(messages: int, after: timedelta) -> None:
    assert finishes(messages) == NOON + after


def test_begun_at_night_it_waits_for_the_morning() -> None:
    night = NOON + timedelta(hours=10)
    assert finishes(600, starts_at=night) == NOON + timedelta(hours=21, minutes=1)


def test_without_quiet_hours_it_only_takes_its_time() -> None:
    assert finishes(864_000, quiet_until="21:00") == NOON + timedelta(days=1)


def test_by_day_only() -> None:
    # Quiet from noon to two in the afternoon.
    assert finishes(36_000 * 22, quiet_from="12:00", quiet_until="14:00") == NOON + timedelta(hours=24)


def test_the_clocks_of_the_zone_count() -> None:
    # The night New York's clocks go back: open from 9:00 EST, which is 14:00 UTC.
    before = datetime(2026, 11, 1, 1, 30, tzinfo=UTC)  # 21:30 EDT on 31 October
    assert finishes(10, starts_at=before, zone="America/New_York") == datetime(2026, 11, 1, 14, 0, 1, tzinfo=UTC)


@pytest.mark.parametrize("quiet_until", ["21:00", "09:00"])
def test_what_takes_months_is_not_told_as_a_date(quiet_until: str) -> None:
    assert finishes(100_000_000, quiet_until=quiet_until) is None
