"""Growth: credited once, taken back in parts up to what was given, moved with the dates it counts for (I4, I13, I15)."""

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.errors import ClockBehind, InsufficientPoints, ReversalAboveOriginal
from app.models import GrowthEntry, Member, MemberAccount
from app.services import growth, tiers
from tests.conftest import NOON, Clock
from tests.factories.members import make_member


def value(db_session: Session, member_id: int) -> int:
    return db_session.scalars(select(MemberAccount.growth_value).where(MemberAccount.member_id == member_id)).one()


def days(db_session: Session, member_id: int) -> dict[date, int]:
    found: dict[date, int] = {}
    for entry in db_session.scalars(select(GrowthEntry).where(GrowthEntry.member_id == member_id)):
        found[entry.counts_on] = found.get(entry.counts_on, 0) + entry.delta
    return {day: amount for day, amount in sorted(found.items()) if amount}


def merge(db_session: Session, gone: Member, kept: Member, *, now: datetime) -> int:
    moved = growth.move_all(gone.id, kept.id, source=f"merge:{gone.id}", now=now)
    gone.status, gone.merged_into_id = "merged", kept.id
    db_session.flush()
    return moved


def test_growth_of_one_source_counts_once_and_for_the_day_it_happened(db_session: Session, now: datetime) -> None:
    member = make_member()
    earlier = now - timedelta(days=400)
    for _ in range(2):
        growth.add(member.id, amount=100, source="purchase:1", now=now, occurred_at=earlier)
    growth.add(member.id, amount=0, source="purchase:2", now=now)
    growth.add(member.id, amount=7, source="purchase:3", now=now, occurred_at=now + timedelta(days=3))
    assert days(db_session, member.id) == {date(2025, 10, 16): 100, date(2026, 11, 20): 7}


def test_parts_are_taken_back_up_to_the_whole_and_never_more(db_session: Session, now: datetime) -> None:
    member = make_member()
    growth.add(member.id, amount=100, source="p", now=now, occurred_at=now - timedelta(days=40))

    def back(upto: int, name: str) -> int:
        return growth.take_back(member.id, source="p", reversal_source=name, upto=upto, now=now)

    assert [back(30, "r1"), back(30, "r1"), back(20, "r2"), back(30, "r3"), back(31, "r4")] == [30, 0, 0, 0, 1]
    with pytest.raises(ReversalAboveOriginal) as refused:
        back(101, "r5")
    assert refused.value.data == {"original": 100, "reversed": 31, "requested": 101}
    assert [back(100, "r6"), back(100, "r7")] == [69, 0]
    assert value(db_session, member.id) == 0
    assert days(db_session, member.id) == {}
    assert growth.take_back(member.id, source="nothing", reversal_source="r8", upto=5, now=now) == 0


def test_a_correction_takes_no_more_than_there_is_and_is_not_owed_later(db_session: Session, now: datetime) -> None:
    member = make_member()
    growth.add(member.id, amount=100, source="p", now=now)
    with pytest.raises(InsufficientPoints):
        growth.adjust(member.id, amount=-101, source="adjustment:1", now=now)
    for _ in range(2):
        growth.adjust(member.id, amount=-60, source="adjustment:2", now=now)
    assert growth.take_back(member.id, source="p", reversal_source="r", upto=100, now=now) == 40
    assert value(db_session, member.id) == 0


def test_a_merge_keeps_the_days_and_a_later_refund_finds_its_growth(db_session: Session, standing_clock: Clock) -> None:
    kept, gone = make_member(), make_member()
    at = standing_clock.now
    growth.add(kept.id, amount=50, source="k", now=at, occurred_at=at - timedelta(days=30))
    growth.add(gone.id, amount=120, source="g1", now=at, occurred_at=at - timedelta(days=30))
    growth.add(gone.id, amount=80, source="g2", now=at)
    growth.adjust(gone.id, amount=-90, source="adj", now=at)
    at = standing_clock.move(hours=1)
    assert merge(db_session, gone, kept, now=at) == 110
    assert growth.move_all(gone.id, kept.id, source=f"merge:{gone.id}", now=at) == 0
    assert days(db_session, kept.id) == {date(2026, 10, 21): 170, date(2026, 11, 20): -10}
    assert days(db_session, gone.id) == {}
    at = standing_clock.move(hours=1)
    assert growth.take_back(kept.id, source="g1", reversal_source="refund:g1", upto=60, now=at) == 60
    assert days(db_session, kept.id) == {date(2026, 10, 21): 110, date(2026, 11, 20): -10}
    assert (value(db_session, kept.id), value(db_session, gone.id)) == (100, 0)
    assert growth.take_back(kept.id, source="g1", reversal_source="refund:g1", upto=60, now=at) == 0


def test_two_merges_in_a_row_bring_all_growth_to_the_last(db_session: Session, standing_clock: Clock) -> None:
    first, second, third = make_member(), make_member(), make_member()
    for member in (first, second, third):
        growth.add(member.id, amount=100, source=f"p:{member.id}", now=standing_clock.now)
    merge(db_session, third, second, now=standing_clock.move(hours=1))
    merge(db_session, second, first, now=standing_clock.move(hours=1))
    third.merged_into_id = first.id
    db_session.flush()
    assert tiers.standing(first.id).tier.code == "silver"
    at = standing_clock.move(hours=1)
    assert growth.take_back(first.id, source=f"p:{third.id}", reversal_source="r", upto=100, now=at) == 100
    assert tiers.standing(first.id).growth_value == 200


def test_a_clock_that_went_back_writes_nothing(db_session: Session, now: datetime) -> None:
    member = make_member()
    growth.add(member.id, amount=1, source="a", now=now)
    growth.add(member.id, amount=1, source="b", now=now - timedelta(minutes=4))
    with pytest.raises(ClockBehind):
        growth.add(member.id, amount=1, source="c", now=NOON - timedelta(minutes=6))
    assert value(db_session, member.id) == 2
