"""`flask verify` on exchanges and automations: quiet after every way they can go, loud at each seeded corruption."""

import psycopg

from app.actor import Actor
from app.models import Member
from app.services import coupon_exchanges, merges, points, purchases, verification
from app.statements.verify.coupon_automations import CHECKS
from app.transaction import transaction
from jobs.give_owed_coupons import give_owed_coupons
from tests.conftest import NOON, CommittedDatabase
from tests.factories.coupons import make_batch
from tests.factories.members import make_member
from tests.factories.staff import make_staff
from tests.services.test_coupon_automations import automate, buy


def live(database: CommittedDatabase) -> None:
    """Welcomes, vouchers of bills kept and given back, exchanges kept and returned, before and after a merge."""
    with database.app.app_context():
        with transaction():
            automate("joined")
            automate("purchase")
        with transaction():
            first, second, third = make_member(), make_member(), make_member()
            refunded, _ = buy(second), buy(third)
            exchange(second, "a")
            exchange(third, "b")
        give_owed_coupons(now=NOON)
        with transaction():
            merges.lock_accounts(first.id, second.id)
            found = merges.lock_members(first.id, second.id)
            merges.merge(found[first.id], found[second.id], phone=None, reason="test", actor=Actor.system(), now=NOON)
        with transaction():
            purchases.refund(refunded.id, now=NOON)
            boss = Actor(kind="staff", id=make_staff("manager").id, role="manager")
            for row in coupon_exchanges.list_exchanges(after=None, limit=9).items[1:]:
                coupon_exchanges.take_back(row.exchange.public_id, reason="mistake", actor=boss, now=NOON)


def exchange(member: Member, key: str) -> None:
    points.earn(member.id, amount=100, source="gift", now=NOON)
    batch = make_batch(how="exchange", points_price=60)
    coupon_exchanges.exchange(member.id, batch_public_id=batch.public_id, points_price=60, key=key, now=NOON)


def broken(database: CommittedDatabase) -> set[str]:
    with database.app.app_context():
        return {finding.name for finding in verification.check_all() if finding.broken}


def test_what_was_lived_is_clean(committed_db: CommittedDatabase) -> None:
    live(committed_db)
    assert broken(committed_db) == set()


CORRUPTIONS = {
    "another price": ("I4_exchange", "UPDATE coupon_exchange SET points = 59"),
    "returned, the coupon kept": (
        "I4_exchange",
        "UPDATE coupon SET status = 'active' WHERE (member_id, id) IN"
        " (SELECT member_id, coupon_id FROM coupon_exchange WHERE state = 'returned')",
    ),
    "said to be returned": (
        "I4_exchange",
        "UPDATE coupon_exchange SET state = 'returned', returned_at = now(), return_reason = 'x',"
        " returned_by_id = (SELECT max(id) FROM staff) WHERE state = 'done'",
    ),
    "points back, the exchange not": (
        "I4_exchange",
        "UPDATE coupon_exchange SET state = 'done', returned_at = NULL, return_reason = NULL, returned_by_id = NULL",
    ),
    "had for nothing": ("I4_exchange_paid", "DELETE FROM coupon_exchange WHERE state = 'done'"),
    "said to be given": (
        "I4_owed",
        "UPDATE coupon SET source = 'x' WHERE source LIKE 'auto:%:joined' AND status = 'active'",
    ),
    "taken back in words alone": (
        "I4_owed",
        "UPDATE coupon SET status = 'active' WHERE source LIKE 'auto:%:purchase:%' AND status = 'revoked'",
    ),
}


def test_each_corruption_is_found(committed_db: CommittedDatabase) -> None:
    live(committed_db)
    with psycopg.connect(committed_db.url) as owner:
        for name, (check, statement) in CORRUPTIONS.items():
            assert owner.execute(CHECKS[check][1].encode()).fetchall() == []
            assert owner.execute(statement.encode()).rowcount, name
            assert owner.execute(CHECKS[check][1].encode()).fetchall(), name
            owner.rollback()
