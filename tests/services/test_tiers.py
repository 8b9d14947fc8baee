"""Growth and tiers: up at once, back at once, history without gap (I12)."""

from datetime import datetime

import pytest
from sqlalchemy.orm import Session

from app.actor import Actor
from app.errors import AlreadyReversed, RungNotOnTop
from app.models import TierHistory
from app.services import purchases, tiers
from tests.conftest import Clock
from tests.factories.members import make_member


def history(db_session: Session, member_id: int) -> list[tuple[str, bool]]:
    codes = {tier.id: tier.code for tier in tiers.ladder()}
    rows = db_session.query(TierHistory).filter_by(member_id=member_id).order_by(TierHistory.starts_at)
    return [(codes[row.tier_id], row.ends_at is None) for row in rows]


def test_a_member_moves_up_at_the_threshold_and_not_one_below(db_session: Session, standing_clock: Clock) -> None:
    member = make_member()
    tiers.add_growth(member.id, amount=199, source="a", now=standing_clock.move(hours=1))
    assert tiers.standing(member.id).tier.code == "basic"
    tiers.add_growth(member.id, amount=1, source="b", now=standing_clock.move(hours=1))
    standing = tiers.standing(member.id)
    assert (standing.tier.code, standing.growth_value, standing.growth_needed) == ("silver", 200, 800)
    assert standing.next_tier is not None and standing.next_tier.code == "gold"
    assert history(db_session, member.id) == [("basic", False), ("silver", True)]


def test_growth_of_one_source_counts_once_and_is_taken_back_once(db_session: Session, standing_clock: Clock) -> None:
    member = make_member()
    for _ in range(2):
        tiers.add_growth(member.id, amount=1000, source="purchase:1", now=standing_clock.move(hours=1))
    assert tiers.standing(member.id).tier.code == "gold"
    for _ in range(2):
        tiers.reverse_growth(
            member.id, source="purchase:1", reversal_source="refund:1", now=standing_clock.move(hours=1)
        )
    assert (tiers.standing(member.id).tier.code, tiers.standing(member.id).growth_value) == ("basic", 0)
    with pytest.raises(AlreadyReversed):
        tiers.reverse_growth(member.id, source="purchase:1", reversal_source="other", now=standing_clock.now)
    assert history(db_session, member.id) == [("basic", False), ("gold", False), ("basic", True)]


def test_two_changes_in_one_instant_leave_no_empty_interval(db_session: Session, now: datetime) -> None:
    member = make_member()
    tiers.add_growth(member.id, amount=1000, source="a", now=now)
    assert history(db_session, member.id) == [("gold", True)]


def test_a_refund_after_a_merge_still_takes_back_what_the_purchase_gave(
    db_session: Session, standing_clock: Clock
) -> None:
    kept, gone = make_member(), make_member()
    bill = purchases.record(
        gone.id, store_id=None, channel="store", order_no="1", bill_fen=30_000, discount_fen=0, now=standing_clock.now
    )
    tiers.move_all(gone.id, kept.id, source="merge:1", now=standing_clock.move(hours=1))
    gone.status, gone.merged_into_id = "merged", kept.id
    db_session.flush()
    assert tiers.standing(kept.id).tier.code == "silver"
    tiers.reverse_growth(
        kept.id, source=f"purchase:{bill.id}", reversal_source="refund", now=standing_clock.move(hours=1)
    )
    assert (tiers.standing(kept.id).growth_value, tiers.standing(gone.id).growth_value) == (0, 0)


def test_a_new_rung_stands_above_the_ladder_and_above_every_member(db_session: Session, now: datetime) -> None:
    member = make_member()
    tiers.add_growth(member.id, amount=9_000, source="a", now=now)
    rung = {"code": "black", "name": "黑卡", "name_en": "Black", "colour": "#000000", "emblem": "crown"}
    with pytest.raises(RungNotOnTop):
        tiers.add_rung({**rung, "growth_threshold": 9_000}, actor=Actor.system(), now=now)
    tiers.add_rung({**rung, "growth_threshold": 9_001}, actor=Actor.system(), now=now)
    assert tiers.standing(member.id).growth_needed == 1
