"""When a campaign goes out, on the shop's clock and on each member's own, also on the days clocks change."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from app.rules import local_moments, occurrences, wall_clock
from app.rules.occurrences import Plan

DAILY = Plan(
    repeat={"every": "day"},
    festival=None,
    days_before=0,
    send_time="10:00",
    zone="Asia/Shanghai",
    is_member_time=False,
    max_late=timedelta(hours=4),
    ends_on=None,
)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("on", "at", "zone", "instant"),
    [
        ("2026-11-20", "10:00", "Asia/Shanghai", "2026-11-20T02:00"),
        ("2026-11-20", "10:00", "America/New_York", "2026-11-20T15:00"),
        ("2026-07-20", "10:00", "America/New_York", "2026-07-20T14:00"),
        # Skipped by an hour: as much later as is skipped.
        ("2027-03-14", "02:30", "America/New_York", "2027-03-14T07:30"),
        # Shown twice: the first time.
        ("2026-11-01", "01:30", "America/New_York", "2026-11-01T05:30"),
        # Half an hour is skipped here.
        ("2026-10-04", "02:15", "Australia/Lord_Howe", "2026-10-03T15:45"),
        ("2026-11-20", "10:00", wall_clock.EARLIEST_ZONE, "2026-11-19T20:00"),
        ("2026-11-20", "10:00", "Asia/Kathmandu", "2026-11-20T04:15"),
    ],
)
def test_a_wall_clock_shows_a_time_once(on: str, at: str, zone: str, instant: str) -> None:
    assert wall_clock.instant(date.fromisoformat(on), at, zone=zone) == utc(instant)


def test_the_next_one_in_the_shops_zone() -> None:
    one = occurrences.next_after(DAILY, utc("2026-11-20T02:00"))
    assert one is not None
    assert (one.on, one.begins_at, one.latest_start_at) == (
        date(2026, 11, 21),
        utc("2026-11-21T02:00"),
        utc("2026-11-21T06:00"),
    )
    just_before = occurrences.next_after(DAILY, utc("2026-11-20T01:59:59"))
    assert just_before is not None
    assert just_before.on == date(2026, 11, 20)


@pytest.mark.parametrize("day", ["2026-03-07", "2026-03-08", "2026-10-31", "2026-11-01"])
def test_every_day_once_where_clocks_change(day: str) -> None:
    plan = replace(DAILY, zone="America/New_York", send_time="02:30")
    at, dates = utc(f"{day}T00:00"), []
    for _ in range(4):
        one = occurrences.next_after(plan, at)
        assert one is not None
        dates.append(one.on)
        at = one.begins_at
    assert dates == [dates[0] + timedelta(days=n) for n in range(4)]


def test_it_ends() -> None:
    plan = replace(DAILY, ends_on=date(2026, 11, 21))
    assert occurrences.next_after(plan, utc("2026-11-20T02:00")) is not None
    assert occurrences.next_after(plan, utc("2026-11-21T02:00")) is None


def test_a_festival_days_ahead_and_past_the_table() -> None:
    plan = replace(DAILY, repeat=None, festival="spring_festival", days_before=7)
    one = occurrences.next_after(plan, utc("2026-11-20T02:00"))
    assert one is not None
    assert (one.on, one.begins_at) == (date(2027, 2, 6), utc("2027-01-30T02:00"))
    # Seven days ahead of it have passed, it has not: the year after.
    late = occurrences.next_after(plan, utc("2027-02-01T00:00"))
    assert late is not None
    assert late.on == date(2028, 1, 26)
    assert occurrences.next_after(plan, utc("2032-02-11T00:00")) is None


def test_members_own_clocks_begin_with_the_first_on_earth() -> None:
    one = occurrences.one_on(replace(DAILY, is_member_time=True), date(2026, 11, 20))
    assert one.begins_at == utc("2026-11-19T20:00")
    assert one.latest_start_at == utc("2026-11-20T06:00")


def test_what_a_resumed_campaign_goes_on_with() -> None:
    for now, on in (("2026-11-20T05:59", 20), ("2026-11-20T06:00", 20), ("2026-11-20T06:01", 21)):
        one = occurrences.next_in_time(DAILY, utc(now))
        assert one is not None
        assert one.on == date(2026, 11, on)


def test_moments_by_zone() -> None:
    now = utc("2026-11-20T03:00")
    found = local_moments.moments(
        ["Asia/Shanghai", "Pacific/Auckland", "Asia/Tokyo", "America/New_York", "Mars/Olympus", "../etc"],
        on=date(2026, 11, 20),
        at="10:00",
        shop_zone="Asia/Shanghai",
        latest_start_at=utc("2026-11-20T06:00"),
        now=now,
    )
    # Six hours ago in Auckland, more than the four it bears; two in Tokyo; a zone no clock keeps is the shop's.
    assert {zone: (moment.due_at, moment.is_late) for zone, moment in found.items()} == {
        "Asia/Shanghai": (now, False),
        "Pacific/Auckland": (now, True),
        "Asia/Tokyo": (now, False),
        "America/New_York": (utc("2026-11-20T15:00"), False),
        "Mars/Olympus": (now, False),
        "../etc": (now, False),
    }
