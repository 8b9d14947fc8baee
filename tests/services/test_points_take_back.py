"""Taking earnings back in parts, before and after spending, expiry and merges: never twice, never more than was given."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from app.errors import (
    AlreadyReversed,
    Conflict,
    InvalidInput,
    NotFound,
    ReversalAboveOriginal,
    RuleBroken,
)
from app.models import Member
from app.services import points
from tests.conftest import NOON, Clock
from tests.factories.ledger import assert_clean, earn, entries, everything, lots, totals
from tests.factories.members import make_member


def take_back(member_id: int, upto: int, *, now: datetime, by: str = "refund:1", source: str = "bill") -> int:
    return points.take_back(member_id, source=source, reversal_source=by, upto=upto, now=now)


def merge(gone: Member, kept: Member, *, now: datetime, db_session: Session) -> None:
    """The ledger's part of a merge, and the pointer that says who stays."""
    points.move_all(gone.id, kept.id, source=f"merge:{gone.id}", now=now)
    gone.status, gone.merged_into_id = "merged", kept.id
    db_session.query(Member).filter_by(merged_into_id=gone.id).update({"merged_into_id": kept.id})
    db_session.flush()


def test_parts_add_up_to_the_whole_and_no_further(db_session: Session, now: datetime) -> None:
    member = make_member()
    earn(member.id, 100, now=now, source="bill")
    assert take_back(member.id, 30, now=now) == 30
    # A repeat, also with other words, changes nothing.
    assert [take_back(member.id, upto, now=now) for upto in (30, 80)] == [30, 30]
    assert take_back(member.id, 55, now=now, by="refund:2") == 25
    # Less than is gone already: nothing.
    assert take_back(member.id, 40, now=now, by="refund:3") == 0
    assert take_back(member.id, 100, now=now, by="refund:4") == 45
    before = everything()
    for by in ("refund:2", "refund:5"):
        with pytest.raises(ReversalAboveOriginal) as refused:
            take_back(member.id, 101, now=now, by=by)
        assert refused.value.data == {"original": 100, "reversed": 100, "requested": 101}
    with pytest.raises(AlreadyReversed):
        points.reverse(member.id, source="bill", reversal_source="whole", now=now)
    assert everything() == before
    assert totals(member.id) == (0, 0, 0)
    assert_clean()


def test_the_rest_can_be_undone_whole(db_session: Session, now: datetime) -> None:
    member = make_member()
    earn(member.id, 100, now=now, source="bill")
    take_back(member.id, 30, now=now)
    points.reverse(member.id, source="bill", reversal_source="void", now=now)
    points.reverse(member.id, source="bill", reversal_source="void", now=now)
    assert totals(member.id) == (0, 0, 0)
    assert entries(member.id)[1:] == [("reverse", "member", "issue", 30), ("reverse", "member", "issue", 70)]
    assert_clean()


def test_its_own_lot_pays_first_then_the_soonest_then_a_debt(db_session: Session, now: datetime) -> None:
    member = make_member()
    earn(member.id, 20, now=now, source="soon", expiry="1M")
    points.earn(member.id, amount=100, source="bill", now=now, pending_days=7, expiry="2Y")
    earn(member.id, 20, now=now, source="middle", expiry="6M")
    take_back(member.id, 60, now=now)
    assert [lot.remaining for lot in lots(member.id)] == [20, 40, 20]
    points.spend(member.id, amount=10, source="gift", now=now)
    later = now + timedelta(days=8)
    points.spend(member.id, amount=30 + 30, source="gift:2", now=later)
    assert [lot.remaining for lot in lots(member.id)] == [0, 10, 0]
    earn(member.id, 5, now=later, source="last", expiry="never")
    assert take_back(member.id, 100, now=later, by="refund:2") == 40
    assert totals(member.id) == (0, 25, 0)
    assert entries(member.id)[-2:] == [("reverse", "member", "issue", 15), ("reverse", "owed", "issue", 25)]
    assert take_back(member.id, 100, now=later, by="refund:2") == 40
    assert_clean()


@pytest.mark.parametrize("tick_is_late", [False, True])
@pytest.mark.parametrize(("upto", "taken"), [(60, 0), (70, 0), (80, 10), (100, 30)])
def test_what_expired_counts_as_gone(
    db_session: Session, standing_clock: Clock, tick_is_late: bool, upto: int, taken: int
) -> None:
    member = make_member()
    earn(member.id, 100, now=NOON, source="bill", expiry="1M")
    points.spend(member.id, amount=30, source="gift", now=NOON)
    earn(member.id, 50, now=NOON, source="other")
    later = standing_clock.move(days=60)
    if not tick_is_late:
        points.expire_due(now=later, limit=10)
    assert take_back(member.id, upto, now=later) == taken
    assert totals(member.id) == (50 - taken, 0, 0)
    assert_clean()


def test_refunds_around_an_expiry_take_no_more_than_was_given(db_session: Session, standing_clock: Clock) -> None:
    member = make_member()
    earn(member.id, 100, now=NOON, source="bill", expiry="1M")
    earn(member.id, 500, now=NOON, source="other")
    assert take_back(member.id, 40, now=NOON) == 40
    later = standing_clock.move(days=60)
    # Forty taken, sixty expired: all of it is gone.
    assert take_back(member.id, 100, now=later, by="refund:2") == 0
    assert totals(member.id) == (500, 0, 0)
    assert_clean()


@pytest.mark.parametrize("is_merged", [False, True])
@pytest.mark.parametrize("taken_back_after_days", [0, 60])
def test_what_comes_back_past_its_expiry_pays_the_debt_before_it_is_lost(
    db_session: Session, standing_clock: Clock, taken_back_after_days: int, is_merged: bool
) -> None:
    """Nobody loses points to expiry and owes them as well."""
    kept, member = make_member(), make_member()
    earn(member.id, 100, now=NOON, source="bill", expiry="1M")
    points.spend(member.id, amount=100, source="gift", now=NOON)
    assert take_back(member.id, 60, now=standing_clock.move(days=taken_back_after_days)) == 60
    assert totals(member.id) == (0, 60, 0)
    later = standing_clock.move(days=60)
    if is_merged:
        merge(member, kept, now=later, db_session=db_session)
        member = kept
    points.reverse(member.id, source="gift", reversal_source="undo", now=later)
    assert totals(member.id) == (40, 0, 0)
    assert points.spendable(member.id, now=later) == 0
    points.expire_due(now=later, limit=10)
    # Sixty taken back, forty expired: all of it is gone, once.
    assert take_back(member.id, 100, now=later, by="refund:2") == 0
    assert totals(member.id) == (0, 0, 0)
    assert_clean()


@pytest.mark.parametrize("expired_where", ["before", "after", "not yet booked"])
def test_an_undo_after_merge_and_expiry_takes_nothing_twice(
    db_session: Session, standing_clock: Clock, expired_where: str
) -> None:
    """The lots moved, so did their expiry: the original entry finds both in the other ledger."""
    kept, gone = make_member(), make_member()
    earn(gone.id, 100, now=NOON, source="bill", expiry="1M")
    points.spend(gone.id, amount=30, source="gift", now=NOON)
    earn(kept.id, 500, now=NOON, source="own")
    if expired_where == "before":
        points.expire_due(now=standing_clock.move(days=60), limit=10)
    merge(gone, kept, now=standing_clock.now, db_session=db_session)
    later = standing_clock.move(days=60)
    if expired_where == "after":
        points.expire_due(now=later, limit=10)
    points.reverse(kept.id, source="bill", reversal_source="refund", now=later)
    points.expire_due(now=later, limit=10)
    # Seventy had run out; the thirty spent are asked back.
    assert (totals(kept.id), totals(gone.id)) == ((470, 0, 0), (0, 0, 0))
    assert_clean()


def test_after_a_merge_the_moved_lots_pay_first(db_session: Session, now: datetime) -> None:
    kept, gone = make_member(), make_member()
    earn(kept.id, 50, now=now, source="own", expiry="1M")
    points.earn(gone.id, amount=100, source="bill", now=now, pending_days=7, expiry="2Y")
    merge(gone, kept, now=now, db_session=db_session)
    moved = lots(kept.id)[1]
    assert moved.available_at == lots(gone.id)[0].available_at
    assert (moved.root_member_id, moved.root_entry_id) == (gone.id, lots(gone.id)[0].entry_id)
    assert take_back(kept.id, 60, now=now) == 60
    assert [lot.remaining for lot in lots(kept.id)] == [50, 40]
    # By the key of who left as well.
    assert take_back(gone.id, 100, now=now, by="refund:2") == 40
    assert [lot.remaining for lot in lots(kept.id)] == [50, 0]
    assert (totals(kept.id), totals(gone.id)) == ((50, 0, 0), (0, 0, 0))
    assert_clean()


def test_two_merges_keep_the_first_root(db_session: Session, standing_clock: Clock) -> None:
    last, middle, first = make_member(), make_member(), make_member()
    earn(first.id, 100, now=NOON, source="bill", expiry="1M")
    merge(first, middle, now=NOON, db_session=db_session)
    merge(middle, last, now=NOON, db_session=db_session)
    assert [(lot.root_member_id, lot.granted) for lot in lots(last.id)] == [(first.id, 100)]
    assert take_back(last.id, 30, now=NOON) == 30
    later = standing_clock.move(days=60)
    assert take_back(last.id, 100, now=later, by="refund:2") == 0
    assert [totals(member.id) for member in (first, middle, last)] == [(0, 0, 0)] * 3
    assert_clean()


def test_a_spend_of_who_left_comes_back_to_who_stays(db_session: Session, standing_clock: Clock) -> None:
    kept, gone = make_member(), make_member()
    earn(gone.id, 100, now=NOON, source="bill", expiry="1M")
    points.spend(gone.id, amount=80, source="gift", now=NOON)
    merge(gone, kept, now=NOON, db_session=db_session)
    points.reverse(kept.id, source="gift", reversal_source="undo", now=NOON)
    points.reverse(kept.id, source="gift", reversal_source="undo", now=NOON)
    assert {(lot.remaining, lot.expires_at) for lot in lots(kept.id)} == {
        (20, lots(gone.id)[0].expires_at),
        (80, lots(gone.id)[0].expires_at),
    }
    assert take_back(kept.id, 100, now=standing_clock.move(days=60)) == 0
    assert (totals(kept.id), totals(gone.id)) == ((0, 0, 0), (0, 0, 0))
    assert_clean()


def test_a_hold_shields_its_points_from_a_refund(db_session: Session, now: datetime) -> None:
    member = make_member()
    earn(member.id, 100, now=now, source="bill")
    held = points.hold(member.id, amount=70, source="order:1", expires_at=now + timedelta(hours=1), now=now)
    assert take_back(member.id, 100, now=now) == 100
    assert totals(member.id) == (70, 70, 70)
    # Given back, it pays the debt at once.
    points.release(held.public_id, now=now)
    assert totals(member.id) == (0, 0, 0)
    assert_clean()


Command = Callable[[int, datetime], object]
REFUSED: list[tuple[Command, type[Exception]]] = [
    (lambda member, now: take_back(member, 0, now=now), InvalidInput),
    (lambda member, now: take_back(member, -1, now=now), InvalidInput),
    (lambda member, now: take_back(member, 2**63, now=now), InvalidInput),
    (lambda member, now: take_back(member, 51, now=now), ReversalAboveOriginal),
    (lambda member, now: take_back(member, 1, now=now, source="never"), NotFound),
    (lambda member, now: take_back(member, 1, now=now, source="gift"), RuleBroken),
    # A refund of a refund, and what the ledger does by itself.
    (lambda member, now: take_back(member, 1, now=now, source="refund:0"), RuleBroken),
    (lambda member, now: points.reverse(member, source="refund:0", reversal_source="x", now=now), RuleBroken),
    (lambda member, now: points.reverse(member, source="undo:old", reversal_source="x", now=now), RuleBroken),
    (lambda member, now: points.reverse(member, source="never", reversal_source="x", now=now), NotFound),
    (lambda member, now: points.reverse(member, source="old gift", reversal_source="x", now=now), AlreadyReversed),
]


@pytest.mark.parametrize("number", range(len(REFUSED)))
def test_what_is_refused_leaves_everything_as_it_was(db_session: Session, now: datetime, number: int) -> None:
    command, error = REFUSED[number]
    member = make_member()
    earn(member.id, 50, now=now, source="bill")
    points.spend(member.id, amount=5, source="gift", now=now)
    points.spend(member.id, amount=6, source="old gift", now=now)
    points.reverse(member.id, source="old gift", reversal_source="undo:old", now=now)
    take_back(member.id, 10, now=now, by="refund:0")
    before = everything()
    with pytest.raises(error):
        command(member.id, now)
    assert everything() == before


def test_a_source_that_booked_something_else_undoes_nothing(db_session: Session, now: datetime) -> None:
    member = make_member()
    earn(member.id, 50, now=now, source="bill")
    points.spend(member.id, amount=5, source="gift", now=now)
    before = everything()
    for undo in (
        lambda: take_back(member.id, 10, now=now, by="gift"),
        lambda: points.reverse(member.id, source="gift", reversal_source="bill", now=now),
    ):
        with pytest.raises(Conflict):
            undo()
    assert everything() == before


def test_buying_and_refunding_a_hundred_times_leaves_no_points(db_session: Session, now: datetime) -> None:
    member = make_member()
    for n in range(100):
        earn(member.id, 99, now=now, source=f"bill:{n}")
        take_back(member.id, 33, now=now, source=f"bill:{n}", by=f"part:{n}")
        take_back(member.id, 99, now=now, source=f"bill:{n}", by=f"rest:{n}")
    assert totals(member.id) == (0, 0, 0)
    assert_clean()
