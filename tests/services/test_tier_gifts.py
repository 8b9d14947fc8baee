"""Gifts of a tier: owed once, given once, or a reason written (S4, S5, I12)."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.actor import Actor
from app.errors import BatchNotOpen, InvalidInput, NotFound
from app.models import Coupon, CouponBatch, TierGift
from app.services import birthdays, campaign_states, growth, merges, tier_benefits, tier_gifts, tiers
from app.services.automation_sources import Key
from jobs.give_tier_gifts import give_tier_gifts
from jobs.grant_monthly_packs import grant_monthly_packs
from tests.conftest import Clock
from tests.factories.coupons import make_batch
from tests.factories.ladders import put_in_force
from tests.factories.members import make_member
from tests.factories.messages import make_campaign

SYSTEM = Actor.system()


def benefit(tier: str, kind: str, *, now: datetime, **batch: Any) -> CouponBatch:
    """A gift batch that is open for years, given by the tier."""
    made = make_batch(how="issue", ends_at=now + timedelta(days=2000), **{"per_member_limit": 50, **batch})
    tier_benefits.put(
        tiers.get_by_code(tier).public_id, kind, batch_public_id=made.public_id, discount_bp=None, actor=SYSTEM, now=now
    )
    return made


def gifts(db_session: Session) -> list[tuple[str, str, str | None]]:
    rows = db_session.execute(
        select(TierGift.period, TierGift.state, TierGift.reason).order_by(TierGift.due_at, TierGift.period)
    )
    return [(row.period, row.state, row.reason) for row in rows]


def coupons_of(db_session: Session, batch: CouponBatch) -> int:
    return len(db_session.scalars(select(Coupon.id).where(Coupon.batch_id == batch.id)).all())


def test_an_upgrade_gift_for_life_is_given_once(db_session: Session, standing_clock: Clock) -> None:
    batch = benefit("silver", "upgrade_gift", now=standing_clock.now)
    member = make_member()
    for turn in range(3):
        now = standing_clock.move(hours=1)
        growth.add(member.id, amount=200, source=f"a{turn}", now=now)
        assert give_tier_gifts(now=now)["given"] == (1 if turn == 0 else 0)
        growth.take_back(
            member.id, source=f"a{turn}", reversal_source=f"r{turn}", upto=200, now=standing_clock.move(hours=1)
        )
    assert gifts(db_session) == [("life", "given", None)]
    assert coupons_of(db_session, batch) == 1


def test_with_periods_it_comes_once_a_year(db_session: Session, standing_clock: Clock) -> None:
    batch = benefit("silver", "upgrade_gift", now=standing_clock.now)
    put_in_force(now=standing_clock.now)
    member = make_member()
    for turn in range(3):
        growth.add(member.id, amount=200, source=f"a{turn}", now=standing_clock.move(days=1))
        growth.take_back(member.id, source=f"a{turn}", reversal_source=f"r{turn}", upto=200, now=standing_clock.now)
        growth.add(member.id, amount=200, source=f"b{turn}", now=standing_clock.move(days=1))
        give_tier_gifts(now=standing_clock.now)
        growth.take_back(member.id, source=f"b{turn}", reversal_source=f"s{turn}", upto=200, now=standing_clock.now)
        standing_clock.move(days=60)
    assert [period for period, _, _ in gifts(db_session)] == ["2026", "2027"]
    assert coupons_of(db_session, batch) == 2


def test_a_tier_lost_before_the_gift_leaves_it_for_the_next_time(db_session: Session, standing_clock: Clock) -> None:
    benefit("silver", "upgrade_gift", now=standing_clock.now)
    member = make_member()
    growth.add(member.id, amount=200, source="a", now=standing_clock.now)
    growth.take_back(member.id, source="a", reversal_source="r", upto=200, now=standing_clock.now)
    assert give_tier_gifts(now=standing_clock.now) == {"given": 0, "unavailable": 1, "failed": 0}
    assert gifts(db_session) == [("life", "unavailable", "tier_lost")]
    growth.add(member.id, amount=200, source="b", now=standing_clock.move(days=1))
    db_session.expire_all()
    assert gifts(db_session) == [("life", "due", None)]
    assert give_tier_gifts(now=standing_clock.now)["given"] == 1


def test_an_empty_batch_is_told_and_keeps_nobody_waiting(db_session: Session, now: datetime) -> None:
    batch = benefit("silver", "upgrade_gift", now=now, stock=2)
    for _ in range(3):
        growth.add(make_member().id, amount=200, source="a", now=now)
    assert [give_tier_gifts(now=now) for _ in range(2)] == [
        {"given": 2, "unavailable": 1, "failed": 0},
        {"given": 0, "unavailable": 0, "failed": 0},
    ]
    assert sorted(reason or "" for _, _, reason in gifts(db_session)) == ["", "", "batch_exhausted"]
    assert coupons_of(db_session, batch) == 2


def test_a_benefit_taken_away_is_not_given(db_session: Session, now: datetime) -> None:
    benefit("silver", "upgrade_gift", now=now)
    growth.add(make_member().id, amount=200, source="a", now=now)
    tier_benefits.remove(tiers.get_by_code("silver").public_id, "upgrade_gift", actor=SYSTEM, now=now)
    give_tier_gifts(now=now)
    assert gifts(db_session) == [("life", "unavailable", "benefit_removed")]


def test_a_pack_comes_every_month_to_those_who_hold_the_tier(db_session: Session, standing_clock: Clock) -> None:
    batch = benefit("silver", "monthly_pack", now=standing_clock.now)
    silver, basic = make_member(), make_member()
    growth.add(silver.id, amount=200, source="a", now=standing_clock.now)
    growth.add(basic.id, amount=199, source="a", now=standing_clock.now)
    for _ in range(3):
        assert [grant_monthly_packs(now=standing_clock.now) for _ in range(2)] == [{"owed": 1}, {"owed": 0}]
        assert give_tier_gifts(now=standing_clock.now)["given"] == 1
        standing_clock.move(days=31)
    assert [period for period, _, _ in gifts(db_session)] == ["2026-11", "2026-12", "2027-01"]
    assert coupons_of(db_session, batch) == 3


def test_one_person_is_given_one_gift_also_after_a_merge(db_session: Session, standing_clock: Clock) -> None:
    batch = benefit("silver", "upgrade_gift", now=standing_clock.now)
    kept, gone = make_member(), make_member()
    growth.add(gone.id, amount=200, source="a", now=standing_clock.now)
    give_tier_gifts(now=standing_clock.now)
    growth.add(kept.id, amount=200, source="a", now=standing_clock.move(hours=1))
    merges.merge(kept, gone, phone=None, reason="test", actor=SYSTEM, now=standing_clock.move(hours=1))
    give_tier_gifts(now=standing_clock.now)
    assert sorted(gifts(db_session)) == [("life", "given", None), ("life", "unavailable", "merged")]
    assert coupons_of(db_session, batch) == 1


def test_one_gift_along_a_chain_of_merges(db_session: Session, standing_clock: Clock) -> None:
    benefit("silver", "upgrade_gift", now=standing_clock.now)
    first, second, third = make_member(), make_member(), make_member()
    growth.add(third.id, amount=200, source="a", now=standing_clock.now)
    give_tier_gifts(now=standing_clock.now)
    merges.merge(second, third, phone=None, reason="test", actor=SYSTEM, now=standing_clock.move(hours=1))
    growth.add(first.id, amount=200, source="a", now=standing_clock.move(hours=1))
    db_session.flush()
    merges.merge(first, second, phone=None, reason="test", actor=SYSTEM, now=standing_clock.move(hours=1))
    give_tier_gifts(now=standing_clock.now)
    assert [state for _, state, _ in gifts(db_session)].count("given") == 1


def test_a_gift_lost_with_the_tier_is_not_due_again_when_the_other_one_had_it(
    db_session: Session, standing_clock: Clock
) -> None:
    batch = benefit("silver", "upgrade_gift", now=standing_clock.now)
    kept, gone = make_member(), make_member()
    for member, is_in_time in ((kept, False), (gone, True)):
        growth.add(member.id, amount=200, source="up", now=standing_clock.move(hours=1))
        if is_in_time:
            give_tier_gifts(now=standing_clock.now)
        growth.take_back(member.id, source="up", reversal_source="down", upto=200, now=standing_clock.move(hours=1))
        give_tier_gifts(now=standing_clock.now)
    assert sorted(gifts(db_session)) == [("life", "given", None), ("life", "unavailable", "tier_lost")]
    merges.merge(kept, gone, phone=None, reason="test", actor=SYSTEM, now=standing_clock.move(hours=1))
    growth.add(kept.id, amount=200, source="again", now=standing_clock.move(hours=1))
    assert give_tier_gifts(now=standing_clock.now)["given"] == 0
    assert coupons_of(db_session, batch) == 1


def test_a_tiers_birthday_gift_stands_in_for_the_campaigns(db_session: Session, now: datetime) -> None:
    common = make_batch(how="birthday")
    special = benefit("silver", "birthday_gift", now=now)
    campaign = make_campaign(kind="birthday", gift=common, now=now)
    campaign_states.schedule(campaign, actor=SYSTEM, now=now)
    campaign_states.start_due(now=now)
    basic, silver = make_member(birthday=(11, 20)), make_member(birthday=(11, 20))
    growth.add(silver.id, amount=200, source="a", now=now)
    (stretch,) = birthdays.list_due(now=now)
    for source in birthdays.list_members(stretch, after=Key(), limit=9):
        assert birthdays.plan_member(campaign.id, source, app_id="wx", now=now)
    held = {row.member_id: row.batch_id for row in db_session.scalars(select(Coupon))}
    assert held == {basic.id: common.id, silver.id: special.id}


def test_benefits_are_data_with_one_of_each_kind(db_session: Session, now: datetime) -> None:
    silver = tiers.get_by_code("silver").public_id
    own = make_batch(how="claim")

    def put(kind: str, batch: CouponBatch | None = None, bp: int | None = None) -> None:
        public_id = batch.public_id if batch else None
        tier_benefits.put(silver, kind, batch_public_id=public_id, discount_bp=bp, actor=SYSTEM, now=now)

    put("discount", bp=500)
    put("discount", bp=800)
    put("priority")
    assert [(one.kind, one.discount_bp) for one in tier_benefits.list_of(silver)] == [
        ("discount", 800),
        ("priority", None),
    ]
    for kind, batch, bp in (("discount", None, None), ("priority", None, 5), ("upgrade_gift", None, None)):
        with pytest.raises(InvalidInput):
            put(kind, batch, bp)
    with pytest.raises(BatchNotOpen):
        put("upgrade_gift", own)
    with pytest.raises(NotFound):
        put("free_lunch")
    assert tier_gifts.list_due(limit=5) == []
