"""Growth, refunds, reviews and a new ladder at one instant: whoever is first, the tier ends where the ladder puts it."""

from datetime import timedelta

from app.actor import Actor
from app.services import growth, ladder_changes, ladders, tier_reviews, tiers
from app.transaction import transaction
from jobs.settle_ladder import settle_ladder
from tests.concurrency.race import Racers, assert_verified, call, tally
from tests.conftest import NOON, CommittedDatabase
from tests.factories.ladders import THRESHOLDS, draft, put_in_force
from tests.factories.members import make_member

LATER = NOON + timedelta(days=366)


def add(*, member_id: int, source: str) -> None:
    growth.add(member_id, amount=60, source=source, now=LATER)


def take_back(*, member_id: int, source: str) -> int:
    return growth.take_back(member_id, source=source, reversal_source=f"undo:{source}", upto=60, now=LATER)


def review() -> int:
    return tier_reviews.review_due(now=LATER, limit=50).looked_at


def activate(*, name: str) -> None:
    ladder = draft(now=LATER, name=name, thresholds={**THRESHOLDS, "silver": 100}, downgrade="one_down")
    ladders.activate(ladder.public_id, actor=Actor.system(), now=LATER)


def settle() -> tuple[int, int] | None:
    return ladder_changes.settle_next(now=LATER, limit=3)


def test_growth_refunds_and_reviews_race_a_new_ladder(committed_db: CommittedDatabase, racers: Racers) -> None:
    with committed_db.session(), transaction():
        put_in_force(now=NOON)
        members = [make_member().id for _ in range(6)]
        for member_id in members:
            growth.add(member_id, amount=1000, source="start", now=NOON)
            for number in range(2):
                growth.add(member_id, amount=60, source=f"bill:{number}", now=NOON)
    calls = [call(add, member_id=member_id, source=f"new:{number}") for member_id in members for number in range(3)]
    calls += [
        call(take_back, member_id=member_id, source=f"bill:{number}") for member_id in members for number in (0, 1, 1)
    ]
    calls += [call(review)] * 4 + [call(activate, name="next"), call(activate, name="other")] + [call(settle)] * 4
    outcomes = racers.run(committed_db, calls)
    counts = tally(outcomes)
    # One of the two ladders was first; the other came while members were moved, or after.
    assert counts["ok"] + counts.get("ladder_settling", 0) == len(calls)
    with committed_db.session():
        settle_ladder(now=LATER)
        for member_id in members:
            standing = tiers.standing(member_id, now=LATER)
            assert standing.growth_value == 1000 + 3 * 60
            assert standing.qualifying == 3 * 60
    assert_verified(committed_db)
