"""The tier follows growth: up at once, back at once, history without gap (I12)."""

from datetime import datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.actor import Actor
from app.errors import RungNotOnTop
from app.models import MemberEvent, TierHistory
from app.services import growth, tiers
from tests.conftest import Clock
from tests.factories.members import make_member


def history(db_session: Session, member_id: int) -> list[tuple[str, bool]]:
    codes = {tier.id: tier.code for tier in tiers.ladder()}
    rows = db_session.execute(
        select(TierHistory.tier_id, TierHistory.ends_at)
        .where(TierHistory.member_id == member_id)
        .order_by(TierHistory.starts_at)
    )
    return [(codes[row.tier_id], row.ends_at is None) for row in rows]


def events(db_session: Session, member_id: int) -> list[tuple[str, str, str]]:
    rows = db_session.scalars(
        select(MemberEvent).where(MemberEvent.member_id == member_id).order_by(MemberEvent.occurred_at)
    )
    return [(row.kind, row.details["from"], row.details["to"]) for row in rows]


def test_a_member_moves_up_at_the_threshold_and_not_one_below(db_session: Session, standing_clock: Clock) -> None:
    member = make_member()
    growth.add(member.id, amount=199, source="a", now=standing_clock.move(hours=1))
    assert tiers.standing(member.id).tier.code == "basic"
    growth.add(member.id, amount=1, source="b", now=standing_clock.move(hours=1))
    standing = tiers.standing(member.id)
    assert (standing.tier.code, standing.growth_value, standing.growth_needed) == ("silver", 200, 800)
    assert standing.next_tier is not None
    assert standing.next_tier.code == "gold"
    assert (standing.valid_through, standing.keep_needed) == (None, None)
    assert history(db_session, member.id) == [("basic", False), ("silver", True)]
    assert events(db_session, member.id) == [("tier_up", "basic", "silver")]


def test_growth_taken_back_takes_the_tier_with_it(db_session: Session, standing_clock: Clock) -> None:
    member = make_member()
    growth.add(member.id, amount=1000, source="purchase:1", now=standing_clock.move(hours=1))
    assert tiers.standing(member.id).tier.code == "gold"
    growth.take_back(
        member.id, source="purchase:1", reversal_source="refund:1", upto=900, now=standing_clock.move(hours=1)
    )
    assert tiers.standing(member.id).tier.code == "basic"
    assert history(db_session, member.id) == [("basic", False), ("gold", False), ("basic", True)]
    assert events(db_session, member.id) == [("tier_up", "basic", "gold"), ("tier_down", "gold", "basic")]


def test_two_changes_in_one_instant_leave_no_empty_interval(db_session: Session, standing_clock: Clock) -> None:
    member = make_member()
    at = standing_clock.now
    growth.add(member.id, amount=300, source="a", now=at)
    growth.add(member.id, amount=700, source="b", now=at)
    assert history(db_session, member.id) == [("gold", True)]
    assert sorted(events(db_session, member.id)) == [("tier_up", "basic", "silver"), ("tier_up", "silver", "gold")]
    at = standing_clock.move(hours=1)
    growth.take_back(member.id, source="b", reversal_source="r", upto=700, now=at)
    growth.add(member.id, amount=700, source="c", now=at)
    assert history(db_session, member.id) == [("gold", False), ("gold", True)]


def test_a_new_rung_stands_above_the_ladder_and_above_every_member(db_session: Session, now: datetime) -> None:
    member = make_member()
    growth.add(member.id, amount=9_000, source="a", now=now)
    rung = {"code": "black", "name": "黑卡", "name_en": "Black", "colour": "#000000", "emblem": "crown"}
    with pytest.raises(RungNotOnTop):
        tiers.add_rung({**rung, "growth_threshold": 9_000}, actor=Actor.system(), now=now)
    tiers.add_rung({**rung, "growth_threshold": 9_001}, actor=Actor.system(), now=now)
    assert tiers.standing(member.id).growth_needed == 1
