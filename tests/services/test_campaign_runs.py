"""Runs: what repeats begins once per occurrence, late ones wait for a person, ends are ends."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.actor import Actor
from app.errors import (
    CampaignNotApproved,
    CampaignRunStateConflict,
    CampaignStateConflict,
    InvalidInput,
    NotFound,
)
from app.models import AuditEntry, Campaign, CampaignRun, Delivery
from app.services import audiences, campaign_runs, campaign_states, campaigns, deliveries
from app.statements import campaign_runs as statements
from app.wiring import parts
from tests.conftest import NOON
from tests.factories.messages import expand, make_campaign, make_message_template, make_reachable, staff_actor

SYSTEM = Actor.system()
DAY = timedelta(days=1)


def scheduled(kind: str = "recurring", **changes: Any) -> Campaign:
    campaign = make_campaign(make_message_template(), kind=kind, **changes)
    return campaign_states.schedule(campaign, actor=SYSTEM, now=NOON)


def states(campaign: Campaign, session: Session) -> dict[str, str]:
    rows = session.execute(
        select(CampaignRun.occurrence, CampaignRun.state)
        .where(CampaignRun.campaign_id == campaign.id)
        .order_by(CampaignRun.occurrence)
    )
    return dict(rows.all())


def test_a_daily_campaign_runs_day_by_day(db_session: Session, now: datetime) -> None:
    template = make_message_template()
    for _ in range(3):
        make_reachable(template)
    campaign = make_campaign(template, kind="recurring", ends_on=date(2026, 11, 22))
    campaign_states.schedule(campaign, actor=SYSTEM, now=now)
    assert (campaign.state, campaign.next_run_at) == ("running", now + DAY)
    assert campaign_states.start_due(now=now) == ([], [])
    for day in (1, 2):
        at = now + day * DAY
        assert campaign_states.start_due(now=at) == ([campaign.id], [])
        assert campaign_states.start_due(now=at) == ([], [])
        assert expand(campaign, now=at) == 3
        # Nothing is left: the run ends, the campaign goes on.
        db_session.execute(text("UPDATE delivery SET state = 'failed', finished_at = :at"), {"at": at})
        assert campaign_states.finish_done(now=at) == (1 if day == 2 else 0)
    db_session.refresh(campaign)
    assert (campaign.state, campaign.next_run_at) == ("done", None)
    assert states(campaign, db_session) == {"2026-11-21": "done", "2026-11-22": "done"}
    per_run = db_session.execute(text("SELECT occurrence, count(*) FROM delivery GROUP BY 1 ORDER BY 1")).all()
    assert [tuple(row) for row in per_run] == [("2026-11-21", 3), ("2026-11-22", 3)]
    assert [campaign_runs.get(campaign, day).targeted for day in ("2026-11-21", "2026-11-22")] == [3, 3]


def test_a_stopped_scheduler_leaves_what_is_too_late_to_a_person(db_session: Session, now: datetime) -> None:
    campaign = scheduled()
    # Three days and five hours later: two days are too late, so is today, tomorrow is ahead.
    at = now + 3 * DAY + timedelta(hours=5)
    assert campaign_states.start_due(now=at) == ([], [campaign.id] * 3)
    db_session.refresh(campaign)
    assert campaign.next_run_at == now + 4 * DAY
    assert set(states(campaign, db_session).values()) == {"missed"}
    # Four hours late is not too late.
    other = scheduled()
    assert campaign_states.start_due(now=now + DAY + timedelta(hours=4)) == ([other.id], [])


def test_a_missed_run_waits_and_is_started_or_skipped(db_session: Session, now: datetime) -> None:
    campaign = scheduled(ends_on=date(2026, 11, 22))
    at = now + 3 * DAY
    campaign_states.start_due(now=at)
    assert campaign_states.finish_done(now=at) == 0
    actor = staff_actor()
    with pytest.raises(InvalidInput):
        campaign_runs.start_late(campaign, "2026-11-21", latest_start_at=at, actor=actor, now=at)
    with pytest.raises(NotFound):
        campaign_runs.skip(campaign, "2026-11-20", actor=actor, now=at)
    run = campaign_runs.start_late(campaign, "2026-11-21", latest_start_at=at + DAY, actor=actor, now=at)
    assert (run.state, run.latest_start_at, run.started_at) == ("expanding", at + DAY, at)
    assert campaign_runs.skip(campaign, "2026-11-22", actor=actor, now=at).state == "skipped"
    for occurrence, state in (("2026-11-21", "expanding"), ("2026-11-22", "skipped")):
        with pytest.raises(CampaignRunStateConflict) as caught:
            campaign_runs.skip(campaign, occurrence, actor=actor, now=at)
        assert caught.value.data == {"state": state, "wanted": "skip_run"}
    expand(campaign, now=at)
    assert campaign_states.finish_done(now=at) == 1
    notes = db_session.scalars(
        select(AuditEntry.action)
        .where(AuditEntry.object_kind == "campaign", AuditEntry.object_id == campaign.id)
        .order_by(AuditEntry.id)
    ).all()
    assert notes == [
        "campaign.create",
        "campaign.schedule",
        "campaign.miss",
        "campaign.miss",
        "campaign.start_run",
        "campaign.skip_run",
        "campaign.finish",
    ]


def test_a_one_off_five_hours_late_is_run_anyway_or_skipped(db_session: Session, now: datetime) -> None:
    late = now + timedelta(hours=5)
    template = make_message_template()
    make_reachable(template)
    run_anyway, left_out = (make_campaign(template) for _ in range(2))
    for campaign in (run_anyway, left_out):
        campaign_states.schedule(campaign, actor=SYSTEM, now=now)
    assert campaign_states.start_due(now=late) == ([], [run_anyway.id, left_out.id])
    assert states(left_out, db_session) == {"0": "missed"}
    assert expand(run_anyway, now=late) == 0
    actor = staff_actor()
    campaign_runs.start_late(run_anyway, "0", latest_start_at=late + timedelta(hours=1), actor=actor, now=late)
    assert expand(run_anyway, now=late) == 1
    db_session.refresh(run_anyway)
    assert run_anyway.state == "running"
    assert campaign_runs.skip(left_out, "0", actor=actor, now=late).state == "skipped"
    db_session.refresh(left_out)
    assert (left_out.state, left_out.finished_at) == ("cancelled", late)
    assert db_session.scalars(select(Delivery.campaign_id)).all() == [run_anyway.id]
    with pytest.raises(CampaignStateConflict):
        campaign_runs.start_late(left_out, "0", latest_start_at=late + DAY, actor=actor, now=late)


def test_a_missed_one_off_with_a_new_time_is_the_same_run(db_session: Session, now: datetime) -> None:
    campaign = make_campaign()
    campaign_states.schedule(campaign, actor=SYSTEM, now=now)
    campaign_states.start_due(now=now + timedelta(hours=5))
    at = now + DAY
    campaigns.change(campaign, {"scheduled_at": at}, actor=staff_actor(), now=at)
    with pytest.raises(CampaignStateConflict):
        campaign_runs.start_late(campaign, "0", latest_start_at=at + DAY, actor=staff_actor(), now=at)
    campaign_states.schedule(campaign, actor=SYSTEM, now=at)
    assert campaign_states.start_due(now=at) == ([campaign.id], [])
    run = campaign_runs.get(campaign, "0")
    db_session.refresh(run)
    assert (run.state, run.due_at) == ("expanding", at)


def test_a_shop_with_a_second_person_starts_no_unapproved_run(db_session: Session, now: datetime) -> None:
    campaign = scheduled()
    campaign_states.start_due(now=now + 2 * DAY)
    db_session.execute(text("UPDATE programme SET has_campaign_review = true"))
    db_session.expire_all()
    with pytest.raises(CampaignNotApproved):
        campaign_runs.start_late(
            campaign, "2026-11-21", latest_start_at=now + 3 * DAY, actor=staff_actor(), now=now + 2 * DAY
        )


def test_what_passes_in_a_pause_is_left_out(db_session: Session, now: datetime) -> None:
    campaign = scheduled()
    campaign_states.pause(campaign, actor=SYSTEM, now=now)
    at = now + 10 * DAY + timedelta(hours=5)
    assert campaign_states.start_due(now=at) == ([], [])
    campaign_states.resume(campaign, actor=SYSTEM, now=at)
    assert campaign.next_run_at == now + 11 * DAY
    # Resumed within the four hours, today's still goes out; paused and resumed before its time, it waits for it.
    campaign_states.pause(campaign, actor=SYSTEM, now=at)
    at = now + 11 * DAY + timedelta(hours=1)
    campaign_states.resume(campaign, actor=SYSTEM, now=at)
    assert campaign_states.start_due(now=at) == ([campaign.id], [])
    campaign_states.pause(campaign, actor=SYSTEM, now=at)
    campaign_states.resume(campaign, actor=SYSTEM, now=at)
    assert campaign_states.start_due(now=at) == ([], [])
    assert states(campaign, db_session) == {"2026-12-01": "expanding"}


def test_cancelling_ends_the_runs(db_session: Session, now: datetime) -> None:
    campaign = scheduled()
    at = now + 2 * DAY
    campaign_states.start_due(now=at)
    campaign_states.cancel(campaign, actor=SYSTEM, now=at)
    assert states(campaign, db_session) == {"2026-11-21": "cancelled", "2026-11-22": "cancelled"}
    assert campaign_states.start_due(now=at + DAY) == ([], [])
    page = campaign_runs.list_runs(campaign, after=None, limit=1)
    rest = campaign_runs.list_runs(campaign, after=page.next_key, limit=1)
    assert [run.occurrence for run in [*page.items, *rest.items]] == ["2026-11-22", "2026-11-21"]


def test_a_festival_every_year(db_session: Session, now: datetime) -> None:
    campaign = scheduled("festival", festival="spring_festival", days_before=7)
    at = datetime.fromisoformat("2027-01-30T10:00:00+08:00")
    assert campaign.next_run_at == at
    assert campaign_states.start_due(now=at) == ([campaign.id], [])
    db_session.refresh(campaign)
    assert campaign.next_run_at == datetime.fromisoformat("2028-01-19T10:00:00+08:00")
    assert states(campaign, db_session) == {"2027-02-06": "expanding"}


def test_nothing_ahead_is_not_scheduled(db_session: Session, now: datetime) -> None:
    campaign = make_campaign(kind="recurring", ends_on=now.date())
    with pytest.raises(InvalidInput) as caught:
        campaign_states.schedule(campaign, actor=SYSTEM, now=now)
    assert caught.value.data == {"field": "ends_on", "reason": "no_run_ahead"}


def test_another_zone_of_the_shop_moves_what_comes(db_session: Session, now: datetime) -> None:
    campaign = scheduled()
    db_session.execute(text("UPDATE programme SET zone = 'Asia/Tokyo'"))
    db_session.expire_all()
    assert campaign_states.start_due(now=now + DAY) == ([], [])
    db_session.refresh(campaign)
    # Ten o'clock in Tokyo, the day after.
    assert campaign.next_run_at == now + 2 * DAY - timedelta(hours=1)


def test_a_pause_stops_what_repeats_and_resuming_sends_exactly_the_rest(db_session: Session, now: datetime) -> None:
    template = make_message_template()
    members = [make_reachable(template).id for _ in range(6)]
    campaign = make_campaign(template, kind="recurring")
    campaign_states.schedule(campaign, actor=SYSTEM, now=now)
    at = now + DAY
    campaign_states.start_due(now=at)
    campaign_runs.get(campaign, "2026-11-21").cursor_member_id = members[0] - 1
    db_session.flush()
    app_id = parts().config.wechat_appid
    assert audiences.expand_next(campaign.id, app_id=app_id, now=at, chunk_ids=3) == (3, True)
    # What is written already goes out while the rest is being written down.
    first = deliveries.claim_due(campaign.id, limit=2, now=at)
    assert len(first) == 2
    campaign_states.pause(campaign, actor=SYSTEM, now=at)
    assert audiences.expand_next(campaign.id, app_id=app_id, now=at, chunk_ids=3) == (0, False)
    assert deliveries.claim_due(campaign.id, limit=9, now=at) == []
    assert audiences.list_expanding() == []
    campaign_states.resume(campaign, actor=SYSTEM, now=at)
    assert expand(campaign, now=at) == 3
    rest = deliveries.claim_due(campaign.id, limit=9, now=at)
    assert sorted(ticket.member_id for ticket in first + rest) == members


def test_a_scheduler_that_comes_second_takes_no_step(db_session: Session, now: datetime) -> None:
    campaign = scheduled()
    values = {
        "campaign_id": campaign.id,
        "occurrence": "2026-11-21",
        "due_at": now + DAY,
        "next_run_at": now + 2 * DAY,
        "latest_start_at": now + 2 * DAY,
        "is_late": False,
        "now": now + DAY,
    }
    assert db_session.scalars(statements.BEGIN, values).all() == ["expanding"]
    # As the other saw it a moment ago: neither the run nor the step again.
    assert db_session.scalars(statements.BEGIN, {**values, "next_run_at": now + 9 * DAY}).all() == []
    db_session.refresh(campaign)
    assert campaign.next_run_at == now + 2 * DAY


def test_a_run_ends_though_the_next_one_is_under_way(db_session: Session, now: datetime) -> None:
    template = make_message_template()
    make_reachable(template)
    campaign = make_campaign(template, kind="recurring")
    campaign_states.schedule(campaign, actor=SYSTEM, now=now)
    for day in (1, 2):
        campaign_states.start_due(now=now + day * DAY)
        expand(campaign, now=now + day * DAY)
    # The first run has something left: neither ends, the second waits for its turn.
    campaign_states.finish_done(now=now + 2 * DAY)
    assert set(states(campaign, db_session).values()) == {"running"}
    db_session.execute(
        text("UPDATE delivery SET state = 'failed', finished_at = now() WHERE occurrence = '2026-11-21'")
    )
    campaign_states.finish_done(now=now + 2 * DAY)
    assert states(campaign, db_session) == {"2026-11-21": "done", "2026-11-22": "running"}
