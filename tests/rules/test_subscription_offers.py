"""What to ask for at a moment: whatever runs out soonest, then what there is least of, never more than three."""

from datetime import date, timedelta

import pytest

from app.rules.subscription_needs import Automation, OwnDates, next_on
from app.rules.subscription_offers import ENOUGH, Candidate, pick

TODAY = date(2026, 11, 20)


def on(*days: int) -> tuple[date, ...]:
    return tuple(TODAY + timedelta(days=n) for n in days)


def candidate(number: int, remaining: int = 0, *, weight: int = 10, needs: tuple[date, ...] = ()) -> Candidate:
    return Candidate(template_id=number, remaining=remaining, weight=weight, needs=needs)


@pytest.mark.parametrize(
    ("candidates", "picked"),
    [
        ([], []),
        # The scarcest first, equal ones in the order they were made.
        ([candidate(1, 2), candidate(3, 1), candidate(2, 1)], [2, 3, 1]),
        # What runs out soonest goes before what is merely scarce.
        ([candidate(1, 0), candidate(2, 0, needs=on(9)), candidate(3, 1, needs=on(1, 5))], [3, 2, 1]),
        # A permission in hand covers the earliest message: only the second one lacks one.
        ([candidate(1, 1, needs=on(30, 2)), candidate(2, 0, needs=on(29))], [2, 1]),
        # A heavier template counts as scarcer.
        ([candidate(1, 1, weight=10), candidate(2, 3, weight=50)], [2, 1]),
        # Never more than the platform takes.
        ([candidate(n) for n in range(1, 6)], [1, 2, 3]),
        # Plenty in hand: not asked again, unless even that will not do.
        ([candidate(1, ENOUGH), candidate(2, ENOUGH - 1)], [2]),
        ([candidate(1, ENOUGH, needs=on(*range(ENOUGH + 1)))], [1]),
    ],
)
def test_who_is_picked(candidates: list[Candidate], picked: list[int]) -> None:
    assert [one.template_id for one in pick(candidates)] == picked


def test_the_reason_names_the_first_date_not_covered() -> None:
    (soon, low) = pick([candidate(1, 1, needs=on(3, 7)), candidate(2, 4)])
    assert (soon.reason, soon.needed_on) == ("needed", on(7)[0])
    assert (low.reason, low.needed_on) == ("running_low", None)


@pytest.mark.parametrize(
    ("kind", "before", "after", "planned_through", "expected"),
    [
        ("birthday", 3, None, None, date(2026, 11, 22)),
        # The day is planned already: the next one is a year away, on 25 November.
        ("birthday", 3, None, date(2026, 11, 25), date(2027, 11, 22)),
        ("birthday", 0, None, None, date(2026, 11, 25)),
        # Too late for six days ahead of this year's.
        ("birthday", 6, None, None, date(2027, 11, 19)),
        ("anniversary", 0, None, None, date(2027, 2, 28)),
        ("welcome", None, 7, None, None),
        ("lapse", None, 30, None, None),
        ("tier_up", None, None, None, None),
    ],
)
def test_dates_of_ones_own(
    kind: str, before: int | None, after: int | None, planned_through: date | None, expected: date | None
) -> None:
    own = OwnDates(birth_month=11, birth_day=25, joined_on=date(2024, 2, 29))
    automation = Automation(kind=kind, days_before=before, days_after=after, planned_through=planned_through)
    assert next_on(automation, own, today=TODAY) == expected


def test_a_new_member_is_welcomed_and_has_no_anniversary_this_year() -> None:
    own = OwnDates(birth_month=None, birth_day=None, joined_on=TODAY)

    def told(kind: str, *, after: int | None = None) -> date | None:
        automation = Automation(kind=kind, days_before=0, days_after=after, planned_through=None)
        return next_on(automation, own, today=TODAY)

    assert told("welcome", after=0) == TODAY
    assert told("welcome", after=7) == TODAY + timedelta(days=7)
    assert told("anniversary") == date(2027, 11, 20)
    assert told("birthday") is None
