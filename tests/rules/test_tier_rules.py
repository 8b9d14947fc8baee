"""Which growth counts, how long a tier is sure, and what a review or a refund does to it: as tables (S4, I12)."""

from datetime import date

import pytest

from app.rules import tier_periods, tier_review
from app.rules.tier_ladder import Step
from app.rules.tier_periods import Policy
from app.rules.tier_review import Held, InForce

ROLLING = Policy("rolling", 12, 12)
CALENDAR = Policy("calendar_year")
STEPS = tuple(Step(rank + 1, code, rank, at) for rank, (code, at) in enumerate([("a", 0), ("b", 200), ("c", 1000)]))
DAY = date(2026, 11, 20)


def day(text: str) -> date:
    return date.fromisoformat(text)


@pytest.mark.parametrize(
    ("policy", "on", "first", "through"),
    [
        (ROLLING, "2026-11-20", "2025-11-21", "2027-11-20"),
        (ROLLING, "2028-02-29", "2027-03-01", "2029-02-28"),
        (ROLLING, "2027-02-28", "2026-03-01", "2028-02-28"),
        (Policy("rolling", 1, 3), "2026-12-31", "2026-12-01", "2027-03-31"),
        (Policy("rolling", 3, 1), "2027-01-31", "2026-11-01", "2027-02-28"),
        (CALENDAR, "2026-12-31", "2026-01-01", "2027-12-31"),
        (CALENDAR, "2027-01-01", "2027-01-01", "2028-12-31"),
    ],
)
def test_the_dates_of_a_period(policy: Policy, on: str, first: str, through: str) -> None:
    assert tier_periods.counts_from(policy, day(on)) == day(first)
    assert tier_periods.valid_through(policy, day(on)) == day(through)


def test_a_tier_for_life_has_no_dates() -> None:
    policy = Policy()
    assert (tier_periods.counts_from(policy, DAY), tier_periods.valid_through(policy, DAY)) == (date.min, None)
    assert not tier_periods.is_due(policy, day("2000-01-01"), today=DAY)


def test_a_review_is_due_the_day_after_the_grace() -> None:
    policy = Policy("rolling", 12, 12, grace_days=5)
    due = [tier_periods.is_due(policy, DAY, today=day(text)) for text in ("2026-11-20", "2026-11-25", "2026-11-26")]
    assert due == [False, False, True]


@pytest.mark.parametrize(
    ("downgrade", "rank", "qualified", "after"),
    [
        ("keep", 2, 0, 2),
        ("one_down", 2, 0, 1),
        ("one_down", 1, 0, 0),
        ("balance_based", 2, 0, 0),
        ("balance_based", 2, 1, 1),
        ("balance_based", 2, 2, 2),
        ("balance_based", 1, 2, 1),
    ],
)
def test_after_a_review(downgrade: str, rank: int, qualified: int, after: int) -> None:
    assert tier_review.after_review(downgrade, rank, qualified=qualified) == after


@pytest.mark.parametrize(
    ("held", "days", "today", "expected"),
    [
        # Up at once.
        (Held(0), {"2026-11-20": 200}, "2026-11-20", Held(1, day("2027-11-20"))),
        # Held already: the last date does not move.
        (Held(1, day("2027-03-01")), {"2026-11-20": 200}, "2026-11-20", Held(1, day("2027-03-01"))),
        # Earned again in its time: goes on from its last date, however late the look.
        (Held(1, day("2026-11-20")), {"2026-05-01": 200}, "2026-11-21", Held(1, day("2027-11-20"))),
        (Held(1, day("2026-11-20")), {"2026-05-01": 200}, "2027-11-20", Held(1, day("2027-11-20"))),
        # Two reviews missed: the second takes what the first left.
        (Held(2, day("2026-11-20")), {"2026-05-01": 250}, "2027-11-21", Held(0)),
        # Down by the review, up by what was earned after it.
        (Held(2, day("2026-11-20")), {"2027-01-05": 300}, "2027-01-05", Held(1, day("2028-01-05"))),
        # A lowest rung has no date, whatever the account says.
        (Held(0, day("2026-01-01")), {}, "2026-11-20", Held(0)),
    ],
)
def test_what_is_held_today(held: Held, days: dict[str, int], today: str, expected: Held) -> None:
    growth_of = tier_review.by_dates({day(text): amount for text, amount in days.items()})
    ladder = InForce(STEPS, ROLLING)
    assert tier_review.settled(ladder, held, growth_of=growth_of, today=day(today)) == expected


@pytest.mark.parametrize(
    ("policy", "days", "expected"),
    [
        (ROLLING, {}, Held(0)),
        (ROLLING, {"2026-11-20": 200}, Held(1, day("2027-11-20"))),
        # Out of the period that counts, but its tier is still sure.
        (Policy("rolling", 3, 12), {"2026-02-01": 1000}, Held(2, day("2027-02-01"))),
        # Its time is over.
        (ROLLING, {"2025-11-19": 1000}, Held(0)),
        (CALENDAR, {"2025-06-01": 1000, "2026-02-01": 200}, Held(2, day("2026-12-31"))),
        (CALENDAR, {"2024-06-01": 1000, "2026-02-01": 200}, Held(1, day("2027-12-31"))),
        # Taken back in between: the sum of a day may be below nothing.
        (ROLLING, {"2026-03-01": 1000, "2026-04-01": -900}, Held(2, day("2027-03-01"))),
    ],
)
def test_what_the_growth_that_is_left_still_gives(policy: Policy, days: dict[str, int], expected: Held) -> None:
    left = {day(text): amount for text, amount in days.items()}
    assert tier_review.justified(InForce(STEPS, policy), left, today=DAY) == expected


def test_the_better_of_two() -> None:
    assert tier_review.better(Held(1, day("2028-01-01")), Held(2, day("2027-01-01"))) == Held(2, day("2028-01-01"))
    assert tier_review.better(Held(0), Held(0)) == Held(0)
