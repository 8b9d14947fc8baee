"""Two become one while both are busy: nothing stranded, nothing lost, whoever comes first (I15)."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from app.errors import Conflict
from app.models import Member
from app.services import (
    check_ins,
    merges,
    points,
    visits,
)
from app.services.clerks import Clerk
from app.transaction import transaction
from tests.concurrency.identity_calls import PHONE, bind, buy, check_in, claim, is_clean, merge_pair, one, use_and_buy
from tests.concurrency.race import Racers, call, tally
from tests.concurrency.waiting import wait_until_somebody_waits
from tests.conftest import NOON, CommittedDatabase
from tests.factories.coupons import make_batch
from tests.factories.members import make_counter_member, make_member
from tests.factories.staff import make_staff, make_store


def test_8_binds_of_one_pair_make_one_member(committed_db: CommittedDatabase, racers: Racers) -> None:
    with committed_db.session(), transaction():
        counter, mini = make_counter_member(phone=PHONE), make_member()
        ids = counter.id, mini.id
    outcomes = racers.run(committed_db, [call(bind, member_id=ids[1])] * 8)
    assert tally(outcomes) == {"ok": 8}
    assert {outcome.value for outcome in outcomes} == {ids[0]}
    assert one(committed_db, "SELECT count(*) FROM member_merge") == 1
    assert one(committed_db, "SELECT count(*) FROM audit_entry WHERE action = 'member.merge'") == 1
    assert is_clean(committed_db)


def test_a_bind_amid_the_business_of_both_strands_nothing(committed_db: CommittedDatabase, racers: Racers) -> None:
    with committed_db.session(), transaction():
        store = make_store()
        clerk = make_staff("clerk", at=[store])
        batch = make_batch(stock=100, per_member_limit=4).public_id
        pairs, calls = [], []
        for n in range(6):
            counter, mini = make_counter_member(phone=f"1380013800{n}"), make_member()
            pairs.append((counter.id, mini.id))
            at_till = {"staff_id": clerk.id, "store_id": store.id}
            opened = visits.open_visit(mini.id, code_step=1, staff=Clerk(clerk.id, store.id), now=NOON)
            for member in (counter, mini):
                calls.append(call(check_in, member_id=member.id))
                calls.append(call(claim, member_id=member.id, batch=batch))
                calls.append(call(buy, member_id=member.id, order_no=f"order-{member.id}"))
            calls.append(call(use_and_buy, visit=str(opened.public_id), **at_till))
            calls.insert(len(calls) - 4, call(bind, member_id=mini.id, phone=f"1380013800{n}"))
    outcomes = racers.run(committed_db, calls)
    counted = tally(outcomes)
    # Whoever came too late for the one who left is told so, and nothing of it happened.
    assert set(counted) <= {"ok", "conflict", "not_found"}
    binds = [o for o, c in zip(outcomes, calls, strict=True) if c.work is bind]
    assert [o.value for o in binds] == [kept for kept, _ in pairs]
    uses = [o for o, c in zip(outcomes, calls, strict=True) if c.work is use_and_buy]
    assert all(o.ok for o in uses)
    stranded = (
        "SELECT count(*) FROM member m WHERE m.status = 'merged' AND (EXISTS (SELECT FROM purchase WHERE member_id = m.id)"
        " OR EXISTS (SELECT FROM coupon WHERE member_id = m.id)"
        " OR EXISTS (SELECT FROM points_lot WHERE member_id = m.id AND remaining > 0))"
    )
    assert one(committed_db, stranded) == 0
    bought = sum(o.ok for o, c in zip(outcomes, calls, strict=True) if c.work in (buy, use_and_buy))
    assert one(committed_db, "SELECT count(*) FROM purchase") == bought
    assert is_clean(committed_db)


@pytest.mark.parametrize(
    ("work", "told"),
    [
        # One statement writes a check-in: whichever of its tables is asked first refuses.
        (lambda m: check_ins.check_in(m, now=NOON), {"check_in", "points_entry", "earning"}),
        (lambda m: points.earn(m, amount=1, source="late", now=NOON), {"points_entry"}),
        (lambda m: visits.open_visit(m, code_step=9, staff=Clerk(1, 1), now=NOON), {"counter_visit"}),
    ],
)
def test_a_request_under_way_waits_for_the_merge_and_is_told(
    committed_db: CommittedDatabase, work: Callable[[int], Any], told: set[str]
) -> None:
    with committed_db.session(), transaction():
        counter, mini = make_counter_member(phone=PHONE), make_member()
        store = make_store()
        make_staff("clerk", at=[store])
        ids = counter.id, mini.id

    def late() -> str | None:
        with committed_db.session():
            try:
                with transaction():
                    work(ids[1])
            except Conflict as refusal:
                return str(refusal.data["constraint"])
        return None

    with ThreadPoolExecutor(1) as pool:
        with committed_db.session(), transaction():
            merge_pair(one=ids[0], other=ids[1])
            waiting = pool.submit(late)
            wait_until_somebody_waits(committed_db)
        assert waiting.result(30) in {f"tr_{table}_only_active" for table in told}
    assert is_clean(committed_db)


def test_an_undo_under_way_follows_its_member_through_two_merges(committed_db: CommittedDatabase) -> None:
    """Found by the undo race: the undo waited, went to whom the member had become, and that one was gone meanwhile too."""
    with committed_db.session(), transaction():
        first, second, third = (make_counter_member(phone=f"1380013800{n}").id for n in range(3))
        points.earn(third, amount=100, source="bill", now=NOON)
        points.spend(third, amount=100, source="gift", now=NOON)

    def undo() -> None:
        with committed_db.session(), transaction():
            points.reverse(third, source="gift", reversal_source="undo", now=NOON)

    def second_leaves() -> None:
        with committed_db.session(), transaction():
            merge_pair(one=first, other=second)

    with ThreadPoolExecutor(2) as pool:
        with committed_db.session(), transaction():
            merge_pair(one=second, other=third)
            # First in the queue for the second member: gone before the undo gets there.
            leaving = pool.submit(second_leaves)
            wait_until_somebody_waits(committed_db)
            undone = pool.submit(undo)
            wait_until_somebody_waits(committed_db, many=2)
        leaving.result(30)
        undone.result(30)
    balance = "SELECT points_balance FROM member_account WHERE member_id = :id"
    assert [one(committed_db, balance, id=member_id) for member_id in (first, second, third)] == [100, 0, 0]
    assert is_clean(committed_db)


def test_crossed_merges_end_in_one_member(committed_db: CommittedDatabase, racers: Racers) -> None:
    """Three members, two merges that share one of them: whatever the order, everybody ends at the oldest."""
    with committed_db.session(), transaction():
        first, second, third = (make_counter_member(phone=f"1380013800{n}").id for n in range(3))
        for member_id in (first, second, third):
            check_ins.check_in(member_id, now=NOON)
    pairs = [(first, second), (second, third), (third, first)]
    outcomes = racers.run(committed_db, [call(merge_pair, one=a, other=b) for a, b in pairs * 3])
    assert set(tally(outcomes)) <= {"ok", "conflict"}
    racers.run(committed_db, [call(merge_pair, one=first, other=third)])
    racers.run(committed_db, [call(merge_pair, one=first, other=second)])
    with committed_db.session() as session:
        kept = [merges.resolve(member_id) for member_id in (first, second, third)]
        assert session.query(Member).filter_by(status="active").count() == 1
    assert kept == [first] * 3
    assert one(committed_db, "SELECT points_balance FROM member_account WHERE member_id = :id", id=first) == 15
    assert is_clean(committed_db)
