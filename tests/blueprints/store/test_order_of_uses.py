"""What a bill uses is written down in the order it was applied, whatever the planner thinks of."""

import psycopg
from sqlalchemy import text

from app.extensions import db
from app.models import Member
from app.transaction import transaction
from tests.blueprints.store.test_quick_checkout import GIFT
from tests.blueprints.store.twin_tills import open_tills
from tests.conftest import Clock, CommittedDatabase
from tests.factories.coupons import give_coupon, make_batch


def test_uses_are_written_down_in_the_order_they_were_applied(
    committed_db: CommittedDatabase, standing_clock: Clock
) -> None:
    (till,) = open_tills(committed_db, GIFT, {})
    with committed_db.session(), transaction():
        member, more = db.session.get_one(Member, till.ids["member"]), make_batch(per_member_limit=40)
        for _ in range(40):
            give_coupon(member, batch=more)
    with psycopg.connect(committed_db.url, autocommit=True) as owner:
        # A planner that knows of them reads the coupons first.
        owner.execute("ANALYZE")
    assert till.settle(till.quick).status_code == 201
    with committed_db.session() as session:
        # Lists of uses go by instant and key, and the instant is one.
        assert list(session.scalars(text("SELECT seq FROM redemption ORDER BY id"))) == [1, 2]
