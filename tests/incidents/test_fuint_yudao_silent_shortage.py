"""fuint and yudao: when the points are short, the method returns quietly, and the coupon or discount is given all the same.

Here a shortage is an error that ends the transaction: what was to be had for the points goes with it, and never a part of the
points is taken for the whole of the thing."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from app.actor import Actor
from app.errors import HoldTooLarge, InsufficientPoints
from app.models import PointsHold
from app.services import coupons, points
from app.transaction import transaction
from tests.concurrency.identity_calls import one
from tests.concurrency.race import assert_verified
from tests.conftest import NOON, CommittedDatabase
from tests.factories.coupons import make_batch
from tests.factories.members import make_member
from tests.incidents.desk import standing


@pytest.mark.parametrize("price", [100, 1_000_000])
def test_a_coupon_for_points_that_are_not_there_is_not_given(committed_db: CommittedDatabase, price: int) -> None:
    with committed_db.session(), transaction():
        member_id = make_member().id
        points.earn(member_id, amount=99, source="gift", now=NOON)
        batch = make_batch(how="issue")
    with committed_db.session(), pytest.raises(InsufficientPoints) as refused, transaction():
        coupons.issue(member_id, batch_id=batch.id, source="exchange:1", now=NOON, actor=Actor.system())
        points.spend(member_id, amount=price, source="exchange:1", now=NOON)
    assert refused.value.data == {"requested": price, "available": 99}
    assert one(committed_db, "SELECT count(*) FROM coupon") == 0
    assert one(committed_db, "SELECT sum(issued) FROM coupon_bucket") == 0
    assert one(committed_db, "SELECT points_balance FROM member_account WHERE member_id = :id", id=member_id) == 99
    assert_verified(committed_db)


def test_a_bill_promised_too_many_points_is_promised_none(db_session: Session) -> None:
    member = make_member()
    points.earn(member.id, amount=99, source="gift", now=NOON)
    until = NOON + timedelta(minutes=5)
    with pytest.raises(InsufficientPoints):
        points.hold(member.id, amount=100, source="till:1", expires_at=until, now=NOON)
    assert db_session.query(PointsHold).count() == 0
    held = points.hold(member.id, amount=60, source="till:2", expires_at=until, now=NOON)
    # What is promised to one bill is short for the next.
    with pytest.raises(InsufficientPoints):
        points.spend(member.id, amount=40, source="gift:2", now=NOON)
    with pytest.raises(HoldTooLarge):
        points.capture(held.public_id, source="bill:2", amount=61, now=NOON)
    assert standing(member) == (99, 0, 0)
