"""Coupons that events bring: owed with the event, given by a tick, once per member and occurrence (S2, S14, S31)."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import errors as e
from app.actor import Actor
from app.models import AuditEntry, Coupon, CouponAutomation, CouponBatch, CouponOwed, Member, Purchase
from app.services import (
    check_ins,
    coupon_automations,
    coupon_batches,
    growth,
    merges,
    owed_coupons,
    points,
    programmes,
    purchases,
    purchases_refunds,
    redemptions,
)
from app.services.purchases import BillLine
from jobs.give_owed_coupons import give_owed_coupons
from jobs.owe_anniversary_coupons import owe_anniversary_coupons
from tests.conftest import NOON, Clock
from tests.factories.coupons import at_counter, make_batch, make_template, open_visit
from tests.factories.ladders import put_in_force
from tests.factories.members import make_member
from tests.factories.staff import make_staff, make_store

SYSTEM = Actor.system()


def automate(event: str, batch: CouponBatch | None = None, *, now: datetime = NOON, **more: Any) -> CouponAutomation:
    """An automation on a generous batch; `more`: conditions, or the window."""
    window = {key: more.pop(key, None) for key in ("starts_at", "ends_at")}
    printed = batch or make_batch(how="issue", per_member_limit=50, ends_at=now + timedelta(days=2000), now=now)
    return coupon_automations.create(
        name=more.pop("name", f"{event} {printed.id}"),
        event=event,
        batch_public_id=printed.public_id,
        conditions=more,
        actor=SYSTEM,
        now=now,
        **window,
    )


def owed(session: Session, member: Member | None = None) -> list[tuple[str, str, str | None]]:
    query = select(CouponOwed.occurrence, CouponOwed.state, CouponOwed.reason).order_by(CouponOwed.occurrence)
    if member is not None:
        query = query.where(CouponOwed.member_id == member.id)
    return [tuple(row) for row in session.execute(query)]  # type: ignore[misc]


def wallet_of(session: Session, member: Member) -> list[tuple[str, str]]:
    query = select(Coupon.source, Coupon.status).where(Coupon.member_id == member.id).order_by(Coupon.id)
    return [tuple(row) for row in session.execute(query)]  # type: ignore[misc]


def buy(member: Member, *, now: datetime = NOON, channel: str = "webshop", fen: int = 6_000, **more: Any) -> Purchase:
    return purchases.record(member.id, store_id=None, channel=channel, order_no=None, bill_fen=fen, now=now, **more)


def test_joining_brings_a_welcome_coupon_once(db_session: Session) -> None:
    automation = automate("joined", channels=["mini"])
    member = make_member()
    assert owed(db_session) == [("joined", "due", None)]
    assert wallet_of(db_session, member) == []
    assert [give_owed_coupons(now=NOON)["given"] for _ in range(2)] == [1, 0]
    assert wallet_of(db_session, member) == [(f"auto:{automation.id}:joined", "active")]
    assert owed(db_session) == [("joined", "given", None)]


def test_what_is_switched_off_over_or_not_begun_brings_nothing(db_session: Session) -> None:
    off = automate("joined", name="off")
    coupon_automations.change(off.public_id, is_active=False, actor=SYSTEM, now=NOON)
    automate("joined", name="later", starts_at=NOON + timedelta(hours=1))
    automate("joined", name="elsewhere", channels=["counter"])
    ended = automate("joined", name="ended", ends_at=NOON + timedelta(hours=1))
    assert coupon_automations.tell(ended).counts["due"] == 0
    make_member(now=NOON + timedelta(hours=1))
    assert [row[0] for row in owed(db_session)] == ["joined"]
    assert coupon_automations.tell(ended).counts["due"] == 0


def test_it_never_looks_back(db_session: Session) -> None:
    automation = automate("purchase", starts_at=NOON - timedelta(days=30))
    assert automation.starts_at == NOON
    member = make_member()
    buy(member, occurred_at=NOON - timedelta(days=1))
    assert owed(db_session) == []
    buy(member)
    assert len(owed(db_session)) == 1


def test_an_online_order_brings_a_voucher_by_its_goods(db_session: Session) -> None:
    automate("purchase", channels=["webshop"], categories=["茶"], min_paid_fen=5_000)
    member = make_member()
    tea = [BillLine(amount_fen=5_000, sku="T", category="茶"), BillLine(amount_fen=1_000, sku="C", category="糕")]
    small = [BillLine(amount_fen=4_999, sku="T", category="茶"), BillLine(amount_fen=1_001, sku="C", category="糕")]
    bought = buy(member, lines=tea)
    buy(member, lines=small)
    buy(member)
    buy(member, lines=tea, channel="till")
    assert owed(db_session) == [(f"purchase:{bought.id}", "due", None)]


def test_the_nth_purchase_is_counted_as_the_rules_count(db_session: Session) -> None:
    automate("purchase", nth=2)
    member = make_member()
    first, second, third = (buy(member) for _ in range(3))
    assert owed(db_session) == [(f"purchase:{second.id}", "due", None)]
    assert first.id < second.id < third.id


@pytest.mark.parametrize("given_first", [True, False])
def test_the_whole_bill_back_takes_the_voucher_back(db_session: Session, given_first: bool) -> None:
    automation = automate("purchase")
    member = make_member()
    bought = buy(member)
    if given_first:
        give_owed_coupons(now=NOON)
    purchases.refund(bought.id, amount_fen=1_000, refund_no="a", now=NOON)
    assert owed(db_session)[0][1] == ("given" if given_first else "due")
    purchases.refund(bought.id, refund_no="b", now=NOON)
    state = "withdrawn" if given_first else "unavailable"
    assert owed(db_session) == [(f"purchase:{bought.id}", state, "refunded")]
    assert give_owed_coupons(now=NOON)["given"] == 0
    held = [(f"auto:{automation.id}:purchase:{bought.id}", "revoked")] if given_first else []
    assert wallet_of(db_session, member) == held
    # A repeat takes nothing more.
    purchases_refunds.take_back(bought, reversal_source="again", now=NOON)
    assert wallet_of(db_session, member) == held


def test_a_voided_bill_takes_it_back_and_the_right_one_brings_another(db_session: Session) -> None:
    automate("purchase")
    member = make_member()
    wrong = buy(member)
    give_owed_coupons(now=NOON)
    purchases.void(wrong.id, now=NOON)
    buy(member)
    give_owed_coupons(now=NOON)
    assert [status for _, status in wallet_of(db_session, member)] == ["revoked", "active"]


def test_a_used_voucher_stays_used(db_session: Session) -> None:
    printed = make_batch(make_template(value_fen=100, min_spend_fen=100), how="issue")
    automate("purchase", printed, channels=["webshop"])
    member, store = make_member(), make_store()
    clerk = make_staff("clerk", at=[store])
    bought = buy(member)
    give_owed_coupons(now=NOON)
    coupon = db_session.scalars(select(Coupon)).one()
    redemptions.redeem(
        visit_public_id=open_visit(member, clerk=clerk, store=store).public_id,
        coupon_public_id=coupon.public_id,
        bill_fen=1_000,
        order_no=None,
        actor=at_counter(clerk, store),
        now=NOON,
    )
    purchases.refund(bought.id, now=NOON)
    assert owed(db_session) == [(f"purchase:{bought.id}", "given", None)]
    assert [status for _, status in wallet_of(db_session, member)] == ["redeemed"]


@pytest.mark.parametrize("usual", [True, False])
def test_a_streak_reached_brings_one_whichever_way_it_is_written(
    db_session: Session, standing_clock: Clock, usual: bool
) -> None:
    automate("check_in", streak=3)
    automate("check_in", monthly_count=4)
    member = make_member()
    way: Callable[..., Any] = check_ins.check_in if usual else check_ins.step_by_step
    days = []
    for _ in range(5):
        way(member.id, now=standing_clock.now)
        check_ins.check_in(member.id, now=standing_clock.now)
        days.append(programmes.business_date(standing_clock.now))
        standing_clock.move(days=1)
    assert [row[0] for row in owed(db_session)] == [f"check_in:{days[2]}", f"check_in:{days[3]}"]


def test_a_tier_brings_one_per_tier_and_period(db_session: Session) -> None:
    automate("tier_up", tiers=["silver"])
    member = make_member()
    for turn in range(2):
        growth.add(member.id, amount=200, source=f"a{turn}", now=NOON + timedelta(hours=turn))
        assert give_owed_coupons(now=NOON)["given"] == (1 if turn == 0 else 0)
        growth.take_back(
            member.id, source=f"a{turn}", reversal_source=f"r{turn}", upto=200, now=NOON + timedelta(hours=turn)
        )
    assert owed(db_session) == [("tier:silver:life", "given", None)]


def test_a_tier_lost_before_its_coupon_was_given_comes_due_again_with_it(db_session: Session) -> None:
    put_in_force(now=NOON)
    automate("tier_up")
    member = make_member()
    growth.add(member.id, amount=200, source="a", now=NOON)
    growth.take_back(member.id, source="a", reversal_source="r", upto=200, now=NOON)
    assert give_owed_coupons(now=NOON)["unavailable"] == 1
    assert owed(db_session) == [("tier:silver:2026", "unavailable", "tier_lost")]
    growth.add(member.id, amount=200, source="b", now=NOON + timedelta(hours=1))
    assert give_owed_coupons(now=NOON + timedelta(hours=1))["given"] == 1


def test_years_of_membership_bring_one_also_some_days_late(db_session: Session, standing_clock: Clock) -> None:
    automate("anniversary", years=[1], now=standing_clock.now)
    automate("anniversary", name="all", now=standing_clock.now)
    member = make_member()
    late = standing_clock.move(days=367)
    assert [owe_anniversary_coupons(now=late)["owed"] for _ in range(2)] == [2, 0]
    assert give_owed_coupons(now=late)["given"] == 2
    later = standing_clock.move(days=365)
    assert owe_anniversary_coupons(now=later)["owed"] == 1
    assert [row[0] for row in owed(db_session, member)] == ["anniversary:1", "anniversary:1", "anniversary:2"]


def test_many_members_are_owed_in_chunks(
    db_session: Session, standing_clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jobs.owe_anniversary_coupons.CHUNK", 2)
    automate("anniversary", now=standing_clock.now)
    for _ in range(5):
        make_member()
    assert owe_anniversary_coupons(now=standing_clock.move(days=365)) == {"owed": 5}


def test_an_empty_batch_is_the_reason_and_nobody_waits_for_it(db_session: Session) -> None:
    automate("joined", make_batch(how="issue", stock=1))
    first, second = make_member(), make_member()
    assert give_owed_coupons(now=NOON) == {"given": 1, "unavailable": 1, "withdrawn": 0, "failed": 0}
    assert owed(db_session, second) == [("joined", "unavailable", "batch_exhausted")]
    assert len(wallet_of(db_session, first)) == 1


def test_one_member_does_not_keep_the_others_from_theirs(db_session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    automate("joined")
    first, second = make_member(), make_member()
    lock = points.lock_account

    def stumble(member_id: int) -> Any:
        if member_id == first.id:
            raise ZeroDivisionError
        return lock(member_id)

    monkeypatch.setattr(points, "lock_account", stumble)
    counts = give_owed_coupons(now=NOON)
    assert (counts["given"], counts["failed"]) == (1, 1)
    assert [row[1] for row in owed(db_session, second)] == ["given"]


@pytest.mark.parametrize("given_to", ["neither", "kept", "leaving", "both"])
def test_two_who_are_one_get_one_welcome(db_session: Session, given_to: str) -> None:
    automate("joined", make_batch(how="issue", per_member_limit=2))
    kept, leaving = make_member(), make_member()
    for member, name in ((kept, "kept"), (leaving, "leaving")):
        if given_to in (name, "both"):
            _give(db_session, member)
    merges.lock_accounts(kept.id, leaving.id)
    found = merges.lock_members(kept.id, leaving.id)
    merges.merge(found[kept.id], found[leaving.id], phone=None, reason="test", actor=SYSTEM, now=NOON)
    give_owed_coupons(now=NOON + timedelta(days=2))
    assert len(wallet_of(db_session, kept)) == (2 if given_to == "both" else 1)
    assert not db_session.scalars(select(CouponOwed.member_id).where(CouponOwed.state == "due")).all()


def test_what_somebody_merged_away_is_owed_comes_to_who_stays(db_session: Session) -> None:
    automate("purchase")
    kept, leaving = make_member(), make_member()
    bought = buy(leaving)
    merges.lock_accounts(kept.id, leaving.id)
    found = merges.lock_members(kept.id, leaving.id)
    merges.merge(found[kept.id], found[leaving.id], phone=None, reason="test", actor=SYSTEM, now=NOON)
    assert give_owed_coupons(now=NOON)["given"] == 1
    assert [status for _, status in wallet_of(db_session, kept)] == ["active"]
    # And goes with its bill, whoever holds both by now.
    purchases.refund(bought.id, now=NOON)
    assert [status for _, status in wallet_of(db_session, kept)] == ["revoked"]


def _only(session: Session) -> CouponAutomation:
    return session.scalars(select(CouponAutomation)).one()


def _give(session: Session, member: Member) -> None:
    key = owed_coupons.OwedKey(member.id, _only(session).id, "joined")
    assert owed_coupons.give(key, now=NOON) == "given"
    assert owed_coupons.give(key, now=NOON) == "given"


def test_what_a_marketer_gets_wrong_is_named(db_session: Session) -> None:
    automate("joined", name="welcome")
    with pytest.raises(e.NameTaken):
        automate("joined", name="welcome")
    with pytest.raises(e.AutomationConditionsInvalid) as refused:
        automate("tier_up", tiers=["platinum"])
    assert refused.value.data == {"fields": {"tiers": "unknown_tier"}}
    with pytest.raises(e.InvalidInput):
        automate("joined", make_batch(how="claim"))
    with pytest.raises(e.InvalidInput):
        automate("luck")
    with pytest.raises(e.InvalidInput):
        automate("joined", ends_at=NOON)


def test_switching_and_ending_are_audited_and_nothing_else_changes(db_session: Session) -> None:
    automation = automate("joined")
    tomorrow = NOON + timedelta(days=1)
    for _ in range(2):
        coupon_automations.change(automation.public_id, is_active=False, ends_at=tomorrow, actor=SYSTEM, now=NOON)
    told = db_session.scalars(select(AuditEntry).where(AuditEntry.action == "coupon_automation.update")).one()
    assert told.details["after"] == {"is_active": False, "ends_at": tomorrow.isoformat()}
    with pytest.raises(e.InvalidInput):
        coupon_automations.change(automation.public_id, ends_at=NOON, actor=SYSTEM, now=NOON)


def test_a_paused_batch_stops_an_automation_at_once(db_session: Session) -> None:
    printed = make_batch(how="issue")
    automate("joined", printed)
    member = make_member()
    coupon_batches.change(printed.public_id, status="paused", actor=SYSTEM, now=NOON)
    assert give_owed_coupons(now=NOON)["unavailable"] == 1
    assert owed(db_session, member) == [("joined", "unavailable", "batch_not_open")]


def test_nothing_automated_costs_a_check_in_nothing(db_session: Session, count_queries: Callable[[], int]) -> None:
    member = make_member()
    db_session.commit()
    before = count_queries()
    check_ins.check_in(member.id, now=NOON)
    plain = count_queries() - before
    # A savepoint of the test's own, LOOK and CHECK_IN.
    assert plain == 3
    automate("check_in", streak=2)
    db_session.commit()
    before = count_queries()
    check_ins.check_in(member.id, now=NOON + timedelta(days=1))
    assert count_queries() - before == plain + 1
