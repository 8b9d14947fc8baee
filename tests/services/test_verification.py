"""`flask verify` is quiet on a healthy ledger and names each seeded corruption."""

from datetime import timedelta

import psycopg
import pytest

from app.extensions import db
from app.services import check_ins, points, purchases, verification
from app.transaction import transaction
from tests.conftest import NOON, CommittedDatabase
from tests.factories import coupons as coupon_factory
from tests.factories.members import make_member
from tests.factories.staff import make_staff, make_store


def broken(committed_db: CommittedDatabase) -> set[str]:
    with committed_db.app.app_context():
        return {finding.name for finding in verification.check_all() if finding.broken}


@pytest.fixture
def lived_in(committed_db: CommittedDatabase) -> CommittedDatabase:
    """A shop with a day behind it: check-in, purchases, a refund, a coupon in use, a spend and its undo."""
    with committed_db.app.app_context(), transaction():
        store = make_store()
        make_staff("clerk", at=[store])
        member = make_member(nickname="小雨")
        check_ins.check_in(member.id, now=NOON)
        for number in ("1", "2"):
            purchases.record(
                member.id,
                store_id=store.id,
                channel="store",
                order_no=number,
                bill_fen=30_000,
                discount_fen=0,
                now=NOON,
            )
        points.spend(member.id, amount=50, source="gift", now=NOON)
        points.reverse(member.id, source="gift", reversal_source="undo", now=NOON)
        coupon_factory.give_coupon(member)
        db.session.flush()
    return committed_db


CORRUPTIONS = {
    "a balance nobody earned": ("UPDATE member_account SET points_balance = points_balance + 7", "I1_points_balance"),
    "points vanished from a lot": (
        "UPDATE points_lot SET remaining = remaining - 1 WHERE remaining > 0",
        "I1_lot_uses",
    ),
    "an entry's amount rewritten": ("UPDATE points_entry SET amount = amount + 1 WHERE seq = 1", "I1_points_sequence"),
    "an entry torn out": ("DELETE FROM points_entry WHERE seq = 5", "I1_points_balance"),
    "growth from nowhere": ("UPDATE member_account SET growth_value = growth_value + 900", "I12_growth_balance"),
    "a tier nobody reached": (
        "UPDATE member_account SET tier_id = (SELECT id FROM tier WHERE code = 'diamond')",
        "I12_tier",
    ),
    "a hole in the tier history": ("DELETE FROM tier_history", "I12_tier_history"),
    "a streak made longer": ("UPDATE check_in SET streak = 99", "I9_check_in_streak"),
    "a check-in that paid nothing": (
        "INSERT INTO check_in SELECT member_id, business_date - 3, 1, 5, checked_in_at FROM check_in",
        "I9_check_in_paid",
    ),
    "more issued than printed copies": ("UPDATE coupon_batch SET issued = issued + 1", "I6_stock"),
    "budget that went nowhere": ("UPDATE coupon_batch SET committed_fen = committed_fen + 1", "I8_budget"),
    "a coupon used without a redemption": (
        "UPDATE coupon SET status = 'redeemed', redeemed_at = issued_at",
        "I5_one_live_redemption",
    ),
    "a refund that kept its points": (
        "UPDATE purchase SET status = 'refunded', refunded_fen = bill_fen - discount_fen WHERE order_no = '1'",
        "I13_refunds",
    ),
    "a member without identity": ("DELETE FROM member_identity", "I15_accounts"),
}


def test_a_healthy_shop_is_clean(lived_in: CommittedDatabase) -> None:
    assert broken(lived_in) == set()


def test_a_refund_of_points_long_expired_is_no_corruption(committed_db: CommittedDatabase) -> None:
    late = NOON + timedelta(days=400)
    with committed_db.app.app_context(), transaction():
        member = make_member()
        bill = purchases.record(
            member.id, store_id=None, channel="store", order_no="1", bill_fen=30_000, discount_fen=0, now=NOON
        )
        check_ins.check_in(member.id, now=late)
        # The expiry tick has not come round yet.
        purchases.refund(bill.id, now=late)
    assert broken(committed_db) == set()


@pytest.mark.parametrize("corruption", CORRUPTIONS)
def test_each_seeded_corruption_is_named(lived_in: CommittedDatabase, corruption: str) -> None:
    statement, expected = CORRUPTIONS[corruption]
    with psycopg.connect(lived_in.url) as connection:
        # Somebody with the database's own keys, past every trigger and foreign key.
        connection.execute("SET session_replication_role = replica")
        connection.execute(statement)
    assert expected in broken(lived_in)


def test_the_command_answers_with_its_exit_code(lived_in: CommittedDatabase) -> None:
    runner = lived_in.app.test_cli_runner()
    assert runner.invoke(args=["verify"]).exit_code == 0
    with psycopg.connect(lived_in.url) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute("UPDATE member_account SET points_balance = points_balance + 7")
    answer = runner.invoke(args=["verify", "--json"])
    assert answer.exit_code == 1
    assert '"ok": false' in answer.output
