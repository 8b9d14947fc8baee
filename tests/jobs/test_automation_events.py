"""Automations by event, and what holds for every kind: pages, holdouts, pauses, a broken one, a stopped scheduler."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.actor import Actor
from app.gateways.wechat import RecordingWeChat
from app.models import Delivery, MemberList, MemberListEntry, MessageTemplate
from app.services import automations, campaign_states, member_events
from app.services.automations import Stretch
from jobs.plan_automations import plan_automations
from tests.conftest import Clock
from tests.factories.members import make_member
from tests.factories.messages import make_reachable
from tests.jobs.automating import automation, buys, occurrences, tick
from tests.jobs.lane import drain

pytestmark = pytest.mark.usefixtures("open_gate")


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
