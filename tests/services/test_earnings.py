"""Paying by rules on the real database: once per event, in the named version, within the caps, with the rule's own terms."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.actor import Actor
from app.errors import Conflict
from app.models import GrowthEntry, PointsEntry, PointsLot
from app.rules.earning import Line, PaidBefore
from app.services import earning_rules, earnings, identities, points, tiers
from app.services.earnings import Facts, Paid
from app.statements import earning as statements
from tests.conftest import NOON, Clock
from tests.factories.earning import make_purchase, make_rule
from tests.factories.members import make_counter_member, make_member, seal
from tests.factories.staff import make_store

TUESDAY = datetime(2026, 11, 24, 2, 0, tzinfo=NOON.tzinfo)


def facts(*fen: int, **more: object) -> Facts:
    lines = tuple(Line(line_no=n, amount_fen=amount) for n, amount in enumerate(fen, start=1))
    return Facts(lines=lines, **more)  # type: ignore[arg-type]


def test_a_purchase_pays_both_ledgers_and_each_entry_names_its_version(db_session: Session) -> None:
    member = make_member()
    paid = earnings.pay(member.id, event="purchase", source="purchase:1", facts=facts(12_800), now=NOON)
    assert paid == [
        Paid(code="base_growth", ledger="growth", amount=128),
        Paid(code="base_points", ledger="points", amount=128),
    ]
    entry = db_session.scalars(select(PointsEntry)).one()
    growth = db_session.scalars(select(GrowthEntry)).one()
    assert (entry.source, growth.source) == ("purchase:1:base_points", "purchase:1:base_growth")
    versions = {one.rule.code: one.version.id for one in earning_rules.list_rules()}
    assert (entry.rule_version_id, growth.rule_version_id) == (versions["base_points"], versions["base_growth"])


def test_an_event_pays_once_even_under_other_rules(db_session: Session) -> None:
    member = make_member()
    first = earnings.pay(member.id, event="purchase", source="purchase:1", facts=facts(5_000), now=NOON)
    make_rule("extra", kind="fixed", amount=9)
    assert earnings.pay(member.id, event="purchase", source="purchase:1", facts=facts(9_000), now=NOON) == first
    assert points.spendable(member.id, now=NOON) == 50


def test_a_bill_earns_by_the_rules_and_the_calendar_of_its_own_instant(db_session: Session) -> None:
    member = make_member()
    make_rule("tuesdays", kind="multiplier", factor_bp=20_000, weekdays=[2])
    earning_rules.stop("tuesdays", at=TUESDAY + timedelta(hours=8), actor=Actor.system(), now=NOON)
    late = TUESDAY + timedelta(days=2)
    for at, expected in ((TUESDAY, 200), (TUESDAY + timedelta(hours=8), 100), (late, 100)):
        paid = earnings.pay(
            member.id, event="purchase", source=f"purchase:{at}", facts=facts(10_000), now=late, occurred_at=at
        )
        assert earnings.total(paid, "points") == expected
    # A shop's Tuesday begins at midnight in Shanghai, on Monday evening in London.
    eve = datetime(2026, 11, 23, 16, 0, tzinfo=NOON.tzinfo)
    verdict = earnings.dry_run(event="purchase", facts=facts(10_000), now=late, occurred_at=eve)
    assert [one.amount for one in verdict.payments if one.rule.ledger == "points"] == [100, 100]


def test_the_cap_of_a_day_counts_what_is_left_after_refunds_and_ends_with_the_day(
    standing_clock: Clock, db_session: Session
) -> None:
    member = make_member()
    make_rule("bonus", kind="fixed", amount=30, cap_per_day=50, cap_per_member=90)
    given = []
    for n in range(3):
        paid = earnings.pay(member.id, event="purchase", source=f"purchase:{n}", facts=facts(100), now=NOON)
        given.append({one.code: one.amount for one in paid}.get("bonus"))
    assert given == [30, 20, None]
    back = {"source": "purchase:0", "reversal_source": "refund:0", "paid_fen": 100, "refunded_fen": 100}
    assert earnings.take_back(member.id, **back, now=NOON)["points"] == 31  # type: ignore[arg-type]
    for n, at in ((3, NOON), (4, standing_clock.move(days=1)), (5, standing_clock.move(days=1))):
        paid = earnings.pay(member.id, event="purchase", source=f"purchase:{n}", facts=facts(100), now=at)
        given.append({one.code: one.amount for one in paid}.get("bonus"))
    # Three of twenty and thirty are left of the day; then thirty, then what the member's cap leaves.
    assert given[3:] == [30, 30, 10]


def test_the_database_itself_keeps_a_cap(db_session: Session) -> None:
    member = make_member()
    made = make_rule("bonus", kind="fixed", amount=30)
    values = {
        "member_id": member.id,
        "rule_id": made.rule.id,
        "version_id": made.version.id,
        "amount": 30,
        "on": NOON.date(),
        "detail": "{}",
        "cap_per_day": 50,
        "cap_per_member": None,
    }
    assert db_session.scalar(statements.PAY, {**values, "source": "a"}) is not None
    assert db_session.scalar(statements.PAY, {**values, "source": "b"}) is None
    assert (
        db_session.scalar(statements.PAY, {**values, "source": "b", "cap_per_day": None, "cap_per_member": 59}) is None
    )
    assert (
        db_session.scalar(statements.PAY, {**values, "source": "b", "cap_per_day": 60, "cap_per_member": 60})
        is not None
    )


def test_a_payment_the_cap_refuses_at_the_last_moment_books_nothing(
    db_session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    member = make_member()
    make_rule("bonus", kind="fixed", amount=30, cap_per_day=50)
    earnings.pay(member.id, event="purchase", source="purchase:1", facts=facts(100), now=NOON)
    # As if the sums had been read before a twin wrote.
    monkeypatch.setattr("app.services.earnings.statements.PAID_BEFORE", statements.PAID_BEFORE.bindparams(on=None))
    monkeypatch.setattr("app.services.earnings.PaidBefore", lambda **_: PaidBefore())
    with pytest.raises(Conflict), db_session.begin_nested():
        earnings.pay(member.id, event="purchase", source="purchase:2", facts=facts(100), now=NOON)
    assert points.spendable(member.id, now=NOON) == 31


def test_pending_days_and_expiry_are_the_rules_own(standing_clock: Clock, db_session: Session) -> None:
    member = make_member()
    make_rule("bonus", kind="fixed", amount=30, pending_days=7, expiry="30D")
    earnings.pay(member.id, event="purchase", source="purchase:1", facts=facts(100), now=NOON)
    lots = {lot.granted: lot for lot in db_session.scalars(select(PointsLot))}
    assert lots[1].available_at is None
    assert lots[30].available_at == datetime(2026, 11, 26, 16, 0, tzinfo=NOON.tzinfo)
    assert lots[30].expires_at == datetime(2026, 12, 20, 16, 0, tzinfo=NOON.tzinfo)
    assert points.spendable(member.id, now=NOON) == 1
    assert points.spendable(member.id, now=standing_clock.move(days=7)) == 31


def test_the_tier_before_the_bill_decides(db_session: Session) -> None:
    member = make_member()
    make_rule("silver", kind="multiplier", factor_bp=20_000, tiers=["silver"])
    # This bill lifts the member to silver; the next one is a silver member's.
    assert [earnings.total(_pay(member.id, n, 20_000), "points") for n in range(2)] == [200, 400]
    assert tiers.standing(member.id).tier.code == "silver"


def _pay(member_id: int, n: int, fen: int) -> list[Paid]:
    return earnings.pay(member_id, event="purchase", source=f"purchase:{n}", facts=facts(fen), now=NOON)


def test_a_share_is_taken_back_step_by_step_and_all_of_it_at_the_end(db_session: Session) -> None:
    member = make_member()
    make_rule("bonus", kind="fixed", amount=10)
    _pay(member.id, 1, 9_990)
    gone = []
    for step, refunded in enumerate((1, 3_330, 3_330, 9_989, 9_990, 9_990)):
        back = {"paid_fen": 9_990, "refunded_fen": refunded, "reversal_source": f"refund:{step}"}
        gone.append(earnings.take_back(member.id, source="purchase:1", **back, now=NOON))  # type: ignore[arg-type]
    # 99 + 10 points: every started point goes back to the shop.
    assert [one["points"] for one in gone] == [2, 35, 0, 72, 0, 0]
    assert sum(one["growth"] for one in gone) == 99
    assert (points.spendable(member.id, now=NOON), tiers.standing(member.id).growth_value) == (0, 0)
    assert [(one.amount, one.taken_back) for one in earnings.list_paid(member.id, source="purchase:1")] == [
        (99, 99),
        (99, 99),
        (10, 10),
    ]


def test_joining_and_a_proven_phone_pay_once_each(db_session: Session) -> None:
    store = make_store(code="S1")
    make_rule("welcome", event="joined", kind="fixed", amount=20)
    make_rule("at_s1", event="joined", kind="fixed", amount=5, stores=["S1"])
    make_rule("phone", event="phone_bound", kind="fixed", amount=50)
    at_counter = make_counter_member(phone="13800138000", store_id=store.id)
    assert points.spendable(at_counter.id, now=NOON) == 25
    member = make_member()
    assert points.spendable(member.id, now=NOON) == 20
    for phone in ("13900139000", "13900139001"):
        identities.bind_phone(member.id, phone=seal(phone), app_id="wxtest000000000001", actor=Actor.system(), now=NOON)
    assert points.spendable(member.id, now=NOON) == 70
    # The counter's member proves the same phone in the mini-program: two become one, paid for the phone once.
    newer = make_member()
    bound = identities.bind_phone(
        newer.id, phone=seal("13800138000"), app_id="wxtest000000000001", actor=Actor.system(), now=NOON
    )
    assert bound.member.id == at_counter.id
    assert points.spendable(at_counter.id, now=NOON) == 25 + 20 + 50


def test_the_dry_run_says_what_a_member_would_get_and_writes_nothing(db_session: Session) -> None:
    member = make_member()
    make_rule("bonus", kind="fixed", amount=30, cap_per_member=40)
    make_rule("first", kind="fixed", amount=7, nth_purchase=1)
    make_purchase(member)
    before = points.spendable(member.id, now=NOON)
    verdict = earnings.dry_run(event="purchase", facts=facts(10_000, nth=2), member_id=member.id, now=NOON)
    assert {one.rule.code: one.amount for one in verdict.payments} == {
        "base_points": 100,
        "base_growth": 100,
        "bonus": 10,
    }
    assert {one.rule.code: one.reason for one in verdict.refused} == {"first": "nth_purchase"}
    assert points.spendable(member.id, now=NOON) == before
