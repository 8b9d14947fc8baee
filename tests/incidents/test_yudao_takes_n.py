"""yudao: the guard asks `taken < total`, then adds N. The last look before the end passes, and N go out.

Here every copy is counted by itself against the bucket it comes from: whoever takes several at once takes as many as there are,
and one command takes all or none."""

from datetime import datetime
from typing import Any

import pytest
from sqlalchemy.orm import Session

from app import errors as e
from app.actor import Actor
from app.services import coupon_batch_figures, coupons
from app.transaction import transaction
from tests.concurrency.coupon_calls import issue
from tests.concurrency.identity_calls import one
from tests.concurrency.race import Racers, assert_verified, call, tally
from tests.conftest import CommittedDatabase
from tests.factories.coupons import make_batch, make_template
from tests.factories.members import make_member


@pytest.mark.parametrize("bounds", [{"stock": 3}, {"stock": 100, "budget_fen": 3_999}], ids=["stock", "budget"])
def test_five_at_once_of_three_left_are_three(db_session: Session, now: datetime, bounds: dict[str, Any]) -> None:
    member = make_member()
    batch = make_batch(make_template(value_fen=1_000), how="issue", per_member_limit=5, **bounds)
    given = 0
    for n in range(5):
        try:
            coupons.issue(member.id, batch_id=batch.id, source=f"issue:{n}", now=now, actor=Actor.system())
            given += 1
        except (e.BatchExhausted, e.BudgetExhausted):
            continue
    printed = coupon_batch_figures.tell(batch)
    assert (given, printed.issued, printed.committed_fen, printed.stock_left) == (3, 3, 3_000, 0)


def test_commands_of_six_on_a_stock_of_eight(committed_db: CommittedDatabase, racers: Racers) -> None:
    with committed_db.session(), transaction():
        members = [make_member() for _ in range(8)]
        batch = make_batch(how="issue", stock=8, per_member_limit=6)
    sources = [f"issue:{n}" for n in range(6)]
    calls = [call(issue, member_id=member.id, batch_id=batch.id, sources=sources) for member in members]
    assert tally(racers.run(committed_db, calls)) == {"ok": 1, "batch_exhausted": 7}
    assert one(committed_db, "SELECT count(*) FROM coupon") == 6
    assert_verified(committed_db)
