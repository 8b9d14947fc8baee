"""ACIDRain (2017): twelve shop systems, twenty-two attacks: requests that met between two statements of one another.

Transactions were missing or too weak. Here a use of a coupon is stopped before each of its statements in turn while a second
clerk tries the same coupon: whoever gets there first, one bill has the discount."""

import threading
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from sqlalchemy import event

from app.errors import LoyaltyError
from app.extensions import db
from app.transaction import transaction
from tests.concurrency.coupon_calls import redeem
from tests.concurrency.identity_calls import one
from tests.concurrency.race import assert_verified
from tests.concurrency.waiting import is_somebody_waiting
from tests.conftest import CommittedDatabase
from tests.factories.coupons import give_coupon
from tests.factories.members import make_member
from tests.incidents.desk import Desk

PATIENCE_SECONDS = 60.0
# More than a bill has statements: the last rounds are not stopped any more.
MOST_STATEMENTS = 80


class Gate:
    """Stops one thread before its nth statement until told to go on."""

    def __init__(self, nth: int) -> None:
        self.nth, self.seen, self.thread = nth, 0, -1
        self.reached, self.go_on = threading.Event(), threading.Event()

    def before_statement(self, *_: Any) -> None:
        if threading.get_ident() != self.thread:
            return
        self.seen += 1
        if self.seen == self.nth:
            self.reached.set()
            assert self.go_on.wait(PATIENCE_SECONDS)


def use(database: CommittedDatabase, gate: Gate | None, values: dict[str, Any]) -> str:
    with database.session():
        if gate is not None:
            gate.thread = threading.get_ident()
        try:
            with transaction():
                redeem(**values)
        except LoyaltyError as refusal:
            return refusal.code
        finally:
            if gate is not None:
                gate.reached.set()
    return "ok"


def test_between_any_two_statements_there_is_room_for_nobody(committed_db: CommittedDatabase) -> None:
    with committed_db.session():
        engine = db.engine
    stopped = 0
    with ThreadPoolExecutor(2) as pool:
        for nth in range(1, MOST_STATEMENTS):
            gate = Gate(nth)
            event.listen(engine, "before_cursor_execute", gate.before_statement)
            with committed_db.session(), transaction():
                member, desks = make_member(), [Desk.make(), Desk.make()]
                coupon = give_coupon(member).public_id
                bills = [{"visit": desk.visit(member), "actor": desk.actor, "coupon": coupon} for desk in desks]
            first = pool.submit(use, committed_db, gate, bills[0])
            assert gate.reached.wait(PATIENCE_SECONDS)
            second = pool.submit(use, committed_db, None, bills[1])
            wait_until_done_or_queued(committed_db, second)
            gate.go_on.set()
            told = [first.result(PATIENCE_SECONDS), second.result(PATIENCE_SECONDS)]
            event.remove(engine, "before_cursor_execute", gate.before_statement)
            assert sorted(told) == ["already_redeemed", "ok"], (nth, told)
            if gate.seen < nth:
                break
            stopped += 1
    assert 5 < stopped < MOST_STATEMENTS - 1
    assert one(committed_db, "SELECT count(*) FROM redemption") == stopped + 1
    assert one(committed_db, "SELECT sum(discount_fen) FROM purchase") == (stopped + 1) * 1_000
    assert_verified(committed_db)


def wait_until_done_or_queued(database: CommittedDatabase, second: Future[str]) -> None:
    """The second clerk has an answer, or waits for the first."""
    while not second.done() and not is_somebody_waiting(database):
        threading.Event().wait(0.005)
