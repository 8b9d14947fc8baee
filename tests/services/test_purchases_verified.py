"""`flask verify` is quiet about purchases of every fate and names each thing done to them behind the services' back."""

from datetime import timedelta

import psycopg
import pytest

from app.services import points, points_expiry, purchases, verification
from app.services.purchases import Buyer
from app.statements.verify.purchases import CHECKS
from app.transaction import transaction
from tests.conftest import NOON, CommittedDatabase
from tests.factories.earning import make_purchase, make_rule
from tests.factories.members import make_counter_member, make_member, seal
from tests.services.test_merges import merge

LATE = NOON + timedelta(days=400)


@pytest.fixture
def lived_in(committed_db: CommittedDatabase) -> CommittedDatabase:
    """Bills paid, waiting, claimed, refunded in part and whole, voided, merged, refunded after their points expired."""
    with committed_db.session():
        with transaction():
            make_rule("double", kind="multiplier", factor_bp=20_000, expiry="30D")
            older, newer = make_counter_member(phone="13900139000"), make_member()
            bills = [make_purchase(newer, order_no=f"A-{n}", paid_fen=9_990) for n in range(5)]
            make_purchase(None, order_no="W-1", buyer=Buyer(external_id="nobody"))
            waiting = make_purchase(None, order_no="W-2", buyer=Buyer(phone_index=seal("13800138000").index))
            purchases.refund(waiting.id, amount_fen=3_333, refund_no="R1", now=NOON)
            make_counter_member(phone="13800138000")
            purchases.refund(bills[0].id, amount_fen=3_333, refund_no="R1", now=NOON)
            purchases.refund(bills[1].id, now=NOON)
            purchases.void(bills[2].id, now=NOON)
            points.spend(newer.id, amount=100, source="gift", now=NOON)
        with transaction():
            merge(older, newer)
            points_expiry.expire_due(now=LATE, limit=100)
        with transaction():
            purchases.refund(bills[0].id, refund_no="R2", now=LATE)
            purchases.refund(bills[3].id, amount_fen=5_000, refund_no="R1", now=LATE)
    return committed_db


def broken(database: CommittedDatabase) -> set[str]:
    with database.session():
        return {finding.name for finding in verification.check_all() if finding.broken} & CHECKS.keys()


def test_bills_of_every_fate_are_clean(lived_in: CommittedDatabase) -> None:
    assert broken(lived_in) == set()


CORRUPTIONS = [
    ("INSERT INTO earning SELECT * FROM other_member_twin", "I4_one_event_one_entry"),
    ("DELETE FROM points_entry WHERE kind = 'earn'", "I4_earnings_booked"),
    ("DELETE FROM growth_entry WHERE kind = 'earn'", "I4_earnings_booked"),
    ("UPDATE earning SET amount = amount + 1", "I4_earnings_booked"),
    ("DELETE FROM earning", "I4_entries_explained"),
    ("UPDATE purchase SET status = 'waiting', member_id = NULL WHERE order_no = 'A-4'", "I4_earnings_of_purchases"),
    ("UPDATE earning SET taken_back = taken_back - 1 WHERE taken_back > 0", "I13_refunds"),
    ("UPDATE purchase SET refunded_fen = 5000 WHERE order_no = 'A-4'", "I13_refunds"),
    ("UPDATE earning SET taken_back = 0 WHERE taken_back = amount", "I13_refunds_booked"),
    ("DELETE FROM points_entry WHERE source LIKE 'void:%'", "I13_refunds_booked"),
    ("UPDATE purchase_line SET amount_fen = amount_fen - 1 WHERE purchase_id = 1", "I13_purchase_sums"),
    ("DELETE FROM purchase_line WHERE purchase_id = 1", "I13_purchase_sums"),
    ("DELETE FROM purchase_refund", "I13_purchase_sums"),
]
TWIN = """
    CREATE TEMPORARY TABLE other_member_twin AS SELECT * FROM earning WHERE source LIKE 'purchase:%' LIMIT 1;
    UPDATE other_member_twin SET id = 1000000, member_id = (
        SELECT max(member_id) FROM member_account WHERE member_id <> other_member_twin.member_id)
"""


def test_each_corruption_is_named(lived_in: CommittedDatabase) -> None:
    # Behind every trigger and foreign key; one after the other, each undone before the next.
    with psycopg.connect(lived_in.url) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute(TWIN)
        for statement, expected in CORRUPTIONS:
            with connection.transaction(force_rollback=True):
                connection.execute(statement)
                rows = connection.execute(f"SELECT FROM ({CHECKS[expected][1]}) AS broken LIMIT 1").fetchall()
                assert rows, statement
