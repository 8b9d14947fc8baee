"""fuint, `receiveCoupon`: counts what a member has, then inserts, and inserts as many as the client's `num` says.

A thousand coupons went for one price. Here a claim has no number to trust: one request is one copy, and each copy stands in a
slot of the member's limit that no other copy can take."""

import uuid
from datetime import datetime

from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from app.models import Coupon
from app.transaction import transaction
from tests.concurrency.identity_calls import claim, one
from tests.concurrency.race import Racers, assert_verified, call, tally
from tests.conftest import CommittedDatabase
from tests.factories.coupons import make_batch
from tests.factories.members import make_member, sign_in


def test_a_number_in_the_request_buys_nothing(client: FlaskClient, db_session: Session, now: datetime) -> None:
    member, batch = make_member(), make_batch(stock=5_000, per_member_limit=3)
    url = f"/api/mini/v1/coupon-batches/{batch.public_id}/claims"
    for wanted in ({"num": 1000}, {"count": 1000, "couponNum": 1000}):
        headers = {**sign_in(member), "Idempotency-Key": str(uuid.uuid4())}
        client.post(f"{url}?num=1000", json=wanted, headers=headers)
    # A copy for each request, whatever it said of numbers.
    assert db_session.query(Coupon).count() == 2


def test_counting_first_lets_nobody_through(committed_db: CommittedDatabase, racers: Racers) -> None:
    with committed_db.session(), transaction():
        members = [make_member() for _ in range(4)]
        batch = make_batch(stock=1_000, per_member_limit=2)
    calls = [call(claim, member_id=member.id, batch=batch.public_id) for member in members * 8]
    assert tally(racers.run(committed_db, calls)) == {"ok": 8, "claim_limit_reached": 24}
    most = "SELECT max(n) FROM (SELECT count(*) AS n FROM coupon GROUP BY member_id) each"
    assert one(committed_db, most) == 2
    assert_verified(committed_db)
