"""Quotes and what they hold: every coupon explained, the best set proposed, the chosen one promised to its visit alone."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from app import errors as e
from app.actor import Actor
from app.extensions import db
from app.models import CounterVisit, Redemption
from app.services import coupon_holds, coupons, merges
from app.services.clerks import Clerk
from app.services.purchases import BillLine
from app.statements import redeem
from tests.factories.counters import Counter, make_counter, row_of, set_programme
from tests.factories.coupons import at_counter
from tests.factories.ledger import earn
from tests.factories.members import make_member
from tests.factories.staff import make_staff, make_store

GIFT: dict[str, Any] = {"kind": "gift", "value_fen": 700, "goods": "马克杯", "min_spend_fen": None}


@pytest.fixture
def counter(db_session: Session, now: datetime) -> Counter:
    return make_counter()


def test_every_coupon_is_explained_and_the_best_set_proposed(counter: Counter, now: datetime) -> None:
    ten = counter.coupon(value_fen=1_000, min_spend_fen=5_000)
    fifteen = counter.coupon(value_fen=1_500, min_spend_fen=10_000)
    dear = counter.coupon(value_fen=5_000, min_spend_fen=20_000)
    cake = counter.coupon(kind="exchange", value_fen=4_000, goods="点心", categories=["点心"], min_spend_fen=None)
    gift, later = counter.coupon(**GIFT), counter.coupon(start_delay_days=2)
    elsewhere = counter.coupon(stores=[make_store()])
    make_counter().coupon()
    lines = [BillLine(amount_fen=6_000, sku="T", category="茶"), BillLine(amount_fen=4_000, sku="C", category="点心")]
    quote = counter.quote(lines=lines)
    told = {one.coupon.id: (one.refusal.code if one.refusal else None, one.saves_fen) for one in quote.explained}
    assert told == {
        ten.id: (None, 1_000),
        fifteen.id: (None, 1_500),
        dear.id: ("minimum_spend_not_met", 0),
        cake.id: (None, 4_000),
        gift.id: (None, 0),
        later.id: ("coupon_not_started", 0),
        elsewhere.id: ("wrong_store", 0),
    }
    # Those that cannot be used here and now come last.
    assert {one.coupon.id for one in quote.explained[-2:]} == {later.id, elsewhere.id}
    assert quote.best.coupons == (cake.public_id, fifteen.public_id)
    assert (quote.best.priced.coupon_fen, quote.best.priced.payable_fen) == (5_500, 4_500)
    assert (quote.chosen, quote.held_until) == (None, None)
    assert {row_of(one).held_visit_id for one in (ten, fifteen, cake)} == {None}
    assert db.session.query(CounterVisit).one().used_at is None


def test_points_that_could_pay(counter: Counter, now: datetime) -> None:
    earn(counter.member.id, 9_000, now=now)
    coupon, jealous = counter.coupon(), counter.coupon(with_points=False)
    quote = counter.quote([coupon], points=1_000)
    assert quote.chosen is not None
    assert (quote.spendable, quote.chosen.most_points.points, quote.chosen.most_points.fen) == (9_000, 4_500, 4_500)
    assert (quote.chosen.priced.points.fen, quote.chosen.priced.payable_fen) == (1_000, 8_000)
    with pytest.raises(e.PointsNotAccepted), db.session.begin_nested():
        counter.quote([jealous], points=1)
    forbidden = counter.quote([jealous])
    assert forbidden.chosen is not None
    assert forbidden.chosen.most_points.points == 0
    with pytest.raises(e.InsufficientPoints), db.session.begin_nested():
        counter.quote([], bill_fen=100_000, points=9_001)


def test_a_quote_holds_what_it_chose_and_the_next_one_moves_the_hold(counter: Counter, now: datetime) -> None:
    first, second = counter.coupon(), counter.coupon(**GIFT)
    visit = counter.visit()
    quote = counter.quote([first], visit=visit)
    assert quote.held_until == now + timedelta(seconds=300)
    assert (row_of(first).held_visit_id, row_of(second).held_visit_id) == (quote.visit.id, None)
    moved = counter.quote([second], visit=visit, now=now + timedelta(seconds=60))
    assert moved.held_until == now + timedelta(seconds=360)
    assert (row_of(first).held_visit_id, row_of(second).held_until) == (None, moved.held_until)
    # None chosen, none held; only explained, nothing changed.
    counter.quote([second], visit=visit)
    counter.quote(visit=visit)
    assert row_of(second).held_visit_id == quote.visit.id
    assert counter.quote([], visit=visit).held_until is None
    assert row_of(second).held_visit_id is None


def test_a_held_coupon_is_nobody_elses_until_the_time_is_over(counter: Counter, now: datetime) -> None:
    coupon = counter.coupon()
    visit, other = counter.visit(), counter.visit()
    held_until = counter.quote([coupon], visit=visit).held_until
    assert held_until is not None
    explained = counter.quote(visit=other).explained
    assert [one.refusal.code for one in explained if one.refusal] == ["coupon_held"]
    for attempt in (counter.quote, counter.settle):
        with pytest.raises(e.CouponHeld) as refused, db.session.begin_nested():
            attempt([coupon], visit=other)
        assert refused.value.data == {"coupon_id": str(coupon.public_id)}
    # To its own visit it is free, and after its time to everybody.
    counter.quote([coupon], visit=other, now=held_until)
    with pytest.raises(e.CouponHeld), db.session.begin_nested():
        counter.settle([coupon], visit=visit, now=held_until)
    counter.settle([coupon], visit=other, now=held_until)
    assert (row_of(coupon).held_visit_id, row_of(coupon).held_until) == (None, None)


def test_settling_frees_what_was_held_and_not_used(counter: Counter) -> None:
    used, spared = counter.coupon(), counter.coupon(**GIFT)
    visit = counter.visit()
    counter.quote([used, spared], visit=visit)
    counter.settle([used], visit=visit)
    assert (row_of(spared).status, row_of(spared).held_visit_id) == ("active", None)


def test_a_hold_ends_with_its_visit(counter: Counter, now: datetime) -> None:
    set_programme(coupon_hold_seconds=3_600)
    assert counter.quote([counter.coupon()]).held_until == now + timedelta(minutes=10)


def test_a_hold_is_released_by_its_clerk(counter: Counter, now: datetime) -> None:
    coupon, visit, other = counter.coupon(), counter.visit(), counter.visit()
    counter.quote([coupon], visit=visit)
    clerk = Clerk(counter.clerk.id, counter.store.id)
    colleague = Clerk(make_staff(at=[counter.store]).id, counter.store.id)
    with pytest.raises(e.NotFound):
        coupon_holds.release(visit, clerk=colleague, now=now)
    assert coupon_holds.release(other, clerk=clerk, now=now) == 0
    assert coupon_holds.release(visit, clerk=clerk, now=now) == 1
    assert coupon_holds.release(visit, clerk=clerk, now=now) == 0
    counter.settle([coupon], visit=other)
    counter.settle(visit=visit)
    with pytest.raises(e.VisitEnded):
        coupon_holds.release(visit, clerk=clerk, now=now)


def test_expiry_waits_for_the_bill_and_no_longer(counter: Counter, now: datetime) -> None:
    coupon = counter.coupon(valid_days=1)
    late = coupon.expires_at - timedelta(seconds=30)
    until = counter.quote([coupon], now=late).held_until
    assert until is not None
    assert coupons.expire_due(now=coupon.expires_at, limit=9) == 0
    # A promise does not make it live longer.
    with pytest.raises(e.CouponExpired), db.session.begin_nested():
        counter.settle([coupon], now=coupon.expires_at)
    assert coupons.expire_due(now=until, limit=9) == 1
    assert (row_of(coupon).status, row_of(coupon).held_visit_id) == ("expired", None)


def test_a_refused_choice_holds_nothing_and_keeps_what_was_held(counter: Counter) -> None:
    held, dear = counter.coupon(), counter.coupon(min_spend_fen=99_999)
    visit = counter.visit()
    counter.quote([held], visit=visit)
    with pytest.raises(e.MinimumSpendNotMet), db.session.begin_nested():
        counter.quote([held, dear], visit=visit)
    assert (row_of(held).held_visit_id is None, row_of(dear).held_visit_id) == (False, None)
    assert db.session.query(Redemption).count() == 0


def test_a_quote_is_for_the_clerk_who_scanned(counter: Counter) -> None:
    visit = counter.visit()
    colleague = at_counter(make_staff(at=[counter.store]), counter.store)
    with pytest.raises(e.NotFound):
        counter.quote(visit=visit, actor=colleague)
    with pytest.raises(e.NotFound):
        counter.quote([], visit=visit, actor=colleague)
    counter.settle(visit=visit)
    with pytest.raises(e.VisitEnded):
        counter.quote(visit=visit)


def test_a_merge_between_quote_and_bill_changes_nothing_at_the_till(counter: Counter, now: datetime) -> None:
    older, newer = sorted((make_member(), counter.member), key=lambda member: member.id)
    counter.member = newer
    coupon, visit = counter.coupon(), counter.visit()
    held_until = counter.quote([coupon], visit=visit).held_until
    merges.lock_accounts(older.id, newer.id)
    locked = merges.lock_members(older.id, newer.id)
    merges.merge(locked[older.id], locked[newer.id], phone=None, reason="test", actor=Actor.system(), now=now)
    db.session.expire_all()
    assert (row_of(coupon).member_id, row_of(coupon).held_until) == (older.id, held_until)
    assert counter.quote([coupon], visit=visit).held_until == held_until
    checkout = counter.settle([coupon], visit=visit)
    assert row_of(coupon).status == "redeemed"
    counter.undo(checkout.public_id)
    assert row_of(coupon).status == "active"


def test_the_use_itself_sees_the_hold_whatever_the_caller_believes(counter: Counter, now: datetime) -> None:
    coupon = counter.coupon()
    quote = counter.quote([coupon])
    values = {"member_id": counter.member.id, "ids": [coupon.id], "now": now}
    assert db.session.execute(redeem.USE_COUPONS, {**values, "visit_id": quote.visit.id + 1}).all() == []
    (used,) = db.session.execute(redeem.USE_COUPONS, {**values, "visit_id": quote.visit.id}).all()
    assert tuple(used) == (coupon.id,)
    db.session.rollback()
