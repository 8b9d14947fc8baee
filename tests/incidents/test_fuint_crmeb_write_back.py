"""fuint, crmeb_java and CRMEB save the whole member as they read it: a check-in can undo the payment beside it.

Here what a coupon's bill earns, a check-in, a claim and an undo of the same member at once are each an entry and a movement by
so much; nobody writes a balance back. The account ends at the sum of its entries."""

from app.transaction import transaction
from tests.concurrency.coupon_calls import EARNED, redeem, undo
from tests.concurrency.identity_calls import buy, check_in, claim, one
from tests.concurrency.race import Racers, assert_verified, call, tally
from tests.conftest import CommittedDatabase
from tests.factories.coupons import give_coupon, make_batch
from tests.factories.members import make_member
from tests.incidents.desk import Desk

# What `buy` earns: ten yuan.
BOUGHT = 10
CHECKED_IN = 5


def test_nothing_at_the_same_instant_is_written_over(committed_db: CommittedDatabase, racers: Racers) -> None:
    with committed_db.session(), transaction():
        member, desk = make_member(), Desk.make()
        coupon = give_coupon(member, uses=9).public_id
        batch = make_batch(per_member_limit=2).public_id
        scans = [{"visit": desk.visit(member), "actor": desk.actor} for _ in range(5)]
    done = racers.run(committed_db, [call(redeem, coupon=coupon, **scan) for scan in scans[:2]])
    calls = [call(undo, redemption=one.value, actor=desk.actor) for one in done]
    calls += [call(redeem, coupon=coupon, **scan) for scan in scans[2:]]
    calls += [call(buy, member_id=member.id, order_no=f"A{n}") for n in range(3)]
    calls += [call(check_in, member_id=member.id), *[call(claim, member_id=member.id, batch=batch)] * 2]
    assert tally(racers.run(committed_db, calls)) == {"ok": len(calls)}
    account = "SELECT points_balance - points_owed FROM member_account"
    assert one(committed_db, account) == 3 * EARNED + 3 * BOUGHT + CHECKED_IN
    assert one(committed_db, "SELECT used FROM coupon WHERE public_id = :id", id=coupon) == 3
    assert_verified(committed_db)
