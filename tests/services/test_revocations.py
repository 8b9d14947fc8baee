"""Taking coupons back: told first, exactly the active ones, never one in use, and undone within the hour."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app import errors as e
from app.actor import Actor
from app.models import AuditEntry, CounterVisit, Coupon, CouponBatch, Member, Revocation
from app.services import (
    coupon_batch_figures,
    coupon_batches,
    coupons,
    issue_run_work,
    issue_runs,
    merges,
    revocation_previews,
    revocation_work,
    revocations,
    wallet,
)
from tests.conftest import NOON
from tests.factories.coupons import give_coupon, make_batch, open_visit
from tests.factories.issue_runs import issue_batch, make_run, marketer, work
from tests.factories.members import make_member
from tests.factories.staff import make_staff, make_store

MINUTE = timedelta(minutes=1)


def admin() -> Actor:
    return Actor(kind="staff", id=make_staff("admin").id, role="admin")


def advance(row: Revocation, *, now: datetime = NOON, limit: int = 2) -> Revocation:
    """What the tick does with one revocation."""
    while revocation_work.advance(row.id, now=now, limit=limit).has_more:
        pass
    return revocations.lock(row.public_id)


def statuses(session: Session, batch: CouponBatch) -> list[str]:
    """In the order they were given."""
    session.expire_all()
    return list(session.scalars(select(Coupon.status).where(Coupon.batch_id == batch.id).order_by(Coupon.id)))


def hold(session: Session, coupon_id: int, *, member_id: int, until: datetime) -> None:
    """Promise a copy to a visit, as the counter does."""
    store = make_store()
    person = session.get_one(Member, member_id)
    opened = open_visit(person, clerk=make_staff(at=[store]), store=store)
    visit_id = session.scalar(select(CounterVisit.id).where(CounterVisit.public_id == opened.public_id))
    session.execute(update(Coupon).where(Coupon.id == coupon_id).values(held_visit_id=visit_id, held_until=until))


@pytest.mark.parametrize("limit", [1, 2, 50])
def test_a_whole_batch(db_session: Session, now: datetime, limit: int) -> None:
    people = [make_member() for _ in range(5)]
    batch = make_batch(per_member_limit=2)
    given = [give_coupon(person, batch=batch) for person in [*people, people[0]]]
    db_session.execute(
        update(Coupon).where(Coupon.id == given[1].id).values(status="redeemed", used=1, redeemed_at=now)
    )
    db_session.execute(update(Coupon).where(Coupon.id == given[2].id).values(status="given"))
    db_session.execute(
        update(Coupon).where(Coupon.id == given[3].id).values(usable_from=now - 2 * MINUTE, expires_at=now - MINUTE)
    )
    found = revocation_previews.preview(batch, now=now)
    assert (found.active, found.used, found.given, found.expired, found.money_fen) == (3, 1, 1, 1, 3000)
    row = revocations.revoke_batch(batch.public_id, expected=3, tolerance=0, reason="印错了", actor=marketer(), now=now)
    # Paused before anything else, so that nothing new comes while it is worked off.
    assert (batch.status, row.state) == ("paused", "working")
    row = advance(row, limit=limit)
    assert (row.state, row.revoked) == ("done", 3)
    assert statuses(db_session, batch) == ["revoked", "redeemed", "given", "active", "revoked", "revoked"]
    # Slots, stock and money stay taken.
    assert coupon_batch_figures.tell(batch).issued == 6
    coupon_batches.change(batch.public_id, status="active", actor=marketer(), now=now)
    with pytest.raises(e.ClaimLimitReached):
        coupons.claim(people[0].id, batch_public_id=batch.public_id, now=now)
    assert wallet.get(people[0].id, public_id=given[0].public_id, now=now).status == "revoked"
    actions = set(db_session.scalars(select(AuditEntry.action).where(AuditEntry.object_kind == "revocation")))
    assert actions == {"revocation.create", "revocation.finish"}


def test_what_one_run_gave_and_nothing_else(db_session: Session, now: datetime) -> None:
    people = [make_member() for _ in range(4)]
    batch = issue_batch(stock=100, per_member_limit=3)
    coupons.issue(people[0].id, batch_id=batch.id, source="by hand", now=now, actor=Actor.system())
    first = work(make_run(batch))
    second = make_run(batch)
    issue_run_work.advance(second.id, now=now, limit=3)
    row = revocations.revoke_run(second.public_id, expected=3, tolerance=0, reason="发错了", actor=marketer(), now=now)
    # It goes on giving nothing, and the batch stays as it was.
    assert (second.state, batch.status, work(second).given) == ("revoked", "active", 3)
    assert advance(row).revoked == 3
    left = db_session.scalars(select(Coupon.issue_run_id).where(Coupon.status == "active")).all()
    assert sorted(left, key=str) == sorted([None, *[first.id] * 4], key=str)
    revocations.undo(row.public_id, reason="没发错", actor=admin(), now=now)
    assert second.state == "cancelled"


def test_more_than_told_is_refused(db_session: Session, now: datetime) -> None:
    batch = make_batch()
    for _ in range(3):
        give_coupon(make_member(), batch=batch)
    with pytest.raises(e.RevocationGrew) as refused:
        revocations.revoke_batch(batch.public_id, expected=1, tolerance=1, reason="x", actor=marketer(), now=now)
    assert refused.value.data == {"expected": 1, "found": 3}
    row = revocations.revoke_batch(batch.public_id, expected=1, tolerance=2, reason="x", actor=marketer(), now=now)
    with pytest.raises(e.RevocationStateConflict):
        revocations.revoke_batch(batch.public_id, expected=9, tolerance=0, reason="x", actor=marketer(), now=now)
    with pytest.raises(e.BatchBeingRevoked):
        coupon_batches.change(batch.public_id, status="active", actor=marketer(), now=now)
    advance(row)
    coupon_batches.change(batch.public_id, status="active", actor=marketer(), now=now)


@pytest.mark.parametrize("end", ["released", "ran out", "used"])
def test_a_held_copy_waits_for_the_hold(db_session: Session, now: datetime, end: str) -> None:
    person, batch = make_member(), make_batch()
    held, free = give_coupon(person, batch=batch), give_coupon(make_member(), batch=batch)
    hold(db_session, held.id, member_id=person.id, until=now + 5 * MINUTE)
    found = revocation_previews.preview(batch, now=now)
    assert (found.active, found.held) == (2, 1)
    row = revocations.revoke_batch(batch.public_id, expected=2, tolerance=0, reason="x", actor=marketer(), now=now)
    assert (advance(row).state, row.revoked) == ("working", 1)
    assert statuses(db_session, batch) == ["active", "revoked"]
    assert (advance(row, now=now + MINUTE).state, row.revoked) == ("working", 1)
    if end == "used":
        used = {"status": "redeemed", "used": 1, "redeemed_at": now, "held_visit_id": None, "held_until": None}
        db_session.execute(update(Coupon).where(Coupon.id == held.id).values(**used))
    elif end == "released":
        db_session.execute(update(Coupon).where(Coupon.id == held.id).values(held_visit_id=None, held_until=None))
    later = now + (6 if end == "ran out" else 2) * MINUTE
    assert advance(row, now=later).state == "done"
    assert row.revoked == (1 if end == "used" else 2)
    assert statuses(db_session, batch) == ["redeemed" if end == "used" else "revoked", "revoked"]
    assert free.status == "active"


def test_one_copy(db_session: Session, now: datetime) -> None:
    person = make_member()
    held, coupon = give_coupon(person), give_coupon(person)
    hold(db_session, held.id, member_id=person.id, until=now + MINUTE)
    with pytest.raises(e.CouponHeld):
        revocations.revoke_one(held.public_id, reason="转卖", actor=marketer(), now=now)
    row = revocations.revoke_one(coupon.public_id, reason="转卖", actor=marketer(), now=now)
    assert (row.scope, row.state, row.revoked) == ("coupon", "done", 1)
    with pytest.raises(e.CouponNotUsable) as refused:
        revocations.revoke_one(coupon.public_id, reason="转卖", actor=marketer(), now=now)
    assert refused.value.data == {"status": "revoked"}
    with pytest.raises(e.CouponExpired):
        revocations.revoke_one(held.public_id, reason="转卖", actor=marketer(), now=now + timedelta(days=90))
    entry = db_session.scalar(select(AuditEntry).where(AuditEntry.action == "coupon.revoke"))
    assert entry is not None and entry.details["reason"] == "转卖"
    row = revocations.undo(row.public_id, reason="误会", actor=admin(), now=now)
    assert (advance(row).state, row.restored) == ("undone", 1)
    assert wallet.get(person.id, public_id=coupon.public_id, now=now).status == "active"


def test_undone_within_the_hour(db_session: Session, now: datetime) -> None:
    people = [make_member() for _ in range(3)]
    batch = make_batch()
    for person in people:
        give_coupon(person, batch=batch)
    row = revocations.revoke_batch(batch.public_id, expected=3, tolerance=0, reason="x", actor=marketer(), now=now)
    # In the middle of the work, and after a merge of what was taken.
    revocation_work.advance(row.id, now=now, limit=2)
    merges.lock_accounts(people[0].id, people[1].id)
    found = merges.lock_members(people[0].id, people[1].id)
    merges.merge(found[people[0].id], found[people[1].id], phone=None, reason="test", actor=Actor.system(), now=now)
    db_session.execute(update(Coupon).where(Coupon.member_id == people[2].id).values(expires_at=now + MINUTE))
    row = advance(row)
    assert row.state == "done"
    with pytest.raises(e.RevocationUndoPassed):
        revocations.undo(row.public_id, reason="x", actor=admin(), now=now + 60 * MINUTE)
    row = revocations.undo(row.public_id, reason="x", actor=admin(), now=now + 59 * MINUTE)
    with pytest.raises(e.RevocationStateConflict):
        revocations.undo(row.public_id, reason="x", actor=admin(), now=now + 59 * MINUTE)
    row = advance(row, now=now + 59 * MINUTE, limit=1)
    assert (row.state, row.restored) == ("undone", 3)
    # Giving back does not lengthen a coupon's life.
    assert statuses(db_session, batch) == ["active", "active", "expired"]
    assert batch.status == "paused"
    assert revocation_work.advance(row.id, now=now, limit=1) == revocation_work.Chunk()


def test_an_undo_lets_go_of_what_waited_for_a_hold(db_session: Session, now: datetime) -> None:
    person, batch = make_member(), make_batch()
    held = give_coupon(person, batch=batch)
    give_coupon(make_member(), batch=batch)
    hold(db_session, held.id, member_id=person.id, until=now + MINUTE)
    row = revocations.revoke_batch(batch.public_id, expected=2, tolerance=0, reason="x", actor=marketer(), now=now)
    advance(row)
    revocations.undo(row.public_id, reason="x", actor=admin(), now=now)
    assert (advance(row).state, row.revoked, row.restored) == ("undone", 1, 1)
    assert advance(row, now=now + 9 * MINUTE).revoked == 1
    assert statuses(db_session, batch) == ["active", "active"]


def test_an_undo_stops_what_is_under_way(db_session: Session, now: datetime) -> None:
    batch = make_batch()
    for _ in range(4):
        give_coupon(make_member(), batch=batch)
    row = revocations.revoke_batch(batch.public_id, expected=4, tolerance=0, reason="x", actor=marketer(), now=now)
    revocation_work.advance(row.id, now=now, limit=1)
    revocations.undo(row.public_id, reason="x", actor=admin(), now=now)
    row = advance(row)
    assert (row.state, row.revoked, row.restored) == ("undone", 1, 1)
    assert statuses(db_session, batch) == ["active"] * 4


def test_a_run_that_was_over_is_so_again_after_an_undo(db_session: Session, now: datetime) -> None:
    make_member()
    run = work(make_run(issue_batch(stock=10)))
    assert run.state == "done"
    row = revocations.revoke_run(run.public_id, expected=1, tolerance=0, reason="x", actor=marketer(), now=now)
    assert run.state == "revoked"
    advance(row)
    revocations.undo(row.public_id, reason="x", actor=admin(), now=now)
    assert (run.state, issue_runs.tell(run.public_id).run.given) == ("done", 1)


def test_a_copy_that_moved_behind_the_cursor_is_found(db_session: Session, now: datetime) -> None:
    kept, other, merged, last = (make_member() for _ in range(4))
    batch = make_batch()
    for person in (other, merged, last):
        give_coupon(person, batch=batch)
    row = revocations.revoke_batch(batch.public_id, expected=3, tolerance=0, reason="x", actor=marketer(), now=now)
    revocation_work.advance(row.id, now=now, limit=1)
    merges.lock_accounts(kept.id, merged.id)
    found = merges.lock_members(kept.id, merged.id)
    merges.merge(found[kept.id], found[merged.id], phone=None, reason="test", actor=Actor.system(), now=now)
    assert advance(row, limit=1).revoked == 3
    assert statuses(db_session, batch) == ["revoked"] * 3
