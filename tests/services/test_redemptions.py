"""Redeeming and undoing, one caller at a time: every refusal names its reason and leaves everything as it was."""

import uuid
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from app import errors as e
from app.actor import Actor
from app.extensions import db
from app.models import AuditEntry, CounterVisit, Member, MemberAccount, Purchase, Redemption, Staff, Store
from app.services import coupons, merges, points, redemptions, wallet
from app.services.wallet import HeldCoupon
from tests.factories.coupons import at_counter, give_coupon, make_batch, make_template, open_visit
from tests.factories.members import make_member
from tests.factories.staff import make_staff, make_store


@dataclass
class Counter:
    """One store, one clerk, one member."""

    store: Store
    clerk: Staff
    member: Member

    def visit(self, now: datetime) -> uuid.UUID:
        return open_visit(self.member, clerk=self.clerk, store=self.store, now=now).public_id

    def redeem(self, coupon: HeldCoupon, *, now: datetime, **changes: Any) -> uuid.UUID:
        asked: dict[str, Any] = {"bill_fen": 8000, "order_no": None, "actor": at_counter(self.clerk, self.store)}
        visit = changes.pop("visit", None) or self.visit(now)
        redemption = redemptions.redeem(
            visit_public_id=visit, coupon_public_id=coupon.public_id, now=now, **(asked | changes)
        )
        return redemption.public_id

    def reverse(self, redemption: uuid.UUID, *, now: datetime, actor: Actor | None = None) -> None:
        redemptions.reverse(redemption, reason="点错了", actor=actor or at_counter(self.clerk, self.store), now=now)


@pytest.fixture
def counter(db_session: Session) -> Counter:
    store = make_store()
    return Counter(store, make_staff(at=[store]), make_member())


def standing(member: Member) -> tuple[int, int]:
    """(points, growth)."""
    account = db.session.get_one(MemberAccount, member.id, populate_existing=True)
    return account.points_balance, account.growth_value


def test_redeeming_takes_the_coupon_and_pays_points_on_what_was_paid(counter: Counter, now: datetime) -> None:
    coupon = give_coupon(counter.member)
    public_id = counter.redeem(coupon, now=now, order_no="K-1")
    held = wallet.get(counter.member.id, public_id=coupon.public_id, now=now)
    assert (held.status, held.redeemed_at, held.redeemed_store) == ("redeemed", now, counter.store.name)
    assert standing(counter.member) == (70, 70)
    (told,) = redemptions.list_of_day(
        counter.store.id,
        on=date(2026, 11, 20),
        after=None,
        limit=5,
    ).items
    assert told.redemption.public_id == public_id
    assert (told.order_no, told.redemption.discount_fen, told.coupon_name) == ("K-1", 1000, coupon.name)
    assert told.checkout.undo_until == now + timedelta(minutes=15)


@pytest.mark.parametrize(
    ("terms", "at", "error"),
    [
        ({"min_spend_fen": 8001}, {}, e.MinimumSpendNotMet),
        ({"stores": "other"}, {}, e.WrongStore),
        ({"valid_days": 1}, {"days": 3}, e.CouponExpired),
        ({}, {"seconds": -1}, e.CouponNotStarted),
        ({"owner": "other"}, {}, e.NotFound),
    ],
    ids=["minimum", "store", "expired", "not_started", "foreign"],
)
def test_a_refusal_names_the_reason(
    counter: Counter,
    now: datetime,
    terms: dict[str, Any],
    at: dict[str, float],
    error: type[e.LoyaltyError],
) -> None:
    owner = make_member() if terms.pop("owner", None) else counter.member
    if terms.get("stores"):
        terms["stores"] = [make_store()]
    coupon = give_coupon(owner, **terms)
    when = now + timedelta(**at)
    visit = counter.visit(when)
    with pytest.raises(error) as refused, db.session.begin_nested():
        counter.redeem(coupon, now=when, visit=visit)
    if error is e.NotFound:
        assert refused.value.data == {"kind": "coupon"}
    assert standing(counter.member) == (0, 0)
    # The visit is still good for the right coupon.
    right = give_coupon(counter.member, now=when)
    counter.redeem(right, now=when, visit=visit)


def test_a_used_coupon_says_when_and_where(counter: Counter, now: datetime) -> None:
    coupon = give_coupon(counter.member)
    counter.redeem(coupon, now=now)
    with pytest.raises(e.AlreadyRedeemed) as refused:
        counter.redeem(coupon, now=now + timedelta(minutes=1))
    assert refused.value.data == {
        "redeemed_at": now,
        "store": counter.store.name,
        "clerk": counter.clerk.display_name,
        "coupon_id": str(coupon.public_id),
    }


def test_a_visit_is_used_once_and_only_by_its_clerk(counter: Counter, now: datetime) -> None:
    batch = make_batch(per_member_limit=3)
    first, second = (give_coupon(counter.member, batch=batch) for _ in range(2))
    visit = counter.visit(now)
    colleague = make_staff(at=[counter.store])
    with pytest.raises(e.NotFound):
        counter.redeem(first, now=now, visit=visit, actor=at_counter(colleague, counter.store))
    counter.redeem(first, now=now, visit=visit)
    with pytest.raises(e.VisitEnded):
        counter.redeem(second, now=now, visit=visit)
    with pytest.raises(e.NotFound):
        counter.redeem(second, now=now, visit=uuid.uuid4())


def test_an_order_pays_with_one_coupon(counter: Counter, now: datetime) -> None:
    batch = make_batch(per_member_limit=3)
    first, second = (give_coupon(counter.member, batch=batch) for _ in range(2))
    redemption = counter.redeem(first, now=now, order_no="K-7")
    with pytest.raises(e.OrderNumberReused), db.session.begin_nested():
        counter.redeem(second, now=now, order_no="K-7")
    with pytest.raises(e.OrderNumberReused), db.session.begin_nested():
        counter.redeem(second, now=now, order_no="K-7", bill_fen=9000)
    # Undone, the same order may be rung up again.
    counter.reverse(redemption, now=now)
    counter.redeem(second, now=now, order_no="K-7")
    assert standing(counter.member) == (70, 70)


def test_an_undo_gives_back_the_coupon_and_takes_back_what_was_earned(counter: Counter, now: datetime) -> None:
    coupon = give_coupon(counter.member)
    redemption = counter.redeem(coupon, now=now)
    counter.reverse(redemption, now=now + timedelta(minutes=14))
    assert wallet.get(counter.member.id, public_id=coupon.public_id, now=now).status == "active"
    assert standing(counter.member) == (0, 0)
    with pytest.raises(e.AlreadyReversed):
        counter.reverse(redemption, now=now + timedelta(minutes=14))
    # And it can be used again: history keeps both.
    counter.redeem(coupon, now=now + timedelta(minutes=15))
    assert standing(counter.member) == (70, 70)
    audited = db.session.query(AuditEntry).filter_by(object_kind="checkout").order_by(AuditEntry.id)
    actions = [entry.action for entry in audited]
    assert actions == ["checkout.create", "checkout.reverse", "checkout.create"]


def test_undoing_after_the_points_were_spent_leaves_a_debt(counter: Counter, now: datetime) -> None:
    redemption = counter.redeem(give_coupon(counter.member), now=now)
    points.spend(counter.member.id, amount=50, source="test", now=now)
    counter.reverse(redemption, now=now)
    account = db.session.get_one(MemberAccount, counter.member.id, populate_existing=True)
    assert (account.points_balance, account.points_owed) == (0, 50)


def test_a_coupon_that_expired_meanwhile_comes_back_expired(counter: Counter, now: datetime) -> None:
    coupon = give_coupon(counter.member, valid_days=1)
    late = coupon.expires_at - timedelta(minutes=1)
    redemption = counter.redeem(coupon, now=late)
    counter.reverse(redemption, now=late + timedelta(minutes=5))
    (told,) = [redemptions.tell(row.id) for row in db.session.query(Redemption)]
    assert told.coupon_status == "expired"


def test_who_may_undo_and_until_when(counter: Counter, now: datetime) -> None:
    redemption = counter.redeem(give_coupon(counter.member), now=now)
    colleague = at_counter(make_staff(at=[counter.store]), counter.store)
    elsewhere = make_store()
    stranger = at_counter(make_staff("manager", at=[elsewhere]), elsewhere)
    manager = at_counter(make_staff("manager", at=[counter.store]), counter.store)
    with pytest.raises(e.NotAllowed):
        counter.reverse(redemption, now=now, actor=colleague)
    with pytest.raises(e.NotFound):
        counter.reverse(redemption, now=now, actor=stranger)
    with pytest.raises(e.UndoWindowPassed) as refused:
        counter.reverse(redemption, now=now + timedelta(minutes=15))
    assert refused.value.data == {"undo_until": now + timedelta(minutes=15)}
    counter.reverse(redemption, now=now + timedelta(days=2), actor=manager)
    assert standing(counter.member) == (0, 0)


def test_an_undo_after_a_merge_finds_the_kept_member(counter: Counter, now: datetime) -> None:
    older = make_member()
    newer = counter.member
    older, newer = (older, newer) if older.id < newer.id else (newer, older)
    counter.member = newer
    coupon = give_coupon(newer)
    redemption = counter.redeem(coupon, now=now)
    merges.lock_accounts(older.id, newer.id)
    locked = merges.lock_members(older.id, newer.id)
    merges.merge(locked[older.id], locked[newer.id], phone=None, reason="test", actor=Actor.system(), now=now)
    db.session.expire_all()
    counter.reverse(redemption, now=now)
    assert wallet.get(older.id, public_id=coupon.public_id, now=now).status == "active"
    assert standing(older) == (0, 0)


def test_nothing_is_used_up_by_a_refusal(counter: Counter, now: datetime) -> None:
    coupon = give_coupon(counter.member)
    visit = counter.visit(now)
    with pytest.raises(e.MinimumSpendNotMet), db.session.begin_nested():
        counter.redeem(coupon, now=now, visit=visit, bill_fen=1)
    assert db.session.query(CounterVisit).one().used_at is None
    assert db.session.query(Purchase).count() == 0
    assert coupons.expire_due(now=now, limit=1) == 0


def test_only_a_person_at_a_counter_may(counter: Counter, now: datetime) -> None:
    coupon = give_coupon(counter.member, batch=make_batch(make_template()))
    with pytest.raises(e.NotAllowed):
        counter.redeem(coupon, now=now, actor=Actor(kind="staff", id=counter.clerk.id, role="clerk"))
