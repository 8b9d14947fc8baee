"""Points for a coupon: both or neither, once; and both undone, once (S5)."""

import uuid
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app import errors as e
from app.actor import Actor
from app.models import AuditEntry, Coupon, CouponBatch, CouponExchange, CouponTemplate, Member, PointsEntry, PointsLot
from app.services import coupon_batch_figures, coupon_batches, coupon_exchanges, coupons, merges, points, wallet
from app.services.coupon_exchanges import Receipt
from tests.conftest import NOON
from tests.factories.coupons import make_batch, make_template, open_visit
from tests.factories.members import make_member
from tests.factories.staff import make_staff, make_store

PRICE = 100


def shop(*, price: int = PRICE, template: CouponTemplate | None = None, limit: int = 5) -> CouponBatch:
    return make_batch(template, how="exchange", points_price=price, per_member_limit=limit)


def rich(amount: int = 250, *, expiry: str = "30D") -> Member:
    member = make_member()
    points.earn(member.id, amount=amount, source="gift", now=NOON, expiry=expiry)
    return member


def take(member: Member, batch: CouponBatch, *, price: int = PRICE, key: str = "k") -> Receipt:
    return coupon_exchanges.exchange(member.id, batch_public_id=batch.public_id, points_price=price, key=key, now=NOON)


def manager(member_id: int | None = None) -> Actor:
    person = make_staff("manager", member_id=member_id)
    return Actor(kind="staff", id=person.id, role="manager")


def give_back(receipt: Receipt, *, actor: Actor | None = None, days: int = 0) -> CouponExchange:
    return coupon_exchanges.take_back(
        receipt.exchange.public_id, reason="点错了", actor=actor or manager(), now=NOON + timedelta(days=days)
    )


def of(session: Session, member: Member) -> tuple[int, int]:
    """(spendable points, coupons)."""
    held = session.scalar(select(func.count()).select_from(Coupon).where(Coupon.member_id == member.id))
    return points.spendable(member.id, now=NOON), held or 0


def test_points_go_and_the_coupon_comes(db_session: Session) -> None:
    member, batch = rich(), shop()
    done = take(member, batch)
    assert (done.is_new, done.spendable, done.coupon.status) == (True, 150, "active")
    assert (done.exchange.points, done.exchange.state) == (PRICE, "done")
    entry = db_session.get_one(PointsEntry, (member.id, done.exchange.entry_id))
    assert (entry.kind, entry.amount) == ("spend", PRICE)
    assert of(db_session, member) == (150, 1)


def test_the_same_intention_takes_once_and_another_takes_again(db_session: Session) -> None:
    member, batch = rich(), shop()
    first, again = take(member, batch), take(member, batch)
    assert (again.is_new, again.exchange.id, again.coupon.id) == (False, first.exchange.id, first.coupon.id)
    assert of(db_session, member) == (150, 1)
    take(member, batch, key="other")
    assert of(db_session, member) == (50, 2)


def test_too_few_points_and_nothing_happens(db_session: Session) -> None:
    member, batch = rich(99), shop()
    with pytest.raises(e.InsufficientPoints) as refused, db_session.begin_nested():
        take(member, batch)
    assert refused.value.data == {"available": 99, "requested": 100}
    assert of(db_session, member) == (99, 0)
    assert coupon_batch_figures.tell(batch).issued == 0


@pytest.mark.parametrize(
    ("price", "wanted"),
    [(99, e.PriceChanged), (101, e.PriceChanged)],
)
def test_the_price_must_be_the_one_shown(db_session: Session, price: int, wanted: type[Exception]) -> None:
    member, batch = rich(), shop()
    with pytest.raises(wanted) as refused:
        take(member, batch, price=price)
    assert getattr(refused.value, "data", None) == {"points_price": PRICE, "told": price}
    assert of(db_session, member) == (250, 0)


def test_what_keeps_from_a_claim_keeps_from_an_exchange(db_session: Session) -> None:
    member = rich(1000)
    with pytest.raises(e.BatchNotOpen):
        take(member, make_batch())
    with pytest.raises(e.NotFound):
        coupon_exchanges.exchange(member.id, batch_public_id=uuid.uuid4(), points_price=1, key="k", now=NOON)
    once = shop(limit=1)
    take(member, once)
    with pytest.raises(e.ClaimLimitReached), db_session.begin_nested():
        take(member, once, key="other")
    paused = shop()
    coupon_batches.change(paused.public_id, status="paused", actor=Actor.system(), now=NOON)
    with pytest.raises(e.BatchNotOpen), db_session.begin_nested():
        take(member, paused)
    # A claim cannot have for nothing what costs points.
    with pytest.raises(e.BatchNotOpen), db_session.begin_nested():
        coupons.claim(member.id, batch_public_id=shop().public_id, now=NOON)
    assert of(db_session, member) == (900, 1)


def test_a_return_gives_the_points_back_with_the_expiry_they_had(db_session: Session) -> None:
    member = rich(60, expiry="10D")
    points.earn(member.id, amount=60, source="later", now=NOON, expiry="90D")
    before = lots(db_session, member)
    done = take(member, shop())
    assert lots(db_session, member) != before
    returned = give_back(done, days=1)
    assert (returned.state, returned.return_reason) == ("returned", "点错了")
    assert lots(db_session, member) == before
    assert wallet.get(member.id, public_id=done.coupon.public_id, now=NOON).status == "revoked"
    audited = db_session.scalars(select(AuditEntry).where(AuditEntry.action == "coupon_exchange.return")).one()
    assert (audited.object_id, audited.details["points"]) == (returned.id, PRICE)


def lots(session: Session, member: Member) -> list[tuple[int, object]]:
    query = select(PointsLot.remaining, PointsLot.expires_at).where(PointsLot.member_id == member.id)
    return [tuple(row) for row in session.execute(query.order_by(PointsLot.id))]  # type: ignore[misc]


def test_a_return_is_once(db_session: Session) -> None:
    member = rich()
    done = take(member, shop())
    boss = manager()
    give_back(done, actor=boss)
    assert give_back(done, actor=boss).state == "returned"
    assert points.spendable(member.id, now=NOON) == 250
    reversals = select(func.count()).select_from(PointsEntry).where(PointsEntry.kind == "reverse")
    assert db_session.scalar(reversals) == 1
    audits = select(func.count()).select_from(AuditEntry).where(AuditEntry.action == "coupon_exchange.return")
    assert db_session.scalar(audits) == 1


def used(coupon: Coupon) -> None:
    coupon.used = 1


def passed_on(coupon: Coupon) -> None:
    coupon.status = "given"


def at_a_counter(coupon: Coupon) -> None:
    store = make_store()
    member = make_member()
    visit = open_visit(member, clerk=make_staff("clerk", at=[store]), store=store)
    coupon.held_visit_id, coupon.held_until = visit.id, NOON + timedelta(minutes=5)


@pytest.mark.parametrize(
    ("happen", "days", "refusal"),
    [
        (used, 0, e.CouponNotUsable),
        (passed_on, 0, e.CouponNotUsable),
        (at_a_counter, 0, e.CouponHeld),
        (lambda _coupon: None, 31, e.CouponExpired),
    ],
)
def test_only_an_unused_coupon_is_returned(
    db_session: Session, happen: Callable[[Coupon], None], days: int, refusal: type[e.LoyaltyError]
) -> None:
    member = rich()
    done = take(member, shop(template=make_template(uses=3)))
    happen(db_session.get_one(Coupon, (member.id, done.coupon.id)))
    db_session.flush()
    with pytest.raises(refusal):
        give_back(done, days=days)
    assert points.spendable(member.id, now=NOON) == 150


def test_nobody_returns_their_own(db_session: Session) -> None:
    member = rich()
    done = take(member, shop())
    with pytest.raises(e.SelfService):
        give_back(done, actor=manager(member.id))
    with pytest.raises(e.NotFound):
        coupon_exchanges.take_back(uuid.uuid4(), reason="x", actor=manager(), now=NOON)


def test_after_a_merge_the_one_who_stays_gets_the_points(db_session: Session) -> None:
    kept, leaving = make_member(), rich()
    done = take(leaving, shop())
    merges.lock_accounts(kept.id, leaving.id)
    found = merges.lock_members(kept.id, leaving.id)
    merges.merge(found[kept.id], found[leaving.id], phone=None, reason="test", actor=Actor.system(), now=NOON)
    assert of(db_session, kept) == (150, 1)
    row = coupon_exchanges.list_exchanges(after=None, limit=5, member_public_id=kept.public_id).items[0]
    assert (row.exchange.id, row.exchange.paid_by_id) == (done.exchange.id, leaving.id)
    give_back(done)
    assert points.spendable(kept.id, now=NOON) == 250
