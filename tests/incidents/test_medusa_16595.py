"""Medusa #16595: using a promotion took a lock, `revertUsage` did not. Undos at once lost updates of the counter of uses.

Here an undo holds the member's account like a use, finds its own redemption by name, and the counter moves by one in the same
statement: uses had are always the redemptions that stand."""

from app.transaction import transaction
from tests.concurrency.coupon_calls import EARNED, redeem, undo
from tests.concurrency.identity_calls import one
from tests.concurrency.race import Racers, assert_verified, call, tally
from tests.conftest import CommittedDatabase
from tests.factories.coupons import give_coupon
from tests.factories.members import make_member
from tests.incidents.desk import Desk

USES = 6


def test_undos_of_one_coupon_among_its_uses_lose_none(committed_db: CommittedDatabase, racers: Racers) -> None:
    with committed_db.session(), transaction():
        member = make_member()
        coupon = give_coupon(member, uses=USES).public_id
        desks = [Desk.make(), Desk.make()]
        scans = [{"visit": desk.visit(member), "actor": desk.actor} for desk in desks * USES]
    first, later = scans[:USES], scans[USES:]
    done = racers.run(committed_db, [call(redeem, coupon=coupon, **scan) for scan in first])
    assert tally(done) == {"ok": USES}
    calls = [call(undo, redemption=one.value, actor=scan["actor"]) for one, scan in zip(done, first, strict=True)]
    calls += [call(redeem, coupon=coupon, **scan) for scan in later]
    # Each undo came twice: the field's clients retry.
    outcomes = racers.run(committed_db, [*calls, *calls[:USES]])
    counted = tally(outcomes)
    again = counted["ok"] - USES
    assert counted["already_reversed"] == USES
    assert again + counted.get("already_redeemed", 0) == len(later)
    assert one(committed_db, "SELECT used FROM coupon") == again
    assert one(committed_db, "SELECT count(*) FROM redemption WHERE reversed_at IS NULL") == again
    balance = one(committed_db, "SELECT points_balance - points_owed FROM member_account")
    assert balance == again * EARNED
    assert_verified(committed_db)
