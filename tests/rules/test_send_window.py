"""Quiet hours over midnight, within a day, and where clocks change."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from app.rules import send_window

SHANGHAI = "Asia/Shanghai"


def local(text: str, zone: str = SHANGHAI) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


@pytest.mark.parametrize(
    ("now", "opens"),
    [
        ("2026-11-20T20:59", "2026-11-20T20:59"),
        ("2026-11-20T21:00", "2026-11-21T09:00"),
        ("2026-11-20T23:59:59", "2026-11-21T09:00"),
        ("2026-11-21T00:00", "2026-11-21T09:00"),
        ("2026-11-21T08:59:59", "2026-11-21T09:00"),
        ("2026-11-21T09:00", "2026-11-21T09:00"),
        ("2026-12-31T22:00", "2027-01-01T09:00"),
    ],
)
def test_over_midnight(now: str, opens: str) -> None:
    found = send_window.next_open(local(now), quiet_from="21:00", quiet_until="09:00", zone=SHANGHAI)
    assert found == local(opens)


def test_within_a_day_and_never() -> None:
    noon = local("2026-11-20T12:30")
    assert send_window.next_open(noon, quiet_from="12:00", quiet_until="14:00", zone=SHANGHAI) == local(
        "2026-11-20T14:00"
    )
    assert send_window.next_open(noon, quiet_from="00:00", quiet_until="00:00", zone=SHANGHAI) == noon


@pytest.mark.parametrize(
    ("now", "opens_utc"),
    [
        # Berlin loses 02:00-03:00 on 29 March 2026: 02:30 never shows, one hour later it is 03:30.
        ("2026-03-29T01:00", "2026-03-29T01:30+00:00"),
        # The same from the evening before.
        ("2026-03-28T23:00", "2026-03-29T01:30+00:00"),
    ],
)
def test_an_end_the_clocks_skip(now: str, opens_utc: str) -> None:
    berlin = "Europe/Berlin"
    found = send_window.next_open(local(now, berlin), quiet_from="22:00", quiet_until="02:30", zone=berlin)
    assert found == datetime.fromisoformat(opens_utc)


def test_an_end_that_comes_twice_is_never_in_the_past() -> None:
    # 25 October 2026 in Berlin: 02:00-03:00 comes twice; this is the second 02:10.
    now = datetime(2026, 10, 25, 1, 10, tzinfo=UTC)
    found = send_window.next_open(now, quiet_from="22:00", quiet_until="02:30", zone="Europe/Berlin")
    assert found == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)


def test_every_minute_of_a_year_opens_outside_the_quiet_hours() -> None:
    zone = ZoneInfo("Europe/Berlin")
    for hour in range(365 * 24):
        now = datetime.fromtimestamp(1_767_222_000 + hour * 3600 + 60 * (hour % 60), UTC)
        found = send_window.next_open(now, quiet_from="21:00", quiet_until="09:00", zone="Europe/Berlin")
        assert found >= now
        assert 9 <= found.astimezone(zone).hour < 21


def test_what_waited_all_night_leaves_over_a_quarter_of_an_hour() -> None:
    opens = local("2026-11-21T09:00")
    found = [send_window.spread(opens, before=None, key=f"7:{member}") for member in range(3_000)]
    assert found == [send_window.spread(opens, before=None, key=f"7:{member}") for member in range(3_000)]
    per_minute = [sum(1 for at in found if (at - opens).total_seconds() // 60 == minute) for minute in range(15)]
    assert sum(per_minute) == 3_000
    assert max(per_minute) < 2 * min(per_minute)


@pytest.mark.parametrize("seconds", [0, 1, 2, 60, 5_000])
def test_nobody_is_spread_past_the_last_moment(seconds: int) -> None:
    opens = local("2026-11-21T09:00")
    before = opens + timedelta(seconds=seconds)
    for member in range(200):
        assert opens <= send_window.spread(opens, before=before, key=str(member)) <= max(opens, before)
