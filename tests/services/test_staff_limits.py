"""What a person may do in a day: counted by the database, never above the limit, given back on the day it was taken."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.errors import StaffLimitReached
from app.models import StaffCounter
from app.services import staff_limits
from tests.conftest import NOON
from tests.factories.staff import make_staff

ISSUED = "coupons_issued"


def take(staff_id: int, amount: int = 1, *, cap: int = 3, kind: str = ISSUED, days: int = 0) -> int:
    return staff_limits.take(staff_id, kind=kind, amount=amount, cap=cap, now=NOON + timedelta(days=days))


def used(session: Session, staff_id: int) -> list[tuple[str, int]]:
    query = select(StaffCounter.kind, StaffCounter.used).where(StaffCounter.staff_id == staff_id)
    return [(kind, number) for kind, number in session.execute(query.order_by(StaffCounter.business_date, "kind"))]


def test_a_day_counts_up_to_its_limit_and_the_next_day_begins_anew(db_session: Session) -> None:
    clerk = make_staff().id
    assert [take(clerk), take(clerk), take(clerk)] == [1, 2, 3]
    with pytest.raises(StaffLimitReached) as refused:
        take(clerk)
    assert refused.value.data == {"kind": ISSUED, "cap": 3}
    assert take(clerk, days=1) == 1
    assert used(db_session, clerk) == [(ISSUED, 3), (ISSUED, 1)]


def test_nothing_is_used_when_a_part_would_be_too_much(db_session: Session) -> None:
    clerk = make_staff().id
    for first in (4, 100):
        with pytest.raises(StaffLimitReached):
            take(clerk, first)
    assert take(clerk, 2) == 2
    with pytest.raises(StaffLimitReached):
        take(clerk, 2)
    assert used(db_session, clerk) == [(ISSUED, 2)]


def test_kinds_and_people_count_apart(db_session: Session) -> None:
    clerk, other = make_staff().id, make_staff().id
    take(clerk, 3)
    assert take(clerk, 900, cap=1000, kind="discount_fen") == 900
    assert take(other, 3) == 3


def test_a_limit_follows_the_programme_both_ways(db_session: Session) -> None:
    clerk = make_staff().id
    take(clerk, 3)
    assert take(clerk, cap=5) == 4
    with pytest.raises(StaffLimitReached):
        take(clerk, cap=2)
    with pytest.raises(StaffLimitReached):
        take(clerk, cap=0)


def test_an_undone_take_comes_back_on_its_own_day(db_session: Session) -> None:
    clerk = make_staff().id
    take(clerk, 3)
    take(clerk, days=1)
    staff_limits.give_back(clerk, kind=ISSUED, amount=2, taken_at=NOON)
    assert used(db_session, clerk) == [(ISSUED, 1), (ISSUED, 1)]
    assert take(clerk, 2) == 3
    # More than was ever taken is refused by ck_staff_counter_used_within_cap.
    with pytest.raises(IntegrityError), db_session.begin_nested():
        staff_limits.give_back(clerk, kind=ISSUED, amount=2, taken_at=NOON + timedelta(days=1))
