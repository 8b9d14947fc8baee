"""`flask verify` on growth, ladders and gifts: quiet after every way a tier can move, loud at each seeded corruption (I12)."""

from datetime import timedelta

import psycopg
import pytest

from app.actor import Actor
from app.services import growth, merges, tier_benefits, tiers, verification
from app.transaction import transaction
from jobs.give_tier_gifts import give_tier_gifts
from jobs.review_tiers import review_tiers
from tests.conftest import NOON, CommittedDatabase
from tests.factories.coupons import make_batch
from tests.factories.ladders import put_in_force
from tests.factories.members import make_member

SYSTEM = Actor.system()
YEAR = timedelta(days=366)


def broken(database: CommittedDatabase) -> set[str]:
    with database.app.app_context():
        return {finding.name for finding in verification.check_all() if finding.broken}


def live(database: CommittedDatabase, *, for_life: bool) -> None:
    """Up, back in parts, merged, refunded after the merge, corrected, reviewed, and with gifts."""
    with database.app.app_context():
        with transaction():
            batch = make_batch(how="issue", per_member_limit=9)
            silver = tiers.get_by_code("silver").public_id
            for kind in ("upgrade_gift", "monthly_pack"):
                tier_benefits.put(
                    silver, kind, batch_public_id=batch.public_id, discount_bp=None, actor=SYSTEM, now=NOON
                )
            first, second, third = make_member(), make_member(), make_member()
            growth.add(third.id, amount=1500, source="before", now=NOON, occurred_at=NOON - timedelta(days=500))
        if not for_life:
            with transaction():
                put_in_force(now=NOON)
        with transaction():
            for member in (first, second, third):
                growth.add(member.id, amount=250, source="a", now=NOON)
            growth.take_back(first.id, source="a", reversal_source="r1", upto=10, now=NOON)
        give_tier_gifts(now=NOON)
        later = NOON + timedelta(days=30)
        with transaction():
            merges.merge(first, second, phone=None, reason="test", actor=SYSTEM, now=later)
            growth.take_back(first.id, source="a", reversal_source="r2", upto=100, now=later)
            growth.adjust(third.id, amount=-20, source="adjustment:1", now=later)
        review_tiers(now=NOON + YEAR)


@pytest.mark.parametrize("for_life", [True, False], ids=["for life", "rolling"])
def test_a_ladder_that_was_lived_on_is_clean(committed_db: CommittedDatabase, for_life: bool) -> None:
    live(committed_db, for_life=for_life)
    assert broken(committed_db) == set()


CORRUPTIONS = {
    "growth of the wrong day taken back": (
        "UPDATE growth_entry SET counts_on = counts_on - 1 WHERE kind = 'reverse'",
        "I12_growth_reversals",
    ),
    "more taken back than given": (
        "UPDATE growth_entry SET delta = -9999 WHERE kind = 'reverse'",
        "I12_growth_reversals",
    ),
    "growth lost on the way": (
        "UPDATE growth_entry SET delta = delta + 1 WHERE kind = 'merge' AND delta > 0",
        "I12_growth_merges",
    ),
    "no ladder in force": ("UPDATE ladder SET status = 'retired'", "I12_ladder"),
    "a threshold of its own": ("UPDATE tier SET growth_threshold = 300 WHERE code = 'silver'", "I12_ladder"),
    "a tier the ladder forgot": ("UPDATE ladder SET thresholds = thresholds - 'gold'", "I12_ladder"),
    "below what is earned": (
        "UPDATE member_account SET tier_id = (SELECT id FROM tier WHERE rank = 0), tier_valid_through = NULL",
        "I12_tier_of_period",
    ),
    "a tier without end": ("UPDATE member_account SET tier_valid_through = NULL", "I12_tier_valid_through"),
    "a gift on paper": ("UPDATE coupon SET source = 'elsewhere'", "I12_tier_gifts"),
    "a gift nobody owed": ("UPDATE tier_gift SET state = 'unavailable', reason = 'x'", "I12_tier_gifts"),
}


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_each_corruption_is_named(committed_db: CommittedDatabase, name: str) -> None:
    with committed_db.app.app_context():
        with transaction():
            batch = make_batch(how="issue")
            silver = tiers.get_by_code("silver").public_id
            tier_benefits.put(
                silver, "upgrade_gift", batch_public_id=batch.public_id, discount_bp=None, actor=SYSTEM, now=NOON
            )
            put_in_force(now=NOON)
            kept, gone = make_member(), make_member()
            growth.add(kept.id, amount=250, source="a", now=NOON)
            growth.add(gone.id, amount=250, source="a", now=NOON)
            growth.take_back(kept.id, source="a", reversal_source="r", upto=10, now=NOON)
            growth.move_all(gone.id, kept.id, source="m", now=NOON)
        give_tier_gifts(now=NOON)
    statement, expected = CORRUPTIONS[name]
    with psycopg.connect(committed_db.url, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute(statement)
    assert expected in broken(committed_db)
