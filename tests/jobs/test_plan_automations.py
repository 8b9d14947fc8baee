"""Automations by date and by event: once per member and occurrence, however often, late or doubled the tick runs."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.actor import Actor
from app.gateways.wechat import RecordingWeChat, outcomes
from app.models import Campaign, Delivery, Member, MemberList, MemberListEntry, MessageTemplate, MessageTopic, Purchase
from app.services import automations, campaign_states, member_events, programmes, purchases, purchases_refunds
from app.services.automations import Stretch
from jobs.plan_automations import plan_automations
from jobs.refresh_figures import refresh_figures
from jobs.settle_deliveries import settle_deliveries
from tests.conftest import NOON, Clock
from tests.factories.members import make_member
from tests.factories.messages import accept, make_campaign, make_reachable
from tests.factories.staff import make_store
from tests.jobs.lane import drain

pytestmark = pytest.mark.usefixtures("open_gate")


def automation(template: MessageTemplate, kind: str, *, now: datetime, **changes: Any) -> Campaign:
    """Switched on."""
    needs = {"anniversary": {"days_before": 0}, "welcome": {"days_after": 1}, "lapse": {"days_after": 30}}
    needs["after_purchase"] = {"days_after": 1}
    campaign = make_campaign(template, kind=kind, now=now, **{**needs.get(kind, {}), **changes})
    return campaign_states.schedule(campaign, actor=Actor.system(), now=now)


def planned(db_session: Session, campaign: Campaign) -> list[tuple[str, int, str, str | None]]:
    rows = db_session.execute(
        select(Delivery.occurrence, Delivery.member_id, Delivery.state, Delivery.reason)
        .where(Delivery.campaign_id == campaign.id)
        .order_by(Delivery.occurrence, Delivery.member_id)
    )
    return [tuple(row) for row in rows]  # type: ignore[misc]


def occurrences(db_session: Session, campaign: Campaign) -> list[tuple[str, int]]:
    return [row[:2] for row in planned(db_session, campaign)]


def tick(clock: Clock, *, times: int = 2) -> int:
    """Planned by the first run; the others must find nothing."""
    counts = [plan_automations(now=clock.now) for _ in range(times)]
    assert not any(count["failed"] for count in counts)
    assert [count["planned"] for count in counts[1:]] == [0] * (times - 1)
    return counts[0]["planned"]


def buys(member: Member, *, at: datetime, **bill: Any) -> Purchase:
    """A bill of ¥100 of the web shop."""
    values = {"store_id": None, "channel": "webshop", "order_no": f"O-{member.id}-{at:%m%d%H%M}", "bill_fen": 10_000}
    return purchases.record(member.id, now=at, **{**values, **bill})


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


EVENTS: dict[str, tuple[str, dict[str, Any], datetime]] = {
    "coupon_will_expire": (
        "2026-11-22",
        {"expires_on": "2026-11-22", "coupons": 1},
        datetime(2026, 11, 22, 16, tzinfo=UTC),
    ),
    "points_will_expire": (
        "2026-12-20",
        {"expires_on": "2026-12-20", "points": 50},
        datetime(2026, 12, 20, 16, tzinfo=UTC),
    ),
    "tier_will_drop": ("2026-12-31", {"to": "silver"}, datetime(2026, 12, 31, 16, tzinfo=UTC)),
    "tier_up": ("2026-11-20 10:00:gold", {"to": "gold"}, datetime(2026, 11, 27, 16, tzinfo=UTC)),
    "tier_down": ("2026-11-20 10:00:silver", {"to": "silver"}, datetime(2026, 11, 27, 16, tzinfo=UTC)),
}


@pytest.mark.parametrize("kind", EVENTS)
def test_an_event_brings_its_message_once_while_it_is_true(
    db_session: Session, wechat: RecordingWeChat, template: MessageTemplate, standing_clock: Clock, kind: str
) -> None:
    occurrence, details, expires_at = EVENTS[kind]
    early, member = make_reachable(template), make_reachable(template)
    member_events.record(early.id, kind=kind, occurrence=occurrence, details=details, now=standing_clock.now)
    standing_clock.move(seconds=1)
    campaign = automation(template, kind, now=standing_clock.now)
    member_events.record(member.id, kind=kind, occurrence=occurrence, details=details, now=standing_clock.now)
    standing_clock.move(seconds=9)
    assert tick(standing_clock, times=3) == 1
    assert occurrences(db_session, campaign) == [(occurrence, member.id)]
    assert db_session.get_one(Delivery, (campaign.id, occurrence, member.id)).expires_at == expires_at
    for _ in range(3):
        drain(campaign)
    dated = kind.endswith(("expire", "drop"))
    said = date.fromisoformat(occurrence) if dated else date(2026, 11, 20)
    assert [sent.args["data"]["date2"] for sent in wechat.sent] == [f"{said.year}年{said.month}月{said.day}日"]


def test_an_event_that_asks_for_less_than_the_condition(
    db_session: Session, template: MessageTemplate, standing_clock: Clock
) -> None:
    gold = automation(template, "tier_up", conditions={"tiers": ["gold"]}, now=standing_clock.now)
    many = automation(template, "points_will_expire", conditions={"min_points": 100}, now=standing_clock.now)
    member = make_reachable(template)
    for tier in ("silver", "gold"):
        member_events.record(
            member.id, kind="tier_up", occurrence=f"now:{tier}", details={"to": tier}, now=standing_clock.now
        )
    for points, on in ((99, "2026-12-01"), (100, "2026-12-02")):
        member_events.record(
            member.id,
            kind="points_will_expire",
            occurrence=on,
            details={"expires_on": on, "points": points},
            now=standing_clock.now,
        )
    standing_clock.move(seconds=9)
    assert tick(standing_clock) == 2
    assert occurrences(db_session, gold) == [("now:gold", member.id)]
    assert occurrences(db_session, many) == [("2026-12-02", member.id)]


@pytest.mark.parametrize(("away_days", "expected"), [(2, [2, 0]), (12, [0, 0])])
def test_a_stopped_scheduler_is_caught_up_with_within_reason(
    db_session: Session, template: MessageTemplate, standing_clock: Clock, away_days: int, expected: list[int]
) -> None:
    by_date = automation(template, "welcome", days_after=2, now=standing_clock.now)
    by_event = automation(template, "tier_up", now=standing_clock.now)
    assert tick(standing_clock) == 0
    standing_clock.move(minutes=1)
    member = make_reachable(template, now=standing_clock.now)
    member_events.record(member.id, kind="tier_up", occurrence="a", details={"to": "x"}, now=standing_clock.now)
    standing_clock.move(days=away_days)
    assert [tick(standing_clock), tick(standing_clock)] == expected
    assert len(occurrences(db_session, by_date) + occurrences(db_session, by_event)) == expected[0]


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


def test_who_is_asked_for_who_is_held_back_and_who_cannot_be_reached(
    db_session: Session, template: MessageTemplate, standing_clock: Clock
) -> None:
    listed = [make_reachable(template) for _ in range(40)]
    silent, left_out = make_member(marketing=True), make_reachable(template)
    members = MemberList(name="茶友", created_at=standing_clock.now)
    db_session.add(members)
    db_session.flush()
    db_session.add_all(MemberListEntry(list_id=members.id, member_id=one.id) for one in (*listed, silent))
    db_session.flush()
    campaign = automation(
        template,
        "tier_up",
        holdout_bp=5_000,
        member_list_id=members.public_id,
        points_gift=5,
        now=standing_clock.now,
    )
    for member in (*listed, silent, left_out):
        member_events.record(member.id, kind="tier_up", occurrence="a", details={"to": "x"}, now=standing_clock.now)
    standing_clock.move(seconds=9)
    assert tick(standing_clock) == 41
    rows = list(db_session.scalars(select(Delivery).where(Delivery.campaign_id == campaign.id)))
    assert left_out.id not in {row.member_id for row in rows}
    by_state = {state: sum(row.state == state for row in rows) for state in ("planned", "holdout", "suppressed")}
    assert by_state["holdout"] in range(10, 32)
    assert sum(by_state.values()) == 41
    assert {row.benefit for row in rows if row.state == "holdout"} == {None}
    assert {row.benefit for row in rows if row.state != "holdout"} == {"due"}
    assert {row.reason for row in rows if row.member_id == silent.id} <= {"no_grant", "campaign"}


def resting(db_session: Session, template: MessageTemplate, *, days: int) -> None:
    db_session.get_one(MessageTopic, template.topic).cool_off_days = days
    db_session.flush()


def test_a_topic_rests_between_automatic_messages(
    db_session: Session, wechat: RecordingWeChat, template: MessageTemplate, standing_clock: Clock
) -> None:
    resting(db_session, template, days=7)
    # Not the caps' doing.
    programmes.update({"messages_per_day": 9, "messages_per_week": 9}, actor=Actor.system(), now=standing_clock.now)
    member = make_reachable(template, times=9)
    campaign = automation(template, "tier_up", now=standing_clock.now)
    sent = []
    for day in range(9):
        member_events.record(
            member.id, kind="tier_up", occurrence=f"day {day}", details={"to": "x"}, now=standing_clock.now
        )
        # A second earlier every day: dates count, not instants.
        standing_clock.move(seconds=1)
        tick(standing_clock)
        # Otherwise the first waits for WeChat's event, and the others for the first.
        settle_deliveries(now=standing_clock.now)
        sent.append(drain(campaign))
        standing_clock.move(days=1, seconds=-2)
    assert sent == [1, 0, 0, 0, 0, 0, 0, 1, 0]
    assert {row[3] for row in planned(db_session, campaign) if row[2] == "suppressed"} == {"cooling_off"}


def test_what_certainly_did_not_arrive_begins_no_rest(
    db_session: Session, wechat: RecordingWeChat, template: MessageTemplate, standing_clock: Clock
) -> None:
    resting(db_session, template, days=7)
    member = make_reachable(template, times=9)
    first = automation(template, "tier_up", now=standing_clock.now)
    second = automation(template, "tier_down", now=standing_clock.now)
    for kind in ("tier_up", "tier_down"):
        member_events.record(member.id, kind=kind, occurrence="a", details={"to": "x"}, now=standing_clock.now)
    standing_clock.move(seconds=1)
    tick(standing_clock)
    wechat.program_send(outcomes.refused(43101))
    assert [drain(first), drain(second)] == [1, 0]
    told = [planned(db_session, campaign)[0][2:] for campaign in (first, second)]
    # The permission went with the refusal; that is what stops the second, not a rest.
    assert told == [("suppressed", "refused"), ("suppressed", "no_grant")]
    accept(member, template, times=2)
    member_events.record(member.id, kind="tier_up", occurrence="b", details={"to": "x"}, now=standing_clock.now)
    standing_clock.move(seconds=1)
    tick(standing_clock)
    assert drain(first) == 1


def test_one_broken_automation_keeps_no_other_from_its_day(
    db_session: Session, template: MessageTemplate, standing_clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = automation(template, "tier_down", now=standing_clock.now)
    fine = automation(template, "tier_up", now=standing_clock.now)
    member = make_reachable(template)
    for kind in ("tier_up", "tier_down"):
        member_events.record(member.id, kind=kind, occurrence="a", details={"to": "x"}, now=standing_clock.now)
    real = automations.plan_page

    def plan_page(stretch: Stretch, **rest: Any) -> Any:
        if stretch.campaign_id == broken.id:
            raise RuntimeError("broken")
        return real(stretch, **rest)

    standing_clock.move(hours=1)
    monkeypatch.setattr(automations, "plan_page", plan_page)
    assert plan_automations(now=standing_clock.now) == {"planned": 1, "failed": 1}
    monkeypatch.setattr(automations, "plan_page", real)
    standing_clock.move(hours=1)
    assert plan_automations(now=standing_clock.now) == {"planned": 1, "failed": 0}
    assert occurrences(db_session, broken) == occurrences(db_session, fine) == [("a", member.id)]


def test_pages_of_one_leave_nobody_out(
    db_session: Session, template: MessageTemplate, standing_clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jobs.plan_automations.CHUNK", 1)
    kinds = {kind: automation(template, kind, now=standing_clock.now) for kind in EVENTS}
    welcome = automation(template, "welcome", now=standing_clock.now)
    bought = automation(template, "after_purchase", now=standing_clock.now)
    standing_clock.move(seconds=1)
    members = [make_reachable(template, now=standing_clock.now) for _ in range(3)]
    for member in members:
        # Too small to move anybody up.
        buys(member, at=standing_clock.now, bill_fen=100)
        buys(member, at=standing_clock.now, bill_fen=100, order_no=f"again {member.id}")
        for kind, (_, details, _) in EVENTS.items():
            # Two of one instant.
            for occurrence in ("2026-12-01", "2026-12-02"):
                member_events.record(
                    member.id, kind=kind, occurrence=occurrence, details=details, now=standing_clock.now
                )
    standing_clock.move(seconds=9)
    assert tick(standing_clock) == 6 * len(EVENTS)
    standing_clock.move(days=1)
    assert tick(standing_clock) == 3 + 6
    assert {len(occurrences(db_session, campaign)) for campaign in kinds.values()} == {6}
    assert (len(occurrences(db_session, welcome)), len(occurrences(db_session, bought))) == (3, 6)


def test_a_paused_automation_plans_nobody_and_goes_on_where_it_was(
    db_session: Session, template: MessageTemplate, standing_clock: Clock
) -> None:
    campaign = automation(template, "tier_up", now=standing_clock.now)
    member = make_reachable(template)
    member_events.record(member.id, kind="tier_up", occurrence="a", details={"to": "x"}, now=standing_clock.now)
    campaign_states.pause(campaign, actor=Actor.system(), now=standing_clock.now)
    standing_clock.move(days=1)
    assert tick(standing_clock) == 0
    campaign_states.resume(campaign, actor=Actor.system(), now=standing_clock.now)
    assert tick(standing_clock) == 1
