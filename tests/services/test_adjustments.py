"""Corrections by hand: the limit of one person, the second person above it, and what nobody may do."""

from datetime import datetime
from typing import Any

import psycopg
import pytest
from sqlalchemy.orm import Session

from app.actor import Actor
from app.errors import AdjustmentDecided, InsufficientPoints, NotAllowed, NotFound, SecondPersonNeeded, SelfService
from app.models import Adjustment, AuditEntry, Member, MemberAccount, Staff
from app.services import adjustments, merges, points, programmes, tiers, verification
from app.transaction import transaction
from tests.conftest import NOON, Clock, CommittedDatabase
from tests.factories.members import make_counter_member, make_member
from tests.factories.staff import make_staff

LIMIT = 1000


def acting(person: Staff) -> Actor:
    return Actor(kind="staff", id=person.id, role=person.role)


def ask(member: Member, person: Staff, amount: int, *, now: datetime, **changes: Any) -> Adjustment:
    why: dict[str, Any] = {"ledger": "points", "reason_code": "goodwill", "reason": "等候太久，致歉"}
    return adjustments.request(member.public_id, amount=amount, actor=acting(person), now=now, **(why | changes))


def account(db_session: Session, member: Member) -> MemberAccount:
    return db_session.get_one(MemberAccount, member.id, populate_existing=True)


def audited(db_session: Session, adjustment: Adjustment) -> list[str]:
    db_session.flush()
    rows = db_session.query(AuditEntry).filter_by(object_kind="adjustment", object_id=adjustment.id)
    return [row.action for row in rows.order_by(AuditEntry.id)]


def test_within_the_limit_it_is_booked_at_once(db_session: Session, now: datetime) -> None:
    member, manager = make_member(), make_staff("manager")
    given = ask(member, manager, LIMIT, now=now)
    assert (given.state, given.needs_approval) == ("booked", False)
    assert points.spendable(member.id, now=now) == LIMIT
    assert audited(db_session, given) == ["adjustment.request"]


def test_splitting_a_sum_does_not_help_and_signs_do_not_cancel(db_session: Session, now: datetime) -> None:
    member, manager = make_member(), make_staff("manager")
    states = [ask(member, manager, amount, now=now).state for amount in (400, -300, 300, 1)]
    assert states == ["booked", "booked", "booked", "waiting"]
    # Growth and another member count against the same day's limit, a colleague has their own.
    assert ask(make_member(), manager, 1, ledger="growth", now=now).state == "waiting"
    assert ask(member, make_staff("manager"), 1, now=now).state == "booked"
    assert account(db_session, member).points_balance == 401


def test_the_limit_is_a_business_days(db_session: Session, standing_clock: Clock) -> None:
    member, manager = make_member(), make_staff("manager")
    assert ask(member, manager, LIMIT, now=standing_clock.now).state == "booked"
    assert ask(member, manager, 1, now=standing_clock.move(hours=13)).state == "waiting"
    assert ask(member, manager, 1, now=standing_clock.move(hours=1)).state == "booked"
    programmes.get().adjustment_limit = 0
    assert ask(member, manager, 1, now=standing_clock.now).state == "waiting"


def test_above_the_limit_a_second_person_books_it(db_session: Session, now: datetime) -> None:
    member, manager, boss = make_member(), make_staff("manager"), make_staff("admin")
    asked = ask(member, manager, LIMIT + 1, now=now)
    assert (asked.state, account(db_session, member).points_balance) == ("waiting", 0)
    with pytest.raises(SecondPersonNeeded):
        adjustments.approve(asked.public_id, actor=acting(manager), now=now)
    with pytest.raises(SecondPersonNeeded):
        adjustments.reject(asked.public_id, reason="算错了", actor=acting(manager), now=now)
    done = adjustments.approve(asked.public_id, actor=acting(boss), now=now)
    assert (done.state, done.decided_by_id) == ("booked", boss.id)
    assert account(db_session, member).points_balance == LIMIT + 1
    assert audited(db_session, asked) == ["adjustment.request", "adjustment.approve"]
    # What a second person has seen does not use up the first one's day.
    assert ask(member, manager, LIMIT, now=now).state == "booked"


def test_it_is_decided_once(db_session: Session, now: datetime) -> None:
    member, manager, boss = make_member(), make_staff("manager"), make_staff("admin")
    asked = ask(member, manager, LIMIT + 1, now=now)
    turned_down = adjustments.reject(asked.public_id, reason="没有凭证", actor=acting(boss), now=now)
    assert (turned_down.state, turned_down.decided_by_id) == ("rejected", boss.id)
    with pytest.raises(AdjustmentDecided) as refused:
        adjustments.approve(asked.public_id, actor=acting(boss), now=now)
    assert refused.value.data == {"state": "rejected"}
    with pytest.raises(AdjustmentDecided):
        adjustments.reject(asked.public_id, reason="没有凭证", actor=acting(boss), now=now)
    assert account(db_session, member).points_balance == 0
    assert audited(db_session, asked) == ["adjustment.request", "adjustment.reject"]
    at_once = ask(member, manager, 5, now=now)
    with pytest.raises(AdjustmentDecided):
        adjustments.approve(at_once.public_id, actor=acting(boss), now=now)


def test_nobody_corrects_their_own_membership(db_session: Session, now: datetime) -> None:
    member = make_member()
    manager, boss = make_staff("manager"), make_staff("admin", member_id=member.id)
    with pytest.raises(SelfService):
        ask(member, boss, 1, now=now)
    asked = ask(member, manager, LIMIT + 1, now=now)
    with pytest.raises(SelfService):
        adjustments.approve(asked.public_id, actor=acting(boss), now=now)
    with pytest.raises(SelfService):
        adjustments.reject(asked.public_id, reason="不需要", actor=acting(boss), now=now)
    assert adjustments.get(asked.public_id).adjustment.state == "waiting"


def test_a_request_that_became_ones_own_is_not_approved(db_session: Session, now: datetime) -> None:
    """The member turns out to be the requester: the two memberships became one while the request waited."""
    own, member = make_counter_member(), make_member()
    manager, boss = make_staff("manager", member_id=own.id), make_staff("admin")
    asked = ask(member, manager, LIMIT + 1, now=now)
    merges.lock_accounts(own.id, member.id)
    locked = merges.lock_members(own.id, member.id)
    merges.merge(locked[own.id], locked[member.id], phone=None, reason="test", actor=Actor.system(), now=now)
    with pytest.raises(SelfService):
        adjustments.approve(asked.public_id, actor=acting(boss), now=now)


def test_it_is_booked_on_the_member_who_stayed(db_session: Session, now: datetime) -> None:
    kept, merged = make_counter_member(), make_member()
    manager, boss = make_staff("manager"), make_staff("admin")
    asked = ask(merged, manager, LIMIT + 1, now=now)
    merges.lock_accounts(kept.id, merged.id)
    locked = merges.lock_members(kept.id, merged.id)
    merges.merge(locked[kept.id], locked[merged.id], phone=None, reason="test", actor=Actor.system(), now=now)
    assert adjustments.get(asked.public_id).member.id == kept.id
    adjustments.approve(asked.public_id, actor=acting(boss), now=now)
    assert account(db_session, kept).points_balance == LIMIT + 1
    assert account(db_session, merged).points_balance == 0
    with pytest.raises(NotFound):
        ask(merged, manager, 1, now=now)


def test_more_than_there_is_cannot_be_taken(db_session: Session, now: datetime) -> None:
    member, manager, boss = make_member(), make_staff("manager"), make_staff("admin")
    ask(member, manager, 100, now=now)
    savepoint = db_session.begin_nested()
    with pytest.raises(InsufficientPoints) as refused:
        ask(member, manager, -101, now=now)
    savepoint.rollback()
    assert refused.value.data == {"available": 100, "requested": 101}
    asked = ask(member, manager, -LIMIT - 1, now=now)
    savepoint = db_session.begin_nested()
    with pytest.raises(InsufficientPoints):
        adjustments.approve(asked.public_id, actor=acting(boss), now=now)
    savepoint.rollback()
    db_session.refresh(asked)
    assert (asked.state, account(db_session, member).points_balance) == ("waiting", 100)
    assert ask(member, manager, -100, now=now).state == "booked"
    assert account(db_session, member).points_balance == 0


def test_growth_moves_the_tier_both_ways(db_session: Session, now: datetime) -> None:
    member, manager = make_member(), make_staff("manager")
    assert ask(member, manager, 250, ledger="growth", now=now).state == "booked"
    assert tiers.standing(member.id).tier.code == "silver"
    ask(member, manager, -100, ledger="growth", now=now)
    standing = tiers.standing(member.id)
    assert (standing.growth_value, standing.tier.code) == (150, "basic")


def test_only_people_of_the_staff_correct(db_session: Session, now: datetime) -> None:
    member = make_member()
    with pytest.raises(NotAllowed):
        adjustments.request(
            member.public_id,
            ledger="points",
            amount=1,
            reason_code="service",
            reason="四个字吧",
            actor=Actor.system(),
            now=now,
        )


CORRUPTIONS = {
    "booked, but nobody has the points": (
        "UPDATE points_entry SET source = 'x' WHERE kind = 'adjust'",
        "I4_adjustments",
    ),
    "booked with another amount": (
        "UPDATE adjustment SET amount = amount + 1 WHERE state = 'booked'",
        "I4_adjustments",
    ),
    "given while it waits": (
        "UPDATE adjustment SET state = 'waiting', needs_approval = true WHERE state = 'booked' AND ledger = 'growth'",
        "I4_adjustments",
    ),
    "done by nobody": ("DELETE FROM audit_entry WHERE action = 'adjustment.request'", "I17_adjustments"),
    "rejected by nobody": ("DELETE FROM audit_entry WHERE action = 'adjustment.reject'", "I17_adjustments"),
}


@pytest.mark.parametrize("corruption", CORRUPTIONS)
def test_a_corruption_is_named(committed_db: CommittedDatabase, corruption: str) -> None:
    with committed_db.session(), transaction():
        member, manager, boss = make_member(), make_staff("manager"), make_staff("admin")
        ask(member, manager, 10, now=NOON)
        ask(member, manager, 10, ledger="growth", now=NOON)
        ask(member, manager, LIMIT, now=NOON)
        rejected = ask(member, manager, LIMIT, now=NOON)
        adjustments.reject(rejected.public_id, reason="没有凭证", actor=acting(boss), now=NOON)
    assert named(committed_db) == set()
    statement, name = CORRUPTIONS[corruption]
    with psycopg.connect(committed_db.url.replace("+psycopg", ""), autocommit=True) as connection:
        # As an administrator of the database could: without triggers.
        connection.execute("SET session_replication_role = replica")
        connection.execute(statement)
    assert name in named(committed_db)


def named(database: CommittedDatabase) -> set[str]:
    """The broken checks about corrections."""
    with database.session():
        return {one.name for one in verification.check_all() if one.broken and one.name.endswith("adjustments")}
