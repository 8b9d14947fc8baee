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


def _exists(month: int, day: int) -> bool:
    try:
        date(2024, month, day)
    except ValueError:
        return False
    return True
