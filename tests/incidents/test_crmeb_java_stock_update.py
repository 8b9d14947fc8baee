"""crmeb_java: the update of the stock was guarded, but nobody looked whether it had changed a row.

When the guard refused, the coupon was given all the same. Here taking from the stock and giving are one statement: a guard that
fails while a claim waits for it leaves no coupon, even when the caller swallows the refusal and commits."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from app.errors import LoyaltyError
from app.transaction import transaction
from tests.concurrency.coupon_calls import change
from tests.concurrency.identity_calls import claim, one
from tests.concurrency.race import assert_verified
from tests.concurrency.waiting import wait_until_somebody_waits
from tests.conftest import CommittedDatabase
from tests.factories.coupons import give_coupon, make_batch
from tests.factories.members import make_member


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"status": "paused"}, "batch_not_open"),
        ({"status": "closed"}, "batch_not_open"),
        ({"stock": 1}, "batch_exhausted"),
        ({"budget_fen": 1_999}, "budget_exhausted"),
    ],
)
def test_a_guard_that_fails_meanwhile_gives_nothing(
    committed_db: CommittedDatabase, changed: dict[str, Any], code: str
) -> None:
    with committed_db.session(), transaction():
        batch = make_batch(stock=10)
        give_coupon(make_member(), batch=batch)
        member_id = make_member().id

    def swallowing() -> str | None:
        with committed_db.session(), transaction():
            try:
                claim(member_id=member_id, batch=batch.public_id)
            except LoyaltyError as refusal:
                return refusal.code
        return None

    with ThreadPoolExecutor(1) as pool:
        with committed_db.session(), transaction():
            change(batch=batch.public_id, **changed)
            waiting = pool.submit(swallowing)
            wait_until_somebody_waits(committed_db)
        assert waiting.result(30) == code
    assert one(committed_db, "SELECT count(*) FROM coupon") == 1
    assert one(committed_db, "SELECT sum(issued) FROM coupon_bucket") == 1
    assert_verified(committed_db)
