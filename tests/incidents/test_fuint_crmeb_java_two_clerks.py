"""fuint, `useCoupon`, and crmeb_java's orders: both read the coupon's state, then write it as used.

Two clerks who read before either had written both gave the discount. Here the second clerk's look waits for the first one's
transaction, and the state is in the WHERE of the update."""

from concurrent.futures import ThreadPoolExecutor

from app.errors import LoyaltyError
from app.transaction import transaction
from tests.concurrency.coupon_calls import redeem
from tests.concurrency.identity_calls import one
from tests.concurrency.race import assert_verified
from tests.concurrency.waiting import wait_until_somebody_waits
from tests.conftest import CommittedDatabase
from tests.factories.coupons import give_coupon
from tests.factories.members import make_member
from tests.incidents.desk import Desk


def test_the_second_clerk_waits_and_is_told_where_it_was_used(committed_db: CommittedDatabase) -> None:
    with committed_db.session(), transaction():
        member = make_member()
        coupon = give_coupon(member).public_id
        desks = [Desk.make(), Desk.make()]
        scans = [{"visit": desk.visit(member), "actor": desk.actor} for desk in desks]

    def second() -> str | None:
        with committed_db.session():
            try:
                with transaction():
                    redeem(coupon=coupon, **scans[1])  # type: ignore[arg-type]
            except LoyaltyError as refusal:
                return refusal.code
        return None

    with ThreadPoolExecutor(1) as pool:
        with committed_db.session(), transaction():
            redeem(coupon=coupon, **scans[0])  # type: ignore[arg-type]
            waiting = pool.submit(second)
            wait_until_somebody_waits(committed_db)
        assert waiting.result(30) == "already_redeemed"
    assert one(committed_db, "SELECT count(*) FROM redemption") == 1
    assert one(committed_db, "SELECT sum(discount_fen) FROM purchase") == 1_000
    assert one(committed_db, "SELECT count(*) FROM counter_visit WHERE used_at IS NULL") == 1
    assert_verified(committed_db)
