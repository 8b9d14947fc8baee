"""Medusa #16012: a campaign's budget was checked, then used; requests in between spent it again.

Here a copy commits the most it can ever cost, all its uses, in the statement that gives it, bucket by bucket. A budget that does
not divide evenly is still spent to its last whole copy, and no fen further."""

from app.transaction import transaction
from tests.concurrency.identity_calls import claim, one
from tests.concurrency.race import Racers, assert_verified, call, tally
from tests.conftest import CommittedDatabase
from tests.factories.coupons import make_batch, make_template
from tests.factories.members import make_member

WORTH_FEN = 3 * 700


def test_a_budget_of_five_and_a_bit_pays_for_five(committed_db: CommittedDatabase, racers: Racers) -> None:
    with committed_db.session(), transaction():
        members = [make_member() for _ in range(24)]
        template = make_template(value_fen=700, min_spend_fen=700, uses=3)
        # So much stock that it lies in many buckets.
        batch = make_batch(template, stock=5_000, budget_fen=6 * WORTH_FEN - 1)
    assert batch.buckets > 1
    calls = [call(claim, member_id=member.id, batch=batch.public_id) for member in members]
    assert tally(racers.run(committed_db, calls)) == {"ok": 5, "budget_exhausted": 19}
    assert one(committed_db, "SELECT sum(value_fen * uses) FROM coupon") == 5 * WORTH_FEN
    assert_verified(committed_db)
