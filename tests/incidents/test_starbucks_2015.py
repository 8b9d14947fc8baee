"""Starbucks, 2015: a gift card's 15 dollars became 20 by moving them from two sessions at once.

The transfer read, checked and wrote. Here a coupon given to a friend is promised by its giver's row, once: two sessions that
share it at once have one link, of two friends with that link one has the coupon, and the shop owes what it owed before."""

from itertools import cycle, islice

from app.transaction import transaction
from tests.concurrency.coupon_calls import accept, offer, redeem
from tests.concurrency.identity_calls import one
from tests.concurrency.race import Racers, assert_verified, call, tally
from tests.conftest import CommittedDatabase
from tests.factories.coupons import give_coupon, make_batch, make_template
from tests.factories.members import make_member
from tests.incidents.desk import Desk

SESSIONS = 4
OWED = "SELECT sum(value_fen * (uses - used)) FROM coupon WHERE status IN ('active', 'redeemed')"


def test_one_coupon_moved_from_several_sessions_is_one_coupon(committed_db: CommittedDatabase, racers: Racers) -> None:
    with committed_db.session(), transaction():
        giver, friends, desk = make_member(), [make_member() for _ in range(2)], Desk.make()
        batch = make_batch(make_template(transferable=True))
        coupon = give_coupon(giver, batch=batch).public_id
        scan = {"visit": desk.visit(giver), "actor": desk.actor}
    shared = racers.run(committed_db, [call(offer, member_id=giver.id, coupon=coupon)] * SESSIONS)
    assert tally(shared) == {"ok": 1, "transfer_open": SESSIONS - 1}
    (token,) = [outcome.value for outcome in shared if outcome.ok]
    calls = [call(accept, member_id=friend.id, token=token) for friend in islice(cycle(friends), SESSIONS)]
    # And the giver, at a till meanwhile.
    outcomes = racers.run(committed_db, [*calls, call(redeem, coupon=coupon, **scan)])
    assert not outcomes[-1].ok
    # The friend who has it may have asked twice.
    assert tally(outcomes[:-1]) == {"ok": SESSIONS // 2, "transfer_ended": SESSIONS // 2}
    assert one(committed_db, OWED) == 1_000
    assert one(committed_db, "SELECT count(*) FROM coupon WHERE status = 'active'") == 1
    assert_verified(committed_db)
