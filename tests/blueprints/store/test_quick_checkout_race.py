"""Bills answered before the application at one instant: nobody waits there, nothing is done twice or past a limit."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from werkzeug.test import EnvironBuilder, TestResponse

from app.services import checkouts
from blueprints import quick_answers
from tests.blueprints.store.twin_tills import PATH, Till, open_tills, refused_alike, written
from tests.concurrency.race import assert_verified
from tests.concurrency.waiting import wait_until_somebody_waits
from tests.conftest import Clock, CommittedDatabase

PATIENCE_SECONDS = 60


def test_it_does_not_wait_for_whoever_holds_the_account(committed_db: CommittedDatabase, standing_clock: Clock) -> None:
    (till,) = open_tills(committed_db, {})
    headers = {**till.headers, "Idempotency-Key": "k"}
    asked = EnvironBuilder(PATH, method="POST", json=till.bill, headers=[*headers.items()])
    before = written(till)
    with psycopg.connect(till.database.url) as somebody:
        somebody.execute("SELECT 1 FROM member_account WHERE member_id = %s FOR UPDATE", (till.ids["member"],))
        # The server's own patience, which is the longest a wait can be, ends with an error after five seconds.
        began = time.monotonic()
        assert quick_answers.of(till.database.app).answer(asked.get_environ()) is None
        assert time.monotonic() - began < 2
        somebody.rollback()
    assert (written(till), till.settle(till.quick).status_code) == (before, 201)


def at_once(*calls: Callable[[], TestResponse]) -> list[TestResponse]:
    """All of them at one instant, in threads of their own."""
    start = threading.Barrier(len(calls), timeout=PATIENCE_SECONDS)

    def begin(call: Callable[[], TestResponse]) -> TestResponse:
        start.wait()
        return call()

    with ThreadPoolExecutor(len(calls)) as threads:
        return [one.result(timeout=PATIENCE_SECONDS) for one in [threads.submit(begin, call) for call in calls]]


@pytest.mark.parametrize("other_way", ["quick", "slow"])
def test_a_visit_under_two_keys_at_once_is_settled_once(
    committed_db: CommittedDatabase, standing_clock: Clock, other_way: str
) -> None:
    for one in open_tills(committed_db, {"uses": 3}, many=10):
        answers = at_once(
            lambda one=one: one.settle(one.quick, "k1"),  # type: ignore[misc]
            lambda one=one: one.settle(getattr(one, other_way), "k2"),  # type: ignore[misc]
        )
        told = sorted((answer.status_code, dict(answer.json or {}).get("error", {}).get("code")) for answer in answers)
        assert told == [(201, None), (409, "visit_ended")]
        assert_settled_once(one)
    assert_verified(committed_db)


def test_a_request_twice_at_once_is_done_once(committed_db: CommittedDatabase, standing_clock: Clock) -> None:
    for one in open_tills(committed_db, {"uses": 3}, many=10):
        first, second = at_once(*[lambda one=one: one.settle(one.quick, "k1")] * 2)
        assert (first.status_code, second.status_code, first.data) == (201, 201, second.data)
        assert sum("Idempotency-Replayed" in answer.headers for answer in (first, second)) == 1
        assert_settled_once(one)
    assert_verified(committed_db)


def assert_settled_once(till: Till) -> None:
    rows = written(till)
    once = ("checkout", "redemption", "purchase", "audit_entry", "idempotency_key", "points_entry")
    assert {table: len(rows[table]) for table in once} == dict.fromkeys(once, 1)
    assert [row["used"] for row in rows["coupon"]] == [1]


def test_bills_at_once_keep_to_their_clerks_limit(committed_db: CommittedDatabase, standing_clock: Clock) -> None:
    tills = open_tills(committed_db, {}, many=8, clerks=1)
    tills[0].change("UPDATE programme SET clerk_redeems_per_day = 5")
    answers = at_once(*[lambda one=one: one.settle(one.quick, str(one.ids["visit"])) for one in tills])
    assert sorted(answer.status_code for answer in answers) == [201] * 5 + [422] * 3
    assert tills[0].number("SELECT used FROM staff_counter WHERE kind = 'coupons_redeemed'") == 5
    assert (tills[0].checkouts(), tills[0].number("SELECT sum(used) FROM coupon")) == (5, 5)
    assert_verified(committed_db)


def test_an_order_number_at_once_counts_once(committed_db: CommittedDatabase, standing_clock: Clock) -> None:
    for number, pair in enumerate(zip(*[iter(open_tills(committed_db, many=10))] * 2, strict=True)):
        order = {"order_no": f"K-{number}"}
        answers = at_once(*[lambda one=one: one.settle(one.quick, bill=order) for one in pair])  # noqa: B023
        assert sorted(answer.status_code for answer in answers) == [201, 409]
        assert [len(written(one)["checkout"]) for one in pair].count(1) == 1


def test_an_order_that_somebody_else_tells_meanwhile_is_not_settled_again(
    committed_db: CommittedDatabase, standing_clock: Clock
) -> None:
    till, other = open_tills(committed_db, {}, many=2)
    before = written(till)
    bought = """
        WITH told AS (
            INSERT INTO purchase (public_id, member_id, store_id, channel, order_no, bill_fen, discount_fen, status, occurred_at)
            VALUES (gen_random_uuid(), %(member)s, %(store)s, 'store:' || %(store)s, 'K-1', 9, 0, 'paid', %(now)s) RETURNING id
        )
        INSERT INTO purchase_line (purchase_id, line_no, sku, category, quantity, amount_fen) SELECT id, 1, '', '', 1, 9 FROM told
    """
    with psycopg.connect(committed_db.url) as somebody, ThreadPoolExecutor(1) as thread:
        somebody.execute(bought, {**other.ids, "now": standing_clock.now})
        asked = thread.submit(till.settle, till.quick, bill={"order_no": "K-1"})
        # It looked for the order before that was there, and waits to write it down.
        wait_until_somebody_waits(committed_db)
        somebody.commit()
        answer = asked.result(timeout=PATIENCE_SECONDS)
    assert (answer.status_code, dict(answer.json or {})["error"]["code"]) == (409, "order_number_reused")
    after = written(till)
    assert len(after.pop("redemption_attempt")) == 1
    assert before == {**after, "redemption_attempt": []}


def test_a_coupon_that_could_not_be_used_after_all_stops_the_bill(
    committed_db: CommittedDatabase, standing_clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    (till,) = open_tills(committed_db, {})
    using = checkouts.using
    # As if somebody wrote past the locks.
    monkeypatch.setattr(checkouts, "using", lambda visit, _, **told: using(visit, [], **told))
    assert refused_alike(till)
