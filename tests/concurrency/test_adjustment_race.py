"""Corrections asked for and decided at one instant: the limit holds, and each is booked once."""

import uuid

from app.actor import Actor
from app.errors import AdjustmentDecided
from app.models import Adjustment, MemberAccount
from app.services import adjustments
from app.transaction import transaction
from tests.concurrency.race import Racers, assert_verified, call, tally
from tests.conftest import NOON, CommittedDatabase
from tests.factories.members import make_member
from tests.factories.staff import make_staff

# Of a day's limit of 1,000: three fit, the fourth needs a second person.
SLICE = 300


def ask(*, member: uuid.UUID, staff_id: int, amount: int) -> str:
    asked = adjustments.request(
        member,
        ledger="points",
        amount=amount,
        reason_code="goodwill",
        reason="等候太久",
        actor=Actor(kind="staff", id=staff_id, role="manager"),
        now=NOON,
    )
    return asked.state


def decide(*, adjustment: uuid.UUID, staff_id: int, yes: bool) -> str:
    actor = Actor(kind="staff", id=staff_id, role="admin")
    if yes:
        return adjustments.approve(adjustment, actor=actor, now=NOON).state
    return adjustments.reject(adjustment, reason="没有凭证", actor=actor, now=NOON).state


def test_parallel_slices_do_not_pass_the_limit_together(committed_db: CommittedDatabase, racers: Racers) -> None:
    with committed_db.session(), transaction():
        # Each for another member: nothing but the person's own row can make them take turns.
        members = [(one.public_id, one.id) for one in (make_member() for _ in range(16))]
        manager_id = make_staff("manager").id
    outcomes = racers.run(
        committed_db, [call(ask, member=public_id, staff_id=manager_id, amount=SLICE) for public_id, _ in members]
    )
    assert tally(outcomes) == {"ok": 16}
    assert [outcome.value for outcome in outcomes].count("booked") == 3
    with committed_db.session() as session:
        balances = [session.get_one(MemberAccount, member_id).points_balance for _, member_id in members]
    assert sorted(balances) == [0] * 13 + [SLICE] * 3
    assert_verified(committed_db)


def test_one_decision_of_sixteen_stands(committed_db: CommittedDatabase, racers: Racers) -> None:
    with committed_db.session() as session, transaction():
        member = make_member()
        deciders = [make_staff("admin").id for _ in range(4)]
        ask(member=member.public_id, staff_id=make_staff("manager").id, amount=5_000)
        adjustment_id = session.query(Adjustment.public_id).scalar()
        member_id = member.id
    calls = [call(decide, adjustment=adjustment_id, staff_id=deciders[n % 4], yes=n % 2 == 0) for n in range(16)]
    outcomes = racers.run(committed_db, calls)
    assert tally(outcomes) == {"ok": 1, AdjustmentDecided.code: 15}
    (state,) = [outcome.value for outcome in outcomes if outcome.ok]
    with committed_db.session() as session:
        assert session.query(Adjustment.state).scalar() == state
        balance = session.get_one(MemberAccount, member_id).points_balance
    assert balance == (5_000 if state == "booked" else 0)
    assert_verified(committed_db)
