"""The days automations plan, and on which local date a message is due, wherever clocks change."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from app import clock
from app.rules import anniversary, automation_dates, birthday

YEARS = range(2024, 2033)
SHOP = "Asia/Shanghai"
# Clocks that change by an hour in either hemisphere, by half an hour, at midnight, and not at all; and the ends of the earth.
ZONES = (
    SHOP,
    "America/New_York",
    "Europe/London",
    "Australia/Sydney",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Africa/Cairo",
    "America/Santiago",
    "Pacific/Kiritimati",
    "Pacific/Pago_Pago",
)


def due(*, today: date, ahead: int, planned_through: date | None) -> list[date]:
    return automation_dates.due_dates(today=today, ahead=ahead, planned_through=planned_through, catch_up_days=31)


def test_the_first_run_passes_nobody_over_and_reaches_ahead() -> None:
    today = date(2026, 11, 20)
    assert due(today=today, ahead=0, planned_through=None) == [today]
    ahead = due(today=today, ahead=3, planned_through=None)
    assert ahead == [today + timedelta(days=n) for n in range(4)]


def test_days_missed_are_caught_up_within_reason() -> None:
    today = date(2026, 11, 20)
    assert due(today=today, ahead=3, planned_through=today + timedelta(days=3)) == []
    assert due(today=today, ahead=0, planned_through=today - timedelta(days=3)) == [
        today - timedelta(days=n) for n in (2, 1, 0)
    ]
    long_gone = due(today=today, ahead=0, planned_through=date(2020, 1, 1))
    assert long_gone[0] == today - timedelta(days=31)


@pytest.mark.parametrize("ahead", [0, 1, 61])
def test_a_tick_a_day_plans_every_date_once_from_2024_to_2032(ahead: int) -> None:
    through, planned = None, []
    for today in _days(date(2024, 1, 1), date(2032, 12, 31)):
        # Some days the scheduler does not run at all.
        if today.toordinal() % 7 == 3:
            continue
        found = due(today=today, ahead=ahead, planned_through=through)
        planned += found
        through = planned[-1]
    assert planned == list(_days(date(2024, 1, 1), planned[-1]))
    assert planned[-1] >= date(2032, 12, 30) + timedelta(days=ahead)


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("at", ["00:00", "02:30", "10:00", "23:59"])
def test_29_february_and_every_other_day_is_told_once_a_year_on_its_own_local_date(zone: str, at: str) -> None:
    long_ago = datetime(2000, 1, 1, tzinfo=UTC)
    for year in YEARS:
        told: dict[tuple[int, int], list[datetime]] = {}
        for on in _days(date(year, 1, 1), date(year, 12, 31)):
            moment = automation_dates.moment(send_on=on, last_on=on, at=at, zone=zone, now=long_ago, day_begins="00:00")
            for born in birthday.born_on(on):
                told.setdefault(born, []).append(moment.due_at)
            assert long_ago < moment.due_at < moment.expires_at
            assert moment.due_at.astimezone(ZoneInfo(zone)).date() == on
            # The last minute of the date still counts, the first of the next does not.
            assert (moment.expires_at - timedelta(minutes=1)).astimezone(ZoneInfo(zone)).date() == on
        assert len(told) == 366
        assert all(len(instants) == 1 for instants in told.values())
        local = told[2, 29][0].astimezone(ZoneInfo(zone)).date()
        assert local == date(year, 2, 29 if year % 4 == 0 else 28)


def test_a_date_that_clocks_leave_out_is_kept_on_the_day_they_show() -> None:
    # Samoa went from the 29th to the 31st.
    moment = automation_dates.moment(
        send_on=date(2011, 12, 30),
        last_on=date(2011, 12, 30),
        at="10:00",
        zone="Pacific/Apia",
        now=datetime(2011, 12, 1, tzinfo=UTC),
        day_begins="00:00",
    )
    assert moment.due_at.astimezone(ZoneInfo("Pacific/Apia")).isoformat() == "2011-12-31T10:00:00+14:00"
    assert moment.expires_at.astimezone(ZoneInfo("Pacific/Apia")).date() == date(2012, 1, 1)


@pytest.mark.parametrize("zone", ["Asia/Shanghai", "America/New_York"])
def test_who_joined_under_summer_time_from_1986_to_1991_has_one_anniversary_a_year(zone: str) -> None:
    # At the first and last instants of each day, as that year's clocks showed it.
    joined = [instant for on in _days(date(1986, 1, 1), date(1991, 12, 31)) for instant in _edges(on, zone=zone)]
    business = {instant: clock.business_date(instant, zone=zone) for instant in joined}
    for year in YEARS:
        kept: dict[date, list[date]] = {}
        for on in _days(date(year, 1, 1), date(year, 12, 31)):
            for joined_on, years in anniversary.joined_on(on, earliest=date(1986, 1, 1)):
                assert years == year - joined_on.year
                kept.setdefault(joined_on, []).append(on)
        for instant, joined_on in business.items():
            assert len(kept[joined_on]) == 1, (instant, year)
            on = kept[joined_on][0]
            leap_day = (joined_on.month, joined_on.day) == (2, 29) and year % 4
            assert (on.month, on.day) == ((2, 28) if leap_day else (joined_on.month, joined_on.day))
            starts_at, ends_at = clock.business_day_bounds(joined_on, zone=zone)
            assert starts_at <= instant < ends_at


@pytest.mark.parametrize(
    ("at", "now", "expected"),
    [
        (None, "2026-11-20T10:00", "2026-11-20T10:00"),
        ("10:00", "2026-11-20T10:00", "2026-11-20T10:00"),
        ("18:00", "2026-11-20T10:00", "2026-11-20T18:00"),
        ("09:59", "2026-11-20T10:00", "2026-11-21T09:59"),
    ],
)
def test_what_starts_from_an_event_waits_for_the_next_such_hour(at: str | None, now: str, expected: str) -> None:
    zone = ZoneInfo(SHOP)
    found = automation_dates.next_moment(at=at, zone=SHOP, now=datetime.fromisoformat(now).replace(tzinfo=zone))
    assert found == datetime.fromisoformat(expected).replace(tzinfo=zone)


def test_what_will_expire_names_its_own_date() -> None:
    assert automation_dates.told_date("coupon_will_expire", "2026-12-31") == date(2026, 12, 31)
    assert automation_dates.told_date("tier_up", "2026-11-20T02:00:00+00:00:gold") is None


def _days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def _edges(on: date, *, zone: str) -> tuple[datetime, datetime]:
    starts_at, ends_at = clock.business_day_bounds(on, zone=zone)
    return starts_at, ends_at - timedelta(seconds=1)
