"""Check-ins: one per business day, streaks, the shop's midnight."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from app.actor import Actor
from app.errors import ClockBehind, InsufficientPoints, MakeupLimitReached, MakeupNotPossible
from app.services import check_in_calendar, check_ins, merges, points, programmes
from app.services.check_ins import CheckInReceipt
from tests.conftest import NOON, Clock
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


def test_a_month_pays_its_reward_on_the_day_its_count_is_reached(db_session: Session, standing_clock: Clock) -> None:
    programmes.get().monthly_bonus = {"2": 30}
    member = make_member()
    paid = [check_in_after(member.id, standing_clock, days=days).points for days in (0, 2, 2, 8)]
    # 20, 22, 24 November and 2 December: the second of November, and not yet the second of December.
    assert paid == [5, 35, 5, 5]
    assert check_in_after(member.id, standing_clock, days=2).points == 35


def test_a_clock_that_went_back_changes_nothing(db_session: Session, now: datetime) -> None:
    member = make_member()
    check_ins.check_in(member.id, now=now)
    with pytest.raises(ClockBehind):
        check_ins.check_in(member.id, now=now - timedelta(days=1))
    assert (rows_of(db_session, member.id), points.spendable(member.id, now=now)) == (
        [(date(2026, 11, 20), 1, None)],
        5,
    )


def test_a_missed_day_is_made_up_for_and_the_streak_goes_on(db_session: Session, standing_clock: Clock) -> None:
    member = make_member(now=NOON - timedelta(days=30))
    for days in (0, 1, 2, 1, 1):
        receipt = check_in_after(member.id, standing_clock, days=days)
    # 20, 21, 23, 24, 25: the 22nd is missing.
    assert receipt.streak == 3
    points.earn(member.id, amount=100, source="start", now=standing_clock.now)
    before = points.spendable(member.id, now=standing_clock.now)
    made = check_ins.make_up(member.id, on=date(2026, 11, 22), now=standing_clock.now)
    assert (made.is_new, made.cost_points, made.streak, made.make_ups_left) == (True, 20, 6, 2)
    again = check_ins.make_up(member.id, on=date(2026, 11, 22), now=standing_clock.now)
    assert (again.is_new, again.streak, again.make_ups_left) == (False, 6, 2)
    assert points.spendable(member.id, now=standing_clock.now) == before - 20
    assert [row[1:] for row in rows_of(db_session, member.id)] == [
        (1, None),
        (2, None),
        (3, 1),
        (4, None),
        (5, None),
        (6, None),
    ]
    # The next day counts on from the mended streak; the rung of three that was passed is not paid afterwards.
    assert check_in_after(member.id, standing_clock, days=1).points == 5 + 20


REFUSED = {
    "today": (0, "not_past"),
    "tomorrow": (-1, "not_past"),
    "a week and a day ago": (8, "too_old"),
    "before joining": (5, "before_joining"),
    "checked in then": (1, "already_checked_in"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_made_up_for(db_session: Session, standing_clock: Clock, case: str) -> None:
    member = make_member(now=NOON - timedelta(days=3))
    points.earn(member.id, amount=100, source="start", now=NOON)
    check_ins.check_in(member.id, now=NOON)
    now = standing_clock.move(days=1)
    days_ago, reason = REFUSED[case]
    with pytest.raises(MakeupNotPossible) as refusal:
        check_ins.make_up(member.id, on=date(2026, 11, 21) - timedelta(days=days_ago), now=now)
    assert refusal.value.data == {"reason": reason}
    assert (len(rows_of(db_session, member.id)), points.spendable(member.id, now=now)) == (1, 105)


def test_make_ups_keep_to_the_months_limit_and_to_the_points_there_are(
    db_session: Session, standing_clock: Clock
) -> None:
    programme = programmes.get()
    programme.makeup_per_month, programme.makeup_cost_points = 2, 50
    member = make_member(now=NOON - timedelta(days=30))
    points.earn(member.id, amount=140, source="start", now=NOON)
    for day in (18, 16):
        check_ins.make_up(member.id, on=date(2026, 11, day), now=NOON)
    with pytest.raises(MakeupLimitReached) as limit:
        check_ins.make_up(member.id, on=date(2026, 11, 17), now=NOON)
    assert limit.value.data == {"limit": 2}
    now = standing_clock.move(days=13)
    with pytest.raises(InsufficientPoints):
        check_ins.make_up(member.id, on=date(2026, 12, 1), now=now)
    assert (len(rows_of(db_session, member.id)), points.spendable(member.id, now=now)) == (2, 40)
    programme.makeup_per_month = 0
    with pytest.raises(MakeupNotPossible, match="disabled"):
        check_ins.make_up(member.id, on=date(2026, 12, 1), now=now)


def test_the_calendar_tells_what_the_days_to_come_would_pay(db_session: Session, standing_clock: Clock) -> None:
    programme = programmes.get()
    programme.streak_bonus, programme.monthly_bonus = {"3": 10}, {"4": 40}
    member = make_member(now=NOON - timedelta(days=30))
    points.earn(member.id, amount=100, source="start", now=NOON)
    check_ins.check_in(member.id, now=NOON)
    now = standing_clock.move(days=2)
    found = check_in_calendar.month(member.id, first=date(2026, 11, 1), now=now)
    # Today, the 22nd, is not checked in: the 21st was missed, so the streak begins again.
    assert (found.streak, found.checked_in_today, found.makeups_left) == (0, False, 3)
    assert found.can_make_up == [date(2026, 11, day) for day in (15, 16, 17, 18, 19, 21)]
    told = [(day.business_date.day, day.worth.total) for day in found.coming]
    assert told == [(22, 5), (23, 5), (24, 15 + 40), *((day, 5) for day in range(25, 31))]
    december = check_in_calendar.month(member.id, first=date(2026, 12, 1), now=now)
    assert (december.days, december.can_make_up) == ([], [])
    # The streak runs through the month's end; the count of the month begins anew.
    assert [day.worth.total for day in december.coming][:5] == [5, 5, 5, 45, 5]
    # What was told is what is paid.
    paid = [check_in_after(member.id, standing_clock, days=days).points for days in (0, 1, 1)]
    assert paid == [5, 5, 55]
    assert check_in_calendar.month(member.id, first=date(2027, 2, 1), now=now).coming == []
    assert check_in_calendar.month(member.id, first=date(2026, 10, 1), now=now).coming == []


def test_the_database_keeps_check_ins(db_session: Session, now: datetime) -> None:
    member = make_member()
    check_ins.check_in(member.id, now=now)
    for statement in ("UPDATE check_in SET points = points + 1", "UPDATE check_in SET makeup_no = 1, makeup_limit = 1"):
        with pytest.raises(IntegrityError, match="append-only"), db_session.begin_nested():
            db_session.execute(text(statement))
    # The application's role may not even try; the owner of the tables is refused by the trigger.
    with pytest.raises(DBAPIError, match=r"append-only|permission denied"), db_session.begin_nested():
        db_session.execute(text("DELETE FROM check_in"))


def test_two_who_become_one_keep_their_make_ups(db_session: Session, standing_clock: Clock) -> None:
    kept, merged = (make_member(now=NOON - timedelta(days=30)) for _ in range(2))
    for member in (kept, merged):
        points.earn(member.id, amount=100, source="start", now=NOON)
    for member, days in ((kept, (17, 19)), (merged, (16, 17, 18))):
        for day in days:
            check_ins.make_up(member.id, on=date(2026, 11, day), now=NOON)
    check_ins.check_in(merged.id, now=NOON)
    merges.lock_accounts(kept.id, merged.id)
    merges.merge(kept, merged, phone=None, reason="phone", actor=Actor.system(), now=NOON)
    assert rows_of(db_session, kept.id) == [
        (date(2026, 11, 16), 1, 3),
        (date(2026, 11, 17), 2, 1),
        (date(2026, 11, 18), 3, 4),
        (date(2026, 11, 19), 4, 2),
        (date(2026, 11, 20), 5, None),
    ]
    # Two memberships' make-ups use up the month of the one who stays.
    with pytest.raises(MakeupLimitReached):
        check_ins.make_up(kept.id, on=date(2026, 11, 15), now=NOON)


def check_in_after(member_id: int, watch: Clock, *, days: int) -> CheckInReceipt:
    return check_ins.check_in(member_id, now=watch.move(days=days))


def rows_of(session: Session, member_id: int) -> list[tuple[date, int, int | None]]:
    found = session.execute(
        text("SELECT business_date, streak, makeup_no FROM check_in WHERE member_id = :m ORDER BY business_date"),
        {"m": member_id},
    )
    return [tuple(row) for row in found]
