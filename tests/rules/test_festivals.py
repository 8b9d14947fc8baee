"""The table of festivals: every year, one date each, in the season it belongs to."""

import itertools
from datetime import date, timedelta

import pytest

from app.rules import festivals

YEARS = list(range(festivals.FIRST_YEAR, festivals.LAST_YEAR + 1))


@pytest.mark.parametrize("code", festivals.CODES)
def test_one_date_a_year(code: str) -> None:
    assert [on.year for on in festivals.dates_of(code)] == YEARS


def test_lunar_dates_keep_their_distances() -> None:
    springs = festivals.dates_of("spring_festival")
    for spring, lantern in zip(springs, festivals.dates_of("lantern"), strict=True):
        assert lantern - spring == timedelta(days=14)
        assert date(spring.year, 1, 21) <= spring <= date(spring.year, 2, 20)
    # A lunar year has 353 to 355 days, with a leap month 383 to 385.
    for one, next_one in itertools.pairwise(springs):
        assert (next_one - one).days in {*range(353, 356), *range(383, 386)}
    # Three, two, one and one months lie between them: 29 or 30 days each, one more where a month is doubled in between.
    chain = ("dragon_boat", "qixi", "mid_autumn", "double_ninth")
    days = {"qixi": 61, "mid_autumn": 37, "double_ninth": 24}
    for earlier, later in itertools.pairwise(chain):
        for one, other in zip(festivals.dates_of(earlier), festivals.dates_of(later), strict=True):
            assert min(abs((other - one).days - days[later] - leap) for leap in (0, 29)) <= 1


@pytest.mark.parametrize(
    ("code", "dates"),
    [
        # As the State Council's holiday notices name them.
        ("spring_festival", {2024: "02-10", 2025: "01-29", 2026: "02-17"}),
        ("qingming", {2024: "04-04", 2025: "04-04", 2026: "04-05"}),
        ("dragon_boat", {2024: "06-10", 2025: "05-31", 2026: "06-19"}),
        ("mid_autumn", {2024: "09-17", 2025: "10-06", 2026: "09-25"}),
        ("double_eleven", dict.fromkeys(YEARS, "11-11")),
        ("womens_day", dict.fromkeys(YEARS, "03-08")),
    ],
)
def test_well_known_dates(code: str, dates: dict[int, str]) -> None:
    known = {on.year: f"{on:%m-%d}" for on in festivals.dates_of(code)}
    assert {year: known[year] for year in dates} == dates


def test_an_unknown_festival() -> None:
    with pytest.raises(KeyError):
        festivals.dates_of("easter")
