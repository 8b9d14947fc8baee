"""What a person may do in a day: counted by the database, never above the limit, given back on the day it was taken."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.errors import StaffLimitReached
from app.models import Programme, StaffCounter
from app.services import staff_limits
from tests.conftest import NOON
from tests.factories.staff import make_staff

ISSUED = "coupons_issued"


@pytest.fixture
def limits(db_session: Session) -> Programme:
    programme = db_session.get_one(Programme, 1)
    programme.clerk_issues_per_day, programme.clerk_discount_fen_per_day = 3, 1_000
    return programme


def take(staff_id: int, issued: int = 1, *, fen: int = 0, days: int = 0) -> None:
    staff_limits.take(staff_id, {ISSUED: issued, "discount_fen": fen}, now=NOON + timedelta(days=days))


def used(session: Session, staff_id: int) -> list[tuple[str, int]]:
    query = select(StaffCounter.kind, StaffCounter.used).where(StaffCounter.staff_id == staff_id)
    return [(kind, number) for kind, number in session.execute(query.order_by(StaffCounter.business_date, "kind"))]


def test_a_day_counts_up_to_its_limit_and_the_next_day_begins_anew(db_session: Session, limits: Programme) -> None:
    clerk = make_staff().id
    for _ in range(3):
        take(clerk)
    with pytest.raises(StaffLimitReached) as refused, db_session.begin_nested():
        take(clerk)
    assert refused.value.data == {"limit": ISSUED, "cap": 3}
    take(clerk, days=1)
    assert used(db_session, clerk) == [(ISSUED, 3), (ISSUED, 1)]


def test_nothing_is_used_when_a_part_would_be_too_much(db_session: Session, limits: Programme) -> None:
    clerk = make_staff().id
    take(clerk, 2, fen=900)
    for issued, fen in ((2, 0), (1, 101), (4, 0)):
        with pytest.raises(StaffLimitReached), db_session.begin_nested():
            take(clerk, issued, fen=fen)
    assert used(db_session, clerk) == [(ISSUED, 2), ("discount_fen", 900)]
    take(make_staff().id, 3)


def test_a_limit_follows_the_programme_both_ways(db_session: Session, limits: Programme) -> None:
    clerk = make_staff().id
    take(clerk, 3)
    limits.clerk_issues_per_day = 5
    take(clerk)
    for cap in (2, 0):
        limits.clerk_issues_per_day = cap
        with pytest.raises(StaffLimitReached), db_session.begin_nested():
            take(clerk)


def test_an_undone_take_comes_back_on_its_own_day(db_session: Session, limits: Programme) -> None:
    clerk = make_staff().id
    take(clerk, 3)
    take(clerk, days=1)
    staff_limits.give_back(clerk, {ISSUED: 2}, taken_at=NOON)
    assert used(db_session, clerk) == [(ISSUED, 1), (ISSUED, 1)]
    # More than was ever taken is not given back.
    staff_limits.give_back(clerk, {ISSUED: 2}, taken_at=NOON)
    assert used(db_session, clerk) == [(ISSUED, 1), (ISSUED, 1)]
