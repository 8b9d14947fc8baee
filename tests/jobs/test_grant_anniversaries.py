"""Anniversaries of joining: once a year each, on the day or some days late, 29 February on the 28th in common years."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from app.rules import anniversary
from app.services import points
from jobs.grant_anniversaries import grant_anniversaries
from tests.factories.earning import make_rule
from tests.factories.members import make_member


def shanghai(year: int, month: int, day: int, hour: int = 10) -> datetime:
    return datetime(year, month, day, tzinfo=UTC) + timedelta(hours=hour - 8)


@pytest.mark.parametrize(
    ("on", "days"),
    [
        (
            date(2027, 2, 28),
            [(date(2024, 2, 28), 3), (date(2024, 2, 29), 3), (date(2025, 2, 28), 2), (date(2026, 2, 28), 1)],
        ),
        (
            date(2028, 2, 28),
            [(date(2024, 2, 28), 4), (date(2025, 2, 28), 3), (date(2026, 2, 28), 2), (date(2027, 2, 28), 1)],
        ),
        (date(2028, 2, 29), [(date(2024, 2, 29), 4)]),
        (date(2024, 1, 1), []),
        (date(2025, 1, 10), []),
        (date(2025, 1, 11), [(date(2024, 1, 11), 1)]),
    ],
)
def test_which_joining_dates_are_kept_on_a_date(on: date, days: list[tuple[date, int]]) -> None:
    earliest = date(2024, 1, 11)
    assert anniversary.joined_on(on, earliest=earliest) == days


def test_each_year_pays_once_by_the_rules_of_its_day(db_session: Session) -> None:
    joined = shanghai(2024, 2, 29)
    make_rule("every_year", event="anniversary", kind="fixed", amount=10, now=joined)
    make_rule("third_year", event="anniversary", ledger="growth", kind="fixed", amount=300, years=[3], now=joined)
    member, other = make_member(now=joined), make_member(now=joined + timedelta(days=1))
    given = []
    for at in (
        joined,
        shanghai(2025, 2, 28, hour=0) - timedelta(seconds=1),
        shanghai(2025, 2, 28, hour=0),
        shanghai(2025, 2, 28, hour=23),
        # Five days late; and, the year after, too late.
        shanghai(2026, 3, 5),
        shanghai(2027, 3, 12),
        shanghai(2028, 2, 29),
    ):
        counts = [grant_anniversaries(now=at) for _ in range(2)]
        assert counts[1] == {"granted": 0, "failed": 0}
        given.append(counts[0]["granted"])
    # The other member joined a day later: 1 March.
    assert given == [0, 0, 1, 0, 2, 0, 1]
    assert points.spendable(member.id, now=shanghai(2028, 2, 29)) == 10
    assert points.spendable(other.id, now=shanghai(2026, 3, 5)) == 10


def test_without_a_rule_nobody_is_looked_at_and_a_rule_of_the_day_still_pays(db_session: Session) -> None:
    member = make_member(now=shanghai(2025, 11, 20))
    today = shanghai(2026, 11, 20, hour=9)
    assert grant_anniversaries(now=today) == {"granted": 0, "failed": 0}
    make_rule("two_years", event="anniversary", kind="fixed", amount=10, years=[2], now=today)
    assert grant_anniversaries(now=today) == {"granted": 0, "failed": 0}
    make_rule("every_year", event="anniversary", kind="fixed", amount=10, now=today)
    assert grant_anniversaries(now=today + timedelta(hours=1)) == {"granted": 1, "failed": 0}
    assert points.spendable(member.id, now=today) == 10
