"""The ledger on the real database: every rule forward and back."""

from datetime import datetime

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app.errors import AlreadyReversed, InsufficientPoints, NotFound, OrderNumberReused
from app.models import MemberAccount, PointsEntry, PointsLot, Purchase
from app.services import points, purchases
from tests.conftest import Clock
from tests.factories.members import make_member


def account(db_session: Session, member_id: int) -> MemberAccount:
    return db_session.get_one(MemberAccount, member_id, populate_existing=True)


def kinds(db_session: Session, member_id: int) -> list[tuple[str, int, int]]:
    rows = db_session.query(PointsEntry).filter_by(member_id=member_id).order_by(PointsEntry.seq)
    return [(row.kind, row.delta, row.balance_after) for row in rows]


def test_earning_twice_under_one_source_credits_once(db_session: Session, now: datetime) -> None:
    member = make_member()
    first = points.earn(member.id, amount=50, source="check_in:2026-11-20", now=now)
    again = points.earn(member.id, amount=50, source="check_in:2026-11-20", now=now)
    assert (first.is_new, again.is_new, again.entry_id) == (True, False, first.entry_id)
    assert account(db_session, member.id).points_balance == 50


def test_spending_takes_the_soonest_expiring_lot_first(db_session: Session, standing_clock: Clock) -> None:
    member = make_member()
    points.earn(member.id, amount=30, source="a", now=standing_clock.now)
    points.earn(member.id, amount=30, source="b", now=standing_clock.move(days=40))
    points.spend(member.id, amount=40, source="gift", now=standing_clock.now)
    lots = db_session.query(PointsLot).filter_by(member_id=member.id).order_by(PointsLot.id).all()
    assert [lot.remaining for lot in lots] == [0, 20]


def test_a_shortage_raises_and_takes_nothing(db_session: Session, now: datetime) -> None:
    member = make_member()
    points.earn(member.id, amount=30, source="a", now=now)
    with pytest.raises(InsufficientPoints) as refused:
        points.spend(member.id, amount=31, source="gift", now=now)
    assert refused.value.data == {"requested": 31, "available": 30}
    assert points.spendable(member.id, now=now) == 30


def test_undoing_a_spend_restores_the_original_expiry(db_session: Session, standing_clock: Clock) -> None:
    member = make_member()
    points.earn(member.id, amount=30, source="a", now=standing_clock.now)
    before = db_session.query(PointsLot.id, PointsLot.remaining, PointsLot.expires_at).all()
    points.spend(member.id, amount=20, source="gift", now=standing_clock.move(days=3))
    points.reverse(member.id, source="gift", reversal_source="undo:gift", now=standing_clock.move(days=3))
    db_session.expire_all()
    assert db_session.query(PointsLot.id, PointsLot.remaining, PointsLot.expires_at).all() == before


def test_undoing_a_spent_earning_leaves_a_debt_that_later_earnings_settle(db_session: Session, now: datetime) -> None:
    member = make_member()
    points.earn(member.id, amount=100, source="purchase:1", now=now)
    points.spend(member.id, amount=60, source="gift", now=now)
    points.reverse(member.id, source="purchase:1", reversal_source="refund:1", now=now)
    assert (account(db_session, member.id).points_balance, account(db_session, member.id).points_owed) == (0, 60)
    points.earn(member.id, amount=50, source="b", now=now)
    assert (account(db_session, member.id).points_balance, account(db_session, member.id).points_owed) == (0, 10)
    points.earn(member.id, amount=50, source="c", now=now)
    assert (account(db_session, member.id).points_balance, account(db_session, member.id).points_owed) == (40, 0)


def test_a_reversal_happens_once(db_session: Session, now: datetime) -> None:
    member = make_member()
    points.earn(member.id, amount=10, source="a", now=now)
    points.reverse(member.id, source="a", reversal_source="undo:a", now=now)
    points.reverse(member.id, source="a", reversal_source="undo:a", now=now)
    with pytest.raises(AlreadyReversed):
        points.reverse(member.id, source="a", reversal_source="other", now=now)
    assert kinds(db_session, member.id) == [("earn", 10, 10), ("reverse", -10, 0)]
    with pytest.raises(NotFound):
        points.reverse(member.id, source="never", reversal_source="x", now=now)


def test_expiry_late_early_or_twice_ends_the_same(db_session: Session, standing_clock: Clock) -> None:
    member = make_member()
    points.earn(member.id, amount=10, source="a", now=standing_clock.now)
    points.earn(member.id, amount=20, source="b", now=standing_clock.move(days=10))
    assert points.expire_due(now=standing_clock.move(days=300), limit=100) == 0
    last_day = standing_clock.move(days=56)
    # Gone for the reader at once, whether or not the tick ran.
    assert points.spendable(member.id, now=last_day) == 20
    assert points.expire_due(now=standing_clock.move(days=100), limit=100) == 2
    assert points.expire_due(now=standing_clock.now, limit=100) == 0
    assert kinds(db_session, member.id)[2:] == [("expire", -10, 20), ("expire", -20, 0)]


def test_points_that_came_back_after_their_expiry_expire_again(db_session: Session, standing_clock: Clock) -> None:
    member = make_member()
    points.earn(member.id, amount=10, source="a", now=standing_clock.now)
    points.spend(member.id, amount=4, source="gift", now=standing_clock.now)
    points.expire_due(now=standing_clock.move(days=400), limit=100)
    points.reverse(member.id, source="gift", reversal_source="undo", now=standing_clock.now)
    assert points.spendable(member.id, now=standing_clock.now) == 0
    assert points.expire_due(now=standing_clock.now, limit=100) == 1
    assert account(db_session, member.id).points_balance == 0


@pytest.mark.parametrize("tick_is_late", [False, True])
def test_a_refund_does_not_ask_again_for_what_expired(
    db_session: Session, standing_clock: Clock, tick_is_late: bool
) -> None:
    member = make_member()
    points.earn(member.id, amount=10, source="purchase:1", now=standing_clock.now)
    points.earn(member.id, amount=50, source="later", now=standing_clock.move(days=400))
    if not tick_is_late:
        points.expire_due(now=standing_clock.now, limit=100)
    points.reverse(member.id, source="purchase:1", reversal_source="refund:1", now=standing_clock.now)
    points.expire_due(now=standing_clock.now, limit=100)
    assert (account(db_session, member.id).points_balance, account(db_session, member.id).points_owed) == (50, 0)


def test_moving_keeps_each_lots_expiry_and_brings_the_debt(db_session: Session, standing_clock: Clock) -> None:
    kept, gone = make_member(), make_member()
    points.earn(gone.id, amount=10, source="a", now=standing_clock.now)
    points.earn(gone.id, amount=20, source="b", now=standing_clock.move(days=9))
    expiries = {lot.expires_at for lot in db_session.query(PointsLot).filter_by(member_id=gone.id)}
    assert points.move_all(gone.id, kept.id, source="merge:1", now=standing_clock.now) == 30
    assert points.move_all(gone.id, kept.id, source="merge:1", now=standing_clock.now) == 0
    assert {lot.expires_at for lot in db_session.query(PointsLot).filter_by(member_id=kept.id)} == expiries
    assert len(expiries) == 2
    assert (account(db_session, gone.id).points_balance, account(db_session, kept.id).points_balance) == (0, 30)


def test_buying_and_refunding_a_hundred_times_leaves_nothing(db_session: Session, now: datetime) -> None:
    member = make_member()
    for n in range(100):
        bill = purchases.record(
            member.id, store_id=None, channel="store", order_no=str(n), bill_fen=9_999, discount_fen=0, now=now
        )
        purchases.refund(bill.id, now=now)
        purchases.refund(bill.id, now=now)
    found = account(db_session, member.id)
    assert (found.points_balance, found.points_owed, found.growth_value) == (0, 0, 0)


def test_an_undone_bill_frees_its_number_and_a_refunded_order_does_not(db_session: Session, now: datetime) -> None:
    member = make_member()

    def record(bill_fen: int) -> Purchase:
        return purchases.record(
            member.id, store_id=None, channel="store", order_no="7", bill_fen=bill_fen, discount_fen=0, now=now
        )

    purchases.void(record(5_000).id, now=now)
    second = record(6_000)
    assert points.spendable(member.id, now=now) == 60
    purchases.refund(second.id, now=now)
    # The original arrives once more, late: nothing is credited.
    assert record(6_000).id == second.id
    with pytest.raises(OrderNumberReused):
        record(5_000)
    assert points.spendable(member.id, now=now) == 0


@pytest.mark.parametrize(
    "statement", ["UPDATE points_entry SET amount = 1", "DELETE FROM points_entry", "TRUNCATE points_entry CASCADE"]
)
def test_the_database_refuses_to_rewrite_history(db_session: Session, now: datetime, statement: str) -> None:
    member = make_member()
    points.earn(member.id, amount=10, source="a", now=now)
    # The application's login; tests/constraints has the owner refused too.
    with pytest.raises(DBAPIError, match="permission denied"), db_session.begin_nested():
        db_session.execute(text(statement))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE member_account SET points_balance = points_balance + 1 WHERE member_id = :m",
        "UPDATE points_lot SET remaining = remaining - 1 WHERE member_id = :m",
    ],
)
def test_the_database_refuses_to_commit_a_ledger_out_of_balance(
    db_session: Session, now: datetime, statement: str
) -> None:
    member = make_member()
    points.earn(member.id, amount=10, source="a", now=now)
    db_session.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
    db_session.execute(text("SET CONSTRAINTS ALL DEFERRED"))
    with pytest.raises(DBAPIError, match="out of balance"), db_session.begin_nested():
        db_session.execute(text(statement), {"m": member.id})
        db_session.execute(text("UPDATE points_lot SET remaining = remaining WHERE member_id = :m"), {"m": member.id})
        db_session.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
