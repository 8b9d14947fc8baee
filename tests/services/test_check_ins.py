"""Check-ins: one per business day, streaks, the shop's midnight."""

from datetime import UTC, date, datetime

from sqlalchemy.orm import Session

from app.services import check_in_calendar, check_ins, points, programmes
from tests.conftest import Clock
from tests.factories.members import make_member


def test_a_day_pays_once_and_the_second_answer_says_so(db_session: Session, now: datetime) -> None:
    member = make_member()
    first = check_ins.check_in(member.id, now=now)
    second = check_ins.check_in(member.id, now=now)
    assert (first.is_new, first.points, first.streak) == (True, 5, 1)
    assert (second.is_new, second.points, second.streak) == (False, 5, 1)
    assert points.spendable(member.id, now=now) == 5


def test_a_streak_pays_its_bonus_on_the_day_it_is_reached_and_breaks_when_missed(
    db_session: Session, standing_clock: Clock
) -> None:
    member = make_member()
    paid = []
    for _ in range(4):
        paid.append(check_ins.check_in(member.id, now=standing_clock.now).points)
        standing_clock.move(days=1)
    assert paid == [5, 5, 10, 5]
    standing_clock.move(days=1)
    assert check_ins.check_in(member.id, now=standing_clock.now).streak == 1


def test_the_business_day_turns_at_the_shops_midnight(db_session: Session, standing_clock: Clock) -> None:
    member = make_member()
    # 23:59:59.999 and 00:00 in Shanghai.
    before = check_ins.check_in(member.id, now=datetime(2026, 11, 20, 15, 59, 59, 999_000, tzinfo=UTC))
    after = check_ins.check_in(member.id, now=datetime(2026, 11, 20, 16, 0, tzinfo=UTC))
    assert (before.business_date, after.business_date) == (date(2026, 11, 20), date(2026, 11, 21))
    assert (after.is_new, after.streak) == (True, 2)


def test_a_later_cut_over_keeps_the_night_in_yesterday(db_session: Session, standing_clock: Clock) -> None:
    programmes.get().cut_over_hour = 4
    member = make_member()
    check_ins.check_in(member.id, now=datetime(2026, 11, 20, 12, 0, tzinfo=UTC))
    # 02:00 in Shanghai on the 21st is still the 20th for the shop.
    assert not check_ins.check_in(member.id, now=datetime(2026, 11, 20, 18, 0, tzinfo=UTC)).is_new


def test_the_calendar_shows_the_month_and_the_next_rung(db_session: Session, standing_clock: Clock) -> None:
    member = make_member()
    check_ins.check_in(member.id, now=standing_clock.now)
    found = check_in_calendar.month(member.id, first=date(2026, 11, 1), now=standing_clock.move(days=1))
    assert ([day.business_date for day in found.days], found.checked_in_today) == ([date(2026, 11, 20)], False)
    assert (found.streak, found.next_bonus) == (1, (3, 5))
