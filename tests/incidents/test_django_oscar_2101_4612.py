"""django-oscar #2101 (2016) and again #4612 (2026): a voucher's uses were checked in one step and counted in another.

Vouchers went over their limit, and the counter showed about half of what had been redeemed. Here parallel uses of a coupon
with several uses take a number each: as many succeed as there are numbers, and the counter is what was redeemed."""

from app.transaction import transaction
from tests.concurrency.coupon_calls import redeem
from tests.concurrency.identity_calls import one
from tests.concurrency.race import Racers, assert_verified, call, tally
from tests.conftest import CommittedDatabase
from tests.factories.coupons import give_coupon
from tests.factories.members import make_member
from tests.incidents.desk import Desk

USES, TRIES = 10, 16


def test_parallel_uses_take_a_number_each(committed_db: CommittedDatabase, racers: Racers) -> None:
    with committed_db.session(), transaction():
        member = make_member()
        coupon = give_coupon(member, uses=USES).public_id
        desks = [Desk.make(), Desk.make()]
        scans = [{"visit": desk.visit(member), "actor": desk.actor} for desk in desks * (TRIES // 2)]
    outcomes = racers.run(committed_db, [call(redeem, coupon=coupon, **scan) for scan in scans])
    assert tally(outcomes) == {"ok": USES, "already_redeemed": TRIES - USES}
    assert one(committed_db, "SELECT used FROM coupon") == USES
    numbers = one(committed_db, "SELECT array_agg(use_no ORDER BY use_no) FROM redemption")
    assert numbers == list(range(1, USES + 1))
    assert_verified(committed_db)
