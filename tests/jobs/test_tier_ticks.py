"""The ticks of tiers, each twice; and what the review costs: the due, not the members."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text, update
from sqlalchemy.orm import Session

from app.models import MemberAccount
from app.services import growth, tier_gifts
from app.statements import tier_reviews
from jobs.give_tier_gifts import give_tier_gifts
from jobs.review_tiers import review_tiers
from tests.conftest import Clock
from tests.factories.ladders import put_in_force
from tests.factories.members import make_member
from tests.services.test_tier_gifts import benefit


def test_many_chunks_are_reviewed_in_one_run(
    db_session: Session, standing_clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jobs.review_tiers.CHUNK", 2)
    put_in_force(now=standing_clock.now)
    for number in range(5):
        growth.add(make_member().id, amount=200 + 800 * (number % 2), source="a", now=standing_clock.now)
    later = standing_clock.now + timedelta(days=366)
    assert [review_tiers(now=later) for _ in range(2)] == [{"reviewed": 5, "moved": 5}, {"reviewed": 0, "moved": 0}]


def test_one_member_does_not_keep_the_others_from_their_gift(
    db_session: Session, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    benefit("silver", "upgrade_gift", now=now)
    first, second = make_member(), make_member()
    for member in (first, second):
        growth.add(member.id, amount=200, source="a", now=now)
    give = tier_gifts.give

    def stumble(key: Any, *, now: datetime) -> str:
        if key.member_id == first.id:
            raise ZeroDivisionError
        state: str = give(key, now=now)
        return state

    monkeypatch.setattr(tier_gifts, "give", stumble)
    assert give_tier_gifts(now=now) == {"given": 1, "unavailable": 0, "failed": 1}
    monkeypatch.undo()
    assert give_tier_gifts(now=now) == {"given": 1, "unavailable": 0, "failed": 0}


def test_the_review_reads_the_due_alone(db_session: Session, now: datetime) -> None:
    member = make_member()
    db_session.execute(
        update(MemberAccount).where(MemberAccount.member_id == member.id).values(tier_valid_through=date(2026, 1, 1))
    )
    db_session.execute(text("SET LOCAL enable_seqscan = off"))
    db_session.execute(text("SET LOCAL enable_bitmapscan = off"))
    plan = "\n".join(
        db_session.scalars(
            text(f"EXPLAIN {tier_reviews.DUE.text}"),
            {"before": date(2026, 11, 20), "limit": 200},
        )
    )
    assert "Index Scan using ix_member_account_review" in plan
    assert "Sort" not in plan
