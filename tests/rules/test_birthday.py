"""When birthdays are kept, and which are due."""

from datetime import date, timedelta

import pytest

from app.rules import birthday


def test_everybody_keeps_exactly_one_birthday_a_year() -> None:
    born = [(month, day) for month in range(1, 13) for day in range(1, 32) if _exists(month, day)]
    assert len(born) == 366
    for year in range(2024, 2033):
        days = (date(year, 1, 1) + timedelta(days=n) for n in range(366))
        kept = [pair for on in days if on.year == year for pair in birthday.born_on(on)]
        assert sorted(kept) == sorted(born), year


@pytest.mark.parametrize(("year", "day"), [(2027, 28), (2028, 29), (2100, 28)])
def test_29_february(year: int, day: int) -> None:
    assert birthday.kept_on(2, 29, year=year) == date(year, 2, day)
    assert (2, 29) in birthday.born_on(date(year, 2, day))


def test_the_first_run_passes_nobody_over_and_reaches_ahead() -> None:
    today = date(2026, 11, 20)
    assert birthday.due_dates(today=today, days_before=0, planned_through=None) == [today]
    ahead = birthday.due_dates(today=today, days_before=3, planned_through=None)
    assert ahead == [today + timedelta(days=n) for n in range(4)]


def test_days_missed_are_caught_up_within_reason() -> None:
    today = date(2026, 11, 20)
    assert birthday.due_dates(today=today, days_before=3, planned_through=today + timedelta(days=3)) == []
    assert birthday.due_dates(today=today, days_before=0, planned_through=today - timedelta(days=3)) == [
        today - timedelta(days=n) for n in (2, 1, 0)
    ]
    long_gone = birthday.due_dates(today=today, days_before=0, planned_through=date(2020, 1, 1))
    assert long_gone[0] == today - timedelta(days=birthday.CATCH_UP_DAYS)


def _exists(month: int, day: int) -> bool:
    try:
        date(2024, month, day)
    except ValueError:
        return False
    return True
