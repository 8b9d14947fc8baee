"""Points promised to a bill: held, captured whole or in part, released, run out; each once."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from app.errors import HoldEnded, HoldTooLarge, InsufficientPoints, InvalidInput, NotFound
from app.models import PointsHold
from app.models.types import new_public_id
from app.services import points
from app.services.points import Hold
from tests.conftest import NOON, Clock
from tests.factories.ledger import assert_clean, earn, entries, everything, lots, totals
from tests.factories.members import make_member

HOUR = timedelta(hours=1)


def hold(
    member_id: int, amount: int, *, now: datetime = NOON, source: str = "order:1", lasts: timedelta = HOUR
) -> Hold:
    return points.hold(member_id, amount=amount, source=source, expires_at=now + lasts, now=now)


def test_what_is_held_can_neither_be_spent_nor_held_again(db_session: Session, now: datetime) -> None:
    member = make_member()
    earn(member.id, 100, now=now)
    first = hold(member.id, 60)
    assert (first.is_new, first.state, first.amount) == (True, "held", 60)
    again = hold(member.id, 60)
    assert (again.is_new, again.public_id) == (False, first.public_id)
    assert totals(member.id) == (100, 0, 60)
    summary = points.summary(member.id, now=now)
    assert (summary.spendable, summary.held) == (40, 60)
    for refused in (
        lambda: points.spend(member.id, amount=41, source="gift", now=now),
        lambda: hold(member.id, 41, source="order:2"),
        lambda: points.adjust(member.id, amount=-41, source="adjust:1", now=now),
    ):
        with pytest.raises(InsufficientPoints) as error:
            refused()
        assert error.value.data == {"requested": 41, "available": 40}
    assert entries(member.id) == [("earn", "issue", "member", 100)]
    assert_clean()


def test_a_capture_spends_what_was_held_and_can_be_undone(db_session: Session, now: datetime) -> None:
    member = make_member()
    earn(member.id, 30, now=now, source="soon", expiry="1M")
    earn(member.id, 70, now=now, source="late")
    held = hold(member.id, 60)
    receipt = points.capture(held.public_id, source="order:1", now=now)
    assert (receipt.amount, receipt.balance_after, receipt.is_new) == (60, 40, True)
    repeat = points.capture(held.public_id, source="order:1", now=now + 2 * HOUR)
    assert (repeat.entry_id, repeat.is_new) == (receipt.entry_id, False)
    with pytest.raises(HoldEnded) as ended:
        points.capture(held.public_id, source="another", now=now)
    assert ended.value.data == {"state": "captured"}
    with pytest.raises(HoldEnded):
        points.release(held.public_id, now=now)
    assert [(lot.remaining, lot.held) for lot in lots(member.id)] == [(0, 0), (40, 0)]
    points.reverse(member.id, source="order:1", reversal_source="undo:1", now=now)
    assert [lot.remaining for lot in lots(member.id)] == [30, 70]
    assert_clean()


def test_a_smaller_capture_takes_the_soonest_and_gives_the_rest_back(db_session: Session, now: datetime) -> None:
    member = make_member()
    earn(member.id, 30, now=now, source="late")
    earn(member.id, 30, now=now, source="soon", expiry="1M")
    held = hold(member.id, 50)
    for amount, error in ((51, HoldTooLarge), (0, InvalidInput), (-1, InvalidInput)):
        with pytest.raises(error):
            points.capture(held.public_id, source="order:1", now=now, amount=amount)
    points.capture(held.public_id, source="order:1", now=now, amount=20)
    assert [(lot.remaining, lot.held) for lot in lots(member.id)] == [(30, 0), (10, 0)]
    assert totals(member.id) == (40, 0, 0)
    assert_clean()


def test_a_source_that_paid_for_something_else_captures_nothing(db_session: Session, now: datetime) -> None:
    member = make_member()
    earn(member.id, 100, now=now)
    points.spend(member.id, amount=10, source="gift", now=now)
    held = hold(member.id, 50)
    db_session.flush()
    with pytest.raises(HoldEnded), db_session.begin_nested():
        points.capture(held.public_id, source="gift", now=now)
    assert totals(member.id) == (90, 0, 50)
    assert_clean()


def test_a_release_gives_back_once(db_session: Session, now: datetime) -> None:
    member = make_member()
    earn(member.id, 100, now=now)
    held = hold(member.id, 60)
    assert points.release(held.public_id, now=now).state == "released"
    assert points.release(held.public_id, now=now + 2 * HOUR).state == "released"
    assert points.spendable(member.id, now=now) == 100
    with pytest.raises(HoldEnded) as ended:
        points.capture(held.public_id, source="order:1", now=now)
    assert ended.value.data == {"state": "released"}
    for unknown in (points.release, lambda public_id, now: points.capture(public_id, source="x", now=now)):
        with pytest.raises(NotFound):
            unknown(new_public_id(), now=now)
    assert_clean()


def test_readers_and_writers_do_not_wait_for_the_tick(db_session: Session, standing_clock: Clock) -> None:
    member = make_member()
    earn(member.id, 100, now=NOON)
    held = hold(member.id, 60)
    later = standing_clock.move(hours=1)
    summary = points.summary(member.id, now=later)
    assert (summary.spendable, summary.held, points.spendable(member.id, now=later)) == (100, 0, 100)
    assert hold(member.id, 60, now=later).state == "expired"
    with pytest.raises(HoldEnded) as ended:
        points.capture(held.public_id, source="order:1", now=later)
    assert ended.value.data == {"state": "expired"}
    points.spend(member.id, amount=90, source="gift", now=later)
    row = db_session.query(PointsHold).populate_existing().one()
    assert (row.state, row.ended_at) == ("expired", NOON + HOUR)
    assert points.release_due(now=later, limit=10) == 0
    assert_clean()


def test_held_points_outlive_their_expiry_until_the_hold_ends(db_session: Session, standing_clock: Clock) -> None:
    member = make_member()
    earn(member.id, 100, now=NOON, expiry="1D")
    kept, given_back = (
        hold(member.id, 30, lasts=timedelta(days=3)),
        hold(member.id, 20, source="order:2", lasts=timedelta(days=3)),
    )
    after = standing_clock.move(days=2)
    assert [points.expire_due(now=after, limit=10) for _ in range(2)] == [1, 0]
    assert totals(member.id) == (50, 0, 50)
    assert points.summary(member.id, now=after).spendable == 0
    points.capture(kept.public_id, source="order:1", now=after)
    points.release(given_back.public_id, now=after)
    # Back, but past their time: gone for readers at once, booked by the next tick.
    assert points.spendable(member.id, now=after) == 0
    assert [points.expire_due(now=after, limit=10) for _ in range(2)] == [1, 0]
    assert totals(member.id) == (0, 0, 0)
    assert_clean()


def test_what_comes_back_settles_a_debt(db_session: Session, now: datetime) -> None:
    member = make_member()
    earn(member.id, 100, now=now, source="bill")
    held = hold(member.id, 60)
    points.spend(member.id, amount=40, source="gift", now=now)
    points.reverse(member.id, source="bill", reversal_source="refund", now=now)
    # What is promised is not taken back.
    assert totals(member.id) == (60, 100, 60)
    points.capture(held.public_id, source="order:1", now=now, amount=25)
    assert totals(member.id) == (0, 65, 0)
    assert_clean()


@pytest.mark.parametrize("ticks", ["in time", "late"])
def test_a_debt_takes_the_same_points_however_late_a_hold_is_noticed(
    db_session: Session, standing_clock: Clock, ticks: str
) -> None:
    """Two holds end while the member owes, one after the other; then their lots expire, then points come in (I14)."""

    def moved(**by: float) -> datetime:
        later = standing_clock.move(**by)
        if ticks == "in time":
            points.release_due(now=later, limit=10)
            points.expire_due(now=later, limit=10)
        summary = points.summary(member.id, now=later)
        assert summary.spendable == points.spendable(member.id, now=later)
        told.append((summary.spendable, summary.owed, summary.next_expiry and summary.next_expiry[1]))
        return later

    member = make_member()
    told: list[tuple[int, int, int | None]] = []
    earn(member.id, 50, now=NOON, source="late", expiry="3M")
    hold(member.id, 50)
    earn(member.id, 50, now=NOON, source="soon", expiry="1M")
    hold(member.id, 50, source="order:2", lasts=2 * HOUR)
    earn(member.id, 80, now=NOON, source="bill")
    points.spend(member.id, amount=80, source="gift", now=NOON)
    points.reverse(member.id, source="bill", reversal_source="refund", now=NOON)
    for by in ({"hours": 1}, {"hours": 1}, {"days": 40}):
        later = moved(**by)
    # The first to end paid fifty, the other thirty and had twenty left, which are past their time now.
    assert told == [(0, 30, None), (20, 0, 20), (0, 0, None)]
    earn(member.id, 10, now=later, source="new", expiry="1M")
    points.expire_due(now=later, limit=10)
    assert [(lot.granted, lot.remaining, lot.held) for lot in lots(member.id)] == [
        (50, 0, 0),
        (50, 0, 0),
        (80, 0, 0),
        (10, 10, 0),
    ]
    assert totals(member.id) == (10, 0, 0)
    assert_clean()


def test_a_member_who_is_merged_away_leaves_no_hold(db_session: Session, now: datetime) -> None:
    kept, gone = make_member(), make_member()
    earn(gone.id, 100, now=now)
    held = hold(gone.id, 60)
    assert points.move_all(gone.id, kept.id, source="merge:1", now=now) == 100
    assert (totals(gone.id), totals(kept.id)) == ((0, 0, 0), (100, 0, 0))
    with pytest.raises(HoldEnded):
        points.capture(held.public_id, source="order:1", now=now)
    assert_clean()


def test_a_hold_in_the_past_is_refused(db_session: Session, now: datetime) -> None:
    member = make_member()
    earn(member.id, 100, now=now)
    before = everything()
    for amount, lasts in ((10, timedelta(0)), (0, HOUR), (10**12 + 1, HOUR)):
        with pytest.raises(InvalidInput):
            hold(member.id, amount, lasts=lasts)
    assert everything() == before
