"""litemall #581: sixty-four requests at once for a coupon with a total of one; nine rows were written.

The total was compared with a count read before the insert. Here the copy is taken from a bucket's row under its lock. Who waits
for that row looks again: at a copy that was taken, and at one that came back because its taker failed."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from app.errors import LoyaltyError
from app.transaction import transaction
from tests.concurrency.identity_calls import claim, one
from tests.concurrency.race import assert_verified
from tests.concurrency.waiting import wait_until_somebody_waits
from tests.conftest import CommittedDatabase
from tests.factories.coupons import make_batch
from tests.factories.members import make_member

WAITING = 3


class TillCrashed(Exception):
    """Whatever stops a request after it took the copy."""


@pytest.mark.parametrize(("fails", "expected"), [(False, 0), (True, 1)], ids=["taken", "came_back"])
def test_a_total_of_one_is_one_row(committed_db: CommittedDatabase, fails: bool, expected: int) -> None:
    with committed_db.session(), transaction():
        members = [make_member().id for _ in range(1 + WAITING)]
        batch = make_batch(stock=1).public_id

    def late(member_id: int) -> str:
        with committed_db.session():
            try:
                with transaction():
                    claim(member_id=member_id, batch=batch)
            except LoyaltyError as refusal:
                return refusal.code
        return "ok"

    with ThreadPoolExecutor(WAITING) as pool:
        try:
            with committed_db.session(), transaction():
                claim(member_id=members[0], batch=batch)
                waiting = [pool.submit(late, member_id) for member_id in members[1:]]
                wait_until_somebody_waits(committed_db, many=WAITING)
                if fails:
                    raise TillCrashed
        except TillCrashed:
            pass
        told = sorted(future.result(30) for future in waiting)
    assert told == ["batch_exhausted"] * (WAITING - expected) + ["ok"] * expected
    assert one(committed_db, "SELECT count(*) FROM coupon") == 1
    assert_verified(committed_db)
