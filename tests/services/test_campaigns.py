"""Writing campaigns and moving them through their states."""

import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.actor import Actor
from app.errors import (
    CampaignStateConflict,
    InvalidInput,
    LoyaltyError,
    MessageFieldsInvalid,
    MessageTemplateDisabled,
    NotFound,
)
from app.extensions import db
from app.models import AuditEntry, Campaign
from app.models.campaign import CAMPAIGN_STATES
from app.services import campaign_links, campaign_reviews, campaign_states, campaigns
from tests.conftest import NOON
from tests.factories.coupons import make_batch
from tests.factories.messages import make_campaign, make_message_template, staff_actor

SYSTEM = Actor.system()


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"field_values": {"thing1": "好"}}, MessageFieldsInvalid),
        ({"field_values": {"thing1": "好" * 21, "date2": "{date}"}}, MessageFieldsInvalid),
        ({"field_values": {"thing1": "{coupon}", "date2": "{date}"}}, MessageFieldsInvalid),
        ({"days_before": 3}, InvalidInput),
        ({"scheduled_at": None, "latest_start_at": datetime(2026, 12, 1).astimezone()}, InvalidInput),
        ({"latest_start_at": datetime(2026, 1, 1).astimezone()}, InvalidInput),
        ({"kind": "birthday", "days_before": None, "scheduled_at": None}, InvalidInput),
        ({"kind": "birthday", "days_before": 1, "scheduled_at": datetime(2026, 12, 1).astimezone()}, InvalidInput),
    ],
)
def test_what_cannot_be_sent_is_not_written(
    db_session: Session, now: datetime, changes: dict[str, Any], error: type[LoyaltyError]
) -> None:
    with pytest.raises(error):
        make_campaign(**changes)
    assert db_session.scalars(select(Campaign)).all() == []


def test_refusals_name_the_field(db_session: Session, now: datetime) -> None:
    with pytest.raises(MessageFieldsInvalid) as caught:
        make_campaign(field_values={"thing1": "{nick}", "date2": "明天"})
    assert caught.value.data["fields"] == {"thing1": "unknown_placeholder", "date2": "too_long_or_wrong_type"}


def test_links_must_exist_and_fit(db_session: Session, now: datetime) -> None:
    template = make_message_template()
    template.is_enabled = False
    with pytest.raises(MessageTemplateDisabled):
        make_campaign(template)
    with pytest.raises(NotFound):
        campaign_links.tier_keys([uuid.uuid4()])
    with pytest.raises(InvalidInput):
        make_campaign(kind="birthday", gift=make_batch(how="claim"))
    gifted = make_campaign(
        kind="birthday", gift=make_batch(how="birthday"), field_values={"thing1": "{coupon}", "date2": "{date}"}
    )
    assert campaign_links.links_of([gifted])[gifted.id].coupon_batch_id is not None


def test_a_draft_can_be_changed_and_a_running_one_not(db_session: Session, now: datetime) -> None:
    campaign = make_campaign()
    actor = staff_actor()
    changed = campaigns.change(campaign, {"name": "新名字", "sends_per_second": 5}, actor=actor, now=now)
    assert (changed.name, changed.sends_per_second) == ("新名字", 5)
    with pytest.raises(MessageFieldsInvalid):
        campaigns.change(campaign, {"field_values": {"thing1": "好"}}, actor=actor, now=now)
    db_session.refresh(campaign)
    campaign_states.schedule(campaign, actor=actor, now=now)
    with pytest.raises(CampaignStateConflict):
        campaigns.change(campaign, {"name": "太晚了"}, actor=actor, now=now)


Step = Callable[[Campaign, datetime], Any]
STEPS: dict[str, Step] = {
    "submit": lambda c, now: campaign_reviews.submit(c, actor=staff_actor(), now=now),
    "approve": lambda c, now: campaign_reviews.approve(
        c, submitted_at=c.submitted_at or now, actor=staff_actor(), now=now
    ),
    "reject": lambda c, now: campaign_reviews.reject(c, reason="错别字", actor=staff_actor(), now=now),
    "change": lambda c, now: campaigns.change(c, {"priority": 7}, actor=staff_actor(), now=now),
    "schedule": lambda c, now: campaign_states.schedule(c, actor=SYSTEM, now=now),
    "pause": lambda c, now: campaign_states.pause(c, actor=SYSTEM, now=now),
    "resume": lambda c, now: campaign_states.resume(c, actor=SYSTEM, now=now),
    "cancel": lambda c, now: campaign_states.cancel(c, actor=SYSTEM, now=now),
}
NOT_BEGUN = ("draft", "in_review", "approved", "missed")
LIVE = ("scheduled", "expanding", "running")
# What each step makes of each state; a step that is not listed is a conflict.
ALLOWED = {
    ("draft", "submit"): "in_review",
    ("in_review", "approve"): "approved",
    ("in_review", "reject"): "draft",
    **{(state, "change"): "draft" for state in NOT_BEGUN},
    **{(state, "schedule"): "scheduled" for state in ("draft", "approved", "missed")},
    **{(state, "pause"): "paused" for state in LIVE},
    ("paused", "resume"): "running",
    **{(state, "cancel"): "cancelled" for state in (*NOT_BEGUN, *LIVE, "paused")},
}
NOTED = {"change": "update"}


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("state", CAMPAIGN_STATES)
def test_every_step_from_every_state(db_session: Session, now: datetime, state: str, step: str) -> None:
    campaign = made_in(state)
    wanted = ALLOWED.get((state, step))
    if wanted is None:
        with pytest.raises(CampaignStateConflict) as caught:
            STEPS[step](campaign, now)
        assert caught.value.data == {"state": state, "wanted": step}
    else:
        assert STEPS[step](campaign, now).state == wanted
        of_campaign = AuditEntry.object_kind == "campaign", AuditEntry.object_id == campaign.id
        actions = db_session.scalars(select(AuditEntry.action).where(*of_campaign).order_by(AuditEntry.id)).all()
        assert actions == ["campaign.create", f"campaign.{NOTED.get(step, step)}"]


def made_in(state: str) -> Campaign:
    campaign, other = make_campaign(), staff_actor()
    campaign.state, campaign.paused_from = state, "running" if state == "paused" else None
    if state in ("in_review", "approved"):
        campaign.submitted_by_id, campaign.submitted_at = campaign.created_by_id, NOON
    if state == "approved":
        campaign.approved_by_id = other.id
    db.session.flush()
    return campaign


def test_pausing_remembers_where(db_session: Session, now: datetime) -> None:
    for state in ("scheduled", "expanding", "running"):
        campaign = make_campaign()
        campaign.state = state
        db_session.flush()
        STEPS["pause"](campaign, now)
        assert STEPS["resume"](campaign, now).state == state


def test_too_late_is_missed_and_waits_for_a_person(db_session: Session, now: datetime) -> None:
    campaign = make_campaign(scheduled_at=now + timedelta(hours=1))
    STEPS["schedule"](campaign, now)
    assert campaign_states.start_due(now=now) == ([], [])
    assert campaign_states.start_due(now=now + timedelta(hours=6)) == ([], [campaign.id])
    assert campaign_states.start_due(now=now + timedelta(hours=6)) == ([], [])
    db_session.refresh(campaign)
    later = now + timedelta(hours=7)
    with pytest.raises(InvalidInput):
        STEPS["schedule"](campaign, later)
    campaigns.change(campaign, {"scheduled_at": later}, actor=staff_actor(), now=later)
    STEPS["schedule"](campaign, later)
    assert campaign_states.start_due(now=later) == ([campaign.id], [])


def test_a_time_in_the_past_is_refused(db_session: Session, now: datetime) -> None:
    campaign = make_campaign(scheduled_at=now - timedelta(days=365))
    with pytest.raises(InvalidInput):
        STEPS["schedule"](campaign, now)


def test_a_birthday_campaign_runs_at_once(db_session: Session, now: datetime) -> None:
    assert STEPS["schedule"](make_campaign(kind="birthday"), now).state == "running"
