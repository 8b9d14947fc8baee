"""Gifts to friends: promised, taken back, accepted once; while promised, nobody else's."""

import itertools
import uuid
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.actor import Actor
from app.errors import (
    CouponExpired,
    CouponHeld,
    CouponNotTransferable,
    CouponNotUsable,
    NotFound,
    TransferEnded,
    TransferOpen,
    TransferToOneself,
)
from app.extensions import db
from app.gateways import vault as vaults
from app.models import Coupon, CouponBucket, CouponTransfer, Member
from app.services import coupon_transfers, coupons, merges, redemptions
from app.services.wallet import HeldCoupon
from app.statements.verify import QUERIES
from app.statements.verify import coupon_codes as code_checks
from app.statements.verify import coupons as coupon_checks
from tests.conftest import NOON
from tests.factories.codes import share
from tests.factories.coupons import at_counter, give_coupon, make_batch, make_template, open_visit
from tests.factories.members import make_member
from tests.factories.staff import make_staff, make_store

LATER = NOON + timedelta(hours=24)


def gift(member: Member, **terms: object) -> HeldCoupon:
    return give_coupon(member, **{"transferable": True, **terms})  # type: ignore[arg-type]


def accept(member: Member, token: str, now: datetime = NOON) -> HeldCoupon:
    return coupon_transfers.accept(member.id, token_hash=vaults.token_hash(token), now=now)


def offered(session: Session) -> CouponTransfer:
    query = select(CouponTransfer).order_by(CouponTransfer.id.desc()).limit(1)
    return session.scalars(query.execution_options(populate_existing=True)).one()


def redeem(member: Member, coupon: uuid.UUID, now: datetime = NOON) -> None:
    store = make_store()
    clerk = make_staff(at=[store])
    visit = open_visit(member, clerk=clerk, store=store, now=now)
    redemptions.redeem(
        visit_public_id=visit.public_id,
        coupon_public_id=coupon,
        bill_fen=8000,
        order_no=None,
        actor=at_counter(clerk, store),
        now=now,
    )


def assert_sound() -> None:
    """The checks of coupons, inside the test's own transaction."""
    db.session.flush()
    checked = coupon_checks.CHECKS | code_checks.CHECKS
    broken = {name: db.session.execute(QUERIES[name]).all() for name in checked}
    assert {name: found for name, found in broken.items() if found} == {}


def test_a_friend_gets_a_copy_and_the_giver_has_none(db_session: Session) -> None:
    giver, friend = make_member(), make_member()
    batch = make_batch(make_template(transferable=True, life_limit=1), stock=3)
    mine = give_coupon(giver, batch=batch)
    token = share(giver, mine.public_id)
    got = accept(friend, token, NOON + timedelta(hours=1))
    rows = {row.member_id: row for row in db_session.scalars(select(Coupon).execution_options(populate_existing=True))}
    given, copy = rows[giver.id], rows[friend.id]
    assert (given.status, given.held_until, copy.status) == ("given", None, "active")
    assert (copy.slot, copy.day_slot, copy.life_slot) == (None, None, None)
    assert (copy.batch_id, copy.bucket_no, copy.value_fen) == (given.batch_id, given.bucket_no, given.value_fen)
    assert (copy.usable_from, copy.expires_at) == (given.usable_from, given.expires_at)
    assert (got.public_id, got.status) == (copy.public_id, "active")
    transfer = offered(db_session)
    assert copy.source == f"transfer:{transfer.id}"
    assert (transfer.state, transfer.to_member_id, transfer.to_coupon_id) == ("accepted", friend.id, copy.id)
    # No copy more is out: the stock and the budget know of one.
    assert db_session.scalar(select(func.sum(CouponBucket.issued))) == 1
    assert_sound()
    redeem(friend, got.public_id)
    with pytest.raises(CouponNotUsable):
        redeem(giver, mine.public_id)


def test_the_same_friend_twice_is_one_gift_and_another_is_too_late(db_session: Session) -> None:
    giver, friend = make_member(), make_member()
    token = share(giver, gift(giver).public_id)
    first = accept(friend, token)
    assert accept(friend, token).public_id == first.public_id
    with pytest.raises(TransferEnded) as caught:
        accept(make_member(), token)
    assert caught.value.data == {"state": "accepted"}
    with pytest.raises(NotFound):
        accept(friend, vaults.new_token())
    assert_sound()


def test_nobody_gives_to_themselves(db_session: Session) -> None:
    giver = make_member()
    token = share(giver, gift(giver).public_id)
    with pytest.raises(TransferToOneself):
        accept(giver, token)
    assert offered(db_session).state == "open"


def test_taken_back_it_is_the_givers_alone(db_session: Session) -> None:
    giver, friend = make_member(), make_member()
    mine = gift(giver)
    token = share(giver, mine.public_id)
    transfer = offered(db_session).public_id
    with pytest.raises(NotFound):
        coupon_transfers.revoke(friend.id, public_id=transfer, now=NOON)
    for _ in range(2):
        seen = coupon_transfers.revoke(giver.id, public_id=transfer, now=NOON)
        assert (seen.state, seen.ended_at) == ("revoked", NOON)
    with pytest.raises(TransferEnded):
        accept(friend, token)
    second = share(giver, mine.public_id)
    accept(friend, second)
    with pytest.raises(TransferEnded):
        coupon_transfers.revoke(giver.id, public_id=offered(db_session).public_id, now=NOON)
    with pytest.raises(NotFound):
        coupon_transfers.revoke(friend.id, public_id=offered(db_session).public_id, now=NOON)
    assert_sound()


def test_while_promised_it_can_neither_be_used_nor_promised_again(db_session: Session) -> None:
    giver = make_member()
    mine = gift(giver)
    share(giver, mine.public_id)
    with pytest.raises(CouponHeld):
        redeem(giver, mine.public_id)
    with pytest.raises(TransferOpen) as caught:
        share(giver, mine.public_id)
    assert caught.value.data == {"expires_at": LATER}


def test_a_day_later_it_is_free_without_any_job(db_session: Session) -> None:
    giver, friend = make_member(), make_member()
    mine = gift(giver)
    token = share(giver, mine.public_id)
    with pytest.raises(TransferEnded) as caught:
        accept(friend, token, LATER)
    assert caught.value.data == {"state": "expired"}
    (seen,) = coupon_transfers.list_mine(giver.id, after=None, limit=9, now=LATER).items
    assert (seen.state, seen.ended_at) == ("expired", LATER)
    with pytest.raises(TransferEnded):
        coupon_transfers.revoke(giver.id, public_id=seen.public_id, now=LATER)
    hashed = vaults.token_hash(vaults.new_token())
    coupon_transfers.offer(giver.id, coupon=mine.public_id, token_hash=hashed, now=LATER)
    states = db_session.scalars(select(CouponTransfer.state).order_by(CouponTransfer.id)).all()
    assert states == ["expired", "open"]
    redeem(giver, mine.public_id, LATER + timedelta(hours=24))


def test_the_tick_ends_what_nobody_accepted_early_late_or_twice(db_session: Session) -> None:
    giver = make_member()
    share(giver, gift(giver).public_id)
    assert coupon_transfers.expire_due(now=LATER - timedelta(seconds=1), limit=10) == 0
    assert coupon_transfers.expire_due(now=LATER + timedelta(days=3), limit=10) == 1
    assert coupon_transfers.expire_due(now=LATER + timedelta(days=3), limit=10) == 0
    transfer = offered(db_session)
    assert (transfer.state, transfer.ended_at) == ("expired", LATER)


def test_a_promise_never_outlives_the_coupon(db_session: Session) -> None:
    giver, friend = make_member(), make_member()
    mine = gift(giver, valid_days=1)
    almost = mine.expires_at - timedelta(hours=1)
    token = vaults.new_token()
    seen = coupon_transfers.offer(giver.id, coupon=mine.public_id, token_hash=vaults.token_hash(token), now=almost)
    assert seen.expires_at == mine.expires_at
    assert coupons.expire_due(now=mine.expires_at, limit=10) == 1
    with pytest.raises(TransferEnded):
        accept(friend, token, mine.expires_at)
    with pytest.raises(CouponExpired):
        coupon_transfers.offer(giver.id, coupon=mine.public_id, token_hash=b"x" * 32, now=mine.expires_at)


def test_what_cannot_be_given(db_session: Session) -> None:
    giver = make_member()
    with pytest.raises(CouponNotTransferable) as caught:
        share(giver, give_coupon(giver).public_id)
    assert caught.value.data == {"reason": "terms"}
    several = gift(giver, uses=3)
    redeem(giver, several.public_id)
    with pytest.raises(CouponNotTransferable) as caught:
        share(giver, several.public_id)
    assert caught.value.data == {"reason": "used"}
    used = gift(giver)
    redeem(giver, used.public_id)
    with pytest.raises(CouponNotUsable):
        share(giver, used.public_id)
    with pytest.raises(NotFound):
        share(make_member(), used.public_id)


def test_a_counter_that_holds_it_comes_first(db_session: Session) -> None:
    giver, store = make_member(), make_store()
    mine = gift(giver)
    visit = open_visit(giver, clerk=make_staff(at=[store]), store=store)
    coupon = db_session.scalars(select(Coupon).where(Coupon.id == mine.id)).one()
    coupon.held_visit_id, coupon.held_until = visit.id, NOON + timedelta(minutes=5)
    with pytest.raises(CouponHeld):
        share(giver, mine.public_id)


def test_each_copy_is_passed_on_once(db_session: Session) -> None:
    people = [make_member() for _ in range(4)]
    held = gift(people[0])
    for giver, friend in itertools.pairwise(people):
        held = accept(friend, share(giver, held.public_id))
    back = share(people[3], held.public_id)
    first_again = accept(people[0], back)
    assert first_again.status == "active"
    states = db_session.scalars(select(Coupon.status).order_by(Coupon.id)).all()
    assert states == ["given"] * 4 + ["active"]
    assert_sound()


def test_giver_and_friend_may_become_one(db_session: Session) -> None:
    giver, friend = make_member(), make_member()
    accept(friend, share(giver, gift(giver).public_id))
    token = share(friend, gift(friend).public_id)
    merges.lock_accounts(giver.id, friend.id)
    kept = merges.merge(giver, friend, phone=None, reason="phone", actor=Actor.system(), now=NOON)
    db_session.expire_all()
    assert_sound()
    with pytest.raises(TransferToOneself):
        accept(kept, token)
    accept(make_member(), token)
    assert {
        row.state for row in db_session.scalars(select(CouponTransfer).execution_options(populate_existing=True))
    } == {"accepted"}
    assert_sound()
