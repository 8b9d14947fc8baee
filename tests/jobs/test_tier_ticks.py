"""The ticks of tiers, each twice; and what the review costs: the due, not the members."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text, update
from sqlalchemy.orm import Session

from app.gateways.wechat import RecordingWeChat
from app.models import MemberAccount, MessageTemplate
from app.services import coupon_batches, growth, tier_gifts
from app.statements import tier_reviews
from jobs.drain_lane import Turn
from jobs.give_tier_gifts import give_tier_gifts
from jobs.plan_birthdays import plan_birthdays
from jobs.review_tiers import review_tiers
from tests.conftest import Clock
from tests.factories.coupons import make_batch
from tests.factories.ladders import put_in_force
from tests.factories.members import make_member
from tests.factories.messages import make_reachable
from tests.jobs.test_plan_birthdays import running
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


def test_a_birthday_message_names_the_gift_of_the_tier(
    db_session: Session, wechat: RecordingWeChat, template: MessageTemplate, now: datetime, open_gate: None
) -> None:
    common, special = make_batch(how="birthday"), benefit("silver", "birthday_gift", now=now)
    _, silver = (make_reachable(template, birthday=(11, 20)) for _ in range(2))
    growth.add(silver.id, amount=200, source="a", now=now)
    campaign = running(template, gift=common, now=now)
    plan_birthdays(now=now)
    for _ in range(3):
        Turn(campaign.id, is_over=lambda: False).drain()
    named = [coupon_batches.template_of(batch).name for batch in (common, special)]
    assert sorted(call.args["data"]["thing1"] for call in wechat.sent) == sorted(f"送您{name}" for name in named)
