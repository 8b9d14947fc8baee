"""Automations by date: once per member and occurrence, on the right local date, however often and late the tick runs."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from app.gateways.wechat import RecordingWeChat
from app.models import Delivery, MessageTemplate
from app.services import purchases_refunds
from jobs.refresh_figures import refresh_figures
from tests.conftest import NOON, Clock
from tests.factories.messages import make_reachable
from tests.factories.staff import make_store
from tests.jobs.automating import automation, buys, occurrences, planned, tick
from tests.jobs.lane import drain

pytestmark = pytest.mark.usefixtures("open_gate")


def test_an_anniversary_once_a_year_at_the_hour_asked_for(
    db_session: Session, template: MessageTemplate, standing_clock: Clock
) -> None:
    joined = standing_clock.set(datetime(2024, 2, 29, 4, 0, tzinfo=UTC))
    leap = make_reachable(template, now=joined, times=9)
    other = make_reachable(template, now=joined + timedelta(days=1))
    standing_clock.set(datetime(2027, 2, 27, 4, 0, tzinfo=UTC))
    campaign = automation(
        template, "anniversary", send_time="10:00", conditions={"years": [3, 4]}, now=standing_clock.now
    )
    planned_by_day = []
    for _ in range(3):
        planned_by_day.append(tick(standing_clock))
        standing_clock.move(days=1)
    assert planned_by_day == [0, 1, 1]
    assert occurrences(db_session, campaign) == [("2027", leap.id), ("2027", other.id)]
    row = db_session.get_one(Delivery, (campaign.id, "2027", leap.id))
    # The tick came at noon; the wish is worth nothing tomorrow.
    assert row.due_at == datetime(2027, 2, 28, 4, 0, tzinfo=UTC)
    assert row.expires_at == datetime(2027, 2, 28, 16, 0, tzinfo=UTC)
    standing_clock.set(datetime(2028, 2, 28, 4, 0, tzinfo=UTC))
    planned_on = {}
    for _ in range(3):
        planned_on[standing_clock.now.date()] = tick(standing_clock)
        standing_clock.move(days=1)
    assert planned_on == {date(2028, 2, 28): 0, date(2028, 2, 29): 1, date(2028, 3, 1): 1}


def test_a_welcome_series_for_those_who_join_after_the_start(
    db_session: Session, template: MessageTemplate, standing_clock: Clock
) -> None:
    before = make_reachable(template, now=standing_clock.now)
    standing_clock.move(minutes=1)
    at_once = automation(template, "welcome", days_after=0, now=standing_clock.now)
    third_day = automation(template, "welcome", days_after=3, send_time="18:00", now=standing_clock.now)
    standing_clock.move(minutes=1)
    newcomer = make_reachable(template, now=standing_clock.now, times=2)
    # Somebody in the middle of joining is left in peace for ten minutes.
    assert tick(standing_clock) == 0
    standing_clock.move(minutes=10, seconds=1)
    assert tick(standing_clock) == 1
    for _ in range(5):
        standing_clock.move(days=1)
        tick(standing_clock)
    assert occurrences(db_session, at_once) == [("welcome", newcomer.id)]
    assert occurrences(db_session, third_day) == [("welcome", newcomer.id)]
    assert db_session.get_one(Delivery, (third_day.id, "welcome", newcomer.id)).due_at == datetime(
        2026, 11, 23, 10, 0, tzinfo=UTC
    )
    assert before.id not in {member for _, member in occurrences(db_session, at_once)}


def lapse_tick(clock: Clock) -> int:
    refresh_figures(now=clock.now)
    return tick(clock)


def test_a_lapse_once_and_again_only_after_another_purchase(
    db_session: Session, template: MessageTemplate, standing_clock: Clock
) -> None:
    member, long_gone = make_reachable(template, times=9), make_reachable(template)
    first = standing_clock.now
    buys(member, at=first)
    buys(long_gone, at=first - timedelta(days=1))
    standing_clock.move(days=30)
    campaign = automation(template, "lapse", days_after=30, now=standing_clock.now)
    days = []
    for day in range(40):
        days += [day] * lapse_tick(standing_clock)
        if day == 5:
            buys(member, at=standing_clock.now)
        standing_clock.move(days=1)
    # The one who had lapsed before the start is left alone; the other lapses twice.
    assert days == [0, 35]
    assert occurrences(db_session, campaign) == [("lapse:2026-11-20", member.id), ("lapse:2026-12-25", member.id)]


def test_who_bought_since_is_not_missed(
    db_session: Session, wechat: RecordingWeChat, template: MessageTemplate, standing_clock: Clock
) -> None:
    stale, late = make_reachable(template), make_reachable(template)
    for member in (stale, late):
        buys(member, at=standing_clock.now)
    standing_clock.move(days=29)
    campaign = automation(template, "lapse", days_after=30, now=standing_clock.now)
    refresh_figures(now=standing_clock.now)
    # The figures do not know yet.
    buys(stale, at=standing_clock.now)
    standing_clock.move(days=1)
    assert tick(standing_clock) == 1
    buys(late, at=standing_clock.now)
    assert drain(campaign) == 0
    assert planned(db_session, campaign) == [("lapse:2026-11-20", late.id, "suppressed", "no_longer_true")]
    assert wechat.sent == []


def test_after_a_bill_that_is_what_was_asked_for(
    db_session: Session, template: MessageTemplate, standing_clock: Clock
) -> None:
    member, other = make_reachable(template, times=9), make_reachable(template)
    buys(other, at=standing_clock.now)
    standing_clock.move(hours=1)
    campaign = automation(
        template, "after_purchase", conditions={"channels": ["webshop"], "min_paid_fen": 5_000}, now=standing_clock.now
    )
    counter = automation(template, "after_purchase", days_after=0, conditions={"channels": ["store"]}, now=NOON)
    counter.started_at = standing_clock.now
    store = make_store(code="S1")
    standing_clock.move(hours=1)
    fine = buys(member, at=standing_clock.now)
    buys(member, at=standing_clock.now, order_no="small", bill_fen=4_999)
    at_counter = buys(member, at=standing_clock.now, order_no="till", channel=f"store:{store.id}", store_id=store.id)
    back = buys(other, at=standing_clock.now, order_no="back")
    standing_clock.move(seconds=1)
    assert tick(standing_clock) == 1
    assert occurrences(db_session, counter) == [(f"purchase:{at_counter.public_id}", member.id)]
    standing_clock.move(days=1)
    assert tick(standing_clock) == 2
    purchases_refunds.refund(back.id, amount_fen=10_000, refund_no="R", now=standing_clock.now)
    assert drain(campaign) == 1
    told = {row[0]: row[2:] for row in planned(db_session, campaign)}
    assert told == {
        f"purchase:{fine.public_id}": ("sent", None),
        f"purchase:{back.public_id}": ("suppressed", "no_longer_true"),
    }


def test_by_members_own_clocks_each_on_their_own_date(
    db_session: Session, template: MessageTemplate, standing_clock: Clock
) -> None:
    joined = datetime(2025, 11, 22, 2, 0, tzinfo=UTC)
    zones = ["Pacific/Kiritimati", "America/New_York", "Nowhere/Else", None]
    members = [make_reachable(template, now=joined) for _ in zones]
    for member, zone in zip(members, zones, strict=True):
        member.zone = zone
    campaign = automation(template, "anniversary", send_time="08:30", is_member_time=True, now=standing_clock.now)
    for _ in range(4):
        tick(standing_clock)
        standing_clock.move(days=1)
    due = [db_session.get_one(Delivery, (campaign.id, "2026", member.id)) for member in members]
    shown = ["2026-11-22T08:30:00+14:00", "2026-11-22T08:30:00-05:00", *["2026-11-22T08:30:00+08:00"] * 2]
    assert [row.due_at for row in due] == [datetime.fromisoformat(at) for at in shown]
    assert [row.expires_at for row in due] == [
        datetime.fromisoformat(at.replace("22T08:30", "23T00:00")) for at in shown
    ]
