"""A clerk gives a coupon to who stands in front of them: within the day's limit, never to themself, the visit stays open."""

import uuid
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import errors as e
from app.actor import Actor
from app.models import AuditEntry, CouponBatch, Member, Programme, Staff, StaffCounter, Store
from app.services import clerk_issues, coupon_batch_figures, coupon_batches, merges, visits
from app.services.clerk_issues import Issued
from app.services.clerks import Clerk
from tests.conftest import NOON
from tests.factories.coupons import at_counter, make_batch, open_visit
from tests.factories.members import make_member
from tests.factories.staff import make_staff, make_store


class Counter:
    """A clerk at a store, and a batch they may give."""

    def __init__(self) -> None:
        self.store: Store = make_store()
        self.clerk: Staff = make_staff("clerk", at=[self.store])
        self.actor: Actor = at_counter(self.clerk, self.store)
        self.batch: CouponBatch = make_batch(how="issue", clerk_can_issue=True, per_member_limit=5)

    def visit(self, member: Member) -> uuid.UUID:
        return open_visit(member, clerk=self.clerk, store=self.store).public_id

    def gives(self, visit: uuid.UUID, *, key: str = "k", batch: CouponBatch | None = None, minutes: int = 0) -> Issued:
        return clerk_issues.issue(
            visit_public_id=visit,
            batch_public_id=(batch or self.batch).public_id,
            note="等候太久",
            key=key,
            actor=self.actor,
            now=NOON + timedelta(minutes=minutes),
        )


@pytest.fixture
def counter(db_session: Session) -> Counter:
    db_session.get_one(Programme, 1).clerk_issues_per_day = 2
    return Counter()


def test_the_member_has_it_and_the_visit_is_still_good_for_the_bill(db_session: Session, counter: Counter) -> None:
    member = make_member()
    visit = counter.visit(member)
    given = counter.gives(visit)
    assert (given.coupon.status, given.coupon.is_new, given.left_today) == ("active", True, 1)
    told = db_session.scalars(select(AuditEntry).where(AuditEntry.action == "coupon.issue")).one()
    assert (told.actor_id, told.store_id, told.details["note"]) == (counter.clerk.id, counter.store.id, "等候太久")
    used = visits.use(visit, staff=Clerk(counter.clerk.id, counter.store.id), now=NOON)
    assert used.member_id == member.id


def test_a_repeat_gives_and_counts_once(db_session: Session, counter: Counter) -> None:
    visit = counter.visit(make_member())
    first, again = counter.gives(visit), counter.gives(visit)
    assert (again.coupon.id, again.coupon.is_new, again.left_today) == (first.coupon.id, False, 1)
    assert db_session.scalars(select(StaffCounter.used)).all() == [1]


def test_the_day_has_a_limit(db_session: Session, counter: Counter) -> None:
    for number in range(2):
        counter.gives(counter.visit(make_member()), key=str(number))
    visit = counter.visit(make_member())
    with pytest.raises(e.StaffLimitReached) as refused, db_session.begin_nested():
        counter.gives(visit, key="third")
    assert refused.value.data == {"limit": "coupons_issued", "cap": 2}
    assert coupon_batch_figures.tell(counter.batch).issued == 2
    assert clerk_issues.left_today(counter.actor, now=NOON) == 0
    assert clerk_issues.left_today(counter.actor, now=NOON + timedelta(days=1)) == 2


def test_only_what_clerks_may_give(db_session: Session, counter: Counter) -> None:
    visit = counter.visit(make_member())
    with pytest.raises(e.BatchNotOpen) as refused:
        counter.gives(visit, batch=make_batch(how="issue"))
    assert refused.value.data == {"how": "issue", "reason": "not_for_clerks"}
    with pytest.raises(e.InvalidInput):
        make_batch(how="claim", clerk_can_issue=True)
    with pytest.raises(e.InvalidInput):
        coupon_batches.change(make_batch().public_id, clerk_can_issue=True, actor=Actor.system(), now=NOON)
    assert [printed.batch.id for printed in clerk_issues.list_batches(now=NOON)] == [counter.batch.id]
    coupon_batches.change(counter.batch.public_id, clerk_can_issue=False, actor=Actor.system(), now=NOON)
    assert clerk_issues.list_batches(now=NOON) == []
    with pytest.raises(e.BatchNotOpen):
        counter.gives(visit)


def test_only_in_a_visit_of_ones_own_that_is_open(db_session: Session, counter: Counter) -> None:
    other = Counter()
    member = make_member()
    with pytest.raises(e.NotFound):
        counter.gives(other.visit(member))
    visit = counter.visit(member)
    with pytest.raises(e.VisitEnded):
        counter.gives(visit, minutes=10)
    visits.use(visit, staff=Clerk(counter.clerk.id, counter.store.id), now=NOON)
    with pytest.raises(e.VisitEnded):
        counter.gives(visit)


def test_never_to_oneself(db_session: Session, counter: Counter) -> None:
    member = make_member()
    visit = counter.visit(member)
    counter.clerk.member_id = member.id
    db_session.flush()
    with pytest.raises(e.SelfService):
        counter.gives(visit)
    assert db_session.scalars(select(StaffCounter)).all() == []


def test_a_member_merged_since_the_scan_is_the_one_who_stays(db_session: Session, counter: Counter) -> None:
    kept, leaving = make_member(), make_member()
    visit = counter.visit(leaving)
    merges.lock_accounts(kept.id, leaving.id)
    found = merges.lock_members(kept.id, leaving.id)
    merges.merge(found[kept.id], found[leaving.id], phone=None, reason="test", actor=Actor.system(), now=NOON)
    given = counter.gives(visit)
    assert given.coupon.is_new
    again = counter.gives(counter.visit(kept))
    assert again.coupon.id == given.coupon.id
