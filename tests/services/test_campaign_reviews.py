"""The second person: who may be it, what a change does to an approval, and that scheduling asks for one where the shop does."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.actor import Actor
from app.errors import CampaignChanged, CampaignNotApproved, InvalidInput, SecondPersonNeeded
from app.models import AuditEntry, Campaign
from app.services import campaign_reviews, campaign_states, campaigns
from tests.factories.messages import make_campaign, staff_actor
from tests.factories.staff import make_staff


@pytest.fixture
def reviewed(db_session: Session, now: datetime) -> None:
    """The shop asks for a second person."""
    db_session.execute(text("UPDATE programme SET has_campaign_review = true"))
    db_session.expire_all()


def submitted(now: datetime) -> tuple[Campaign, Actor, Actor]:
    """In review, its writer, and who submitted it."""
    writer, submitter = make_staff("marketer"), staff_actor()
    campaign = make_campaign(by=writer)
    campaign_reviews.submit(campaign, actor=submitter, now=now)
    return campaign, staff_actor(writer), submitter


def test_neither_writer_nor_submitter_is_the_second_person(db_session: Session, now: datetime) -> None:
    campaign, writer, submitter = submitted(now)
    for actor in (writer, submitter):
        with pytest.raises(SecondPersonNeeded):
            campaign_reviews.approve(campaign, submitted_at=now, actor=actor, now=now)
        with pytest.raises(SecondPersonNeeded):
            campaign_reviews.reject(campaign, reason="不好", actor=actor, now=now)
    with pytest.raises(InvalidInput):
        campaign_reviews.approve(campaign, submitted_at=now, actor=Actor.system(), now=now)
    other = staff_actor()
    approved = campaign_reviews.approve(campaign, submitted_at=now, actor=other, now=now)
    assert (approved.state, approved.approved_by_id, approved.approved_at) == ("approved", other.id, now)


def test_what_was_changed_since_it_was_looked_at_is_not_approved(db_session: Session, now: datetime) -> None:
    campaign, writer, submitter = submitted(now)
    seen, later = now, now + timedelta(milliseconds=1)
    campaigns.change(campaign, {"priority": 9}, actor=writer, now=later)
    campaign_reviews.submit(campaign, actor=submitter, now=later)
    with pytest.raises(CampaignChanged):
        campaign_reviews.approve(campaign, submitted_at=seen, actor=staff_actor(), now=later)
    assert (campaign.state, campaign.approved_by_id) == ("in_review", None)
    # What is told is told in milliseconds.
    told = later.replace(microsecond=later.microsecond // 1000 * 1000)
    assert campaign_reviews.approve(campaign, submitted_at=told, actor=staff_actor(), now=later).state == "approved"


def test_a_rejected_one_says_why_until_it_is_submitted_again(db_session: Session, now: datetime) -> None:
    campaign, _, submitter = submitted(now)
    rejected = campaign_reviews.reject(campaign, reason="日期写错了", actor=staff_actor(), now=now)
    assert (rejected.state, rejected.review_note, rejected.submitted_by_id) == ("draft", "日期写错了", None)
    entry = db_session.scalars(select(AuditEntry).where(AuditEntry.action == "campaign.reject")).one()
    assert entry.details == {"reason": "日期写错了"}
    assert campaign_reviews.submit(campaign, actor=submitter, now=now).review_note is None


@pytest.mark.usefixtures("reviewed")
def test_a_shop_that_asks_for_it_schedules_nothing_unapproved(db_session: Session, now: datetime) -> None:
    campaign, writer, _ = submitted(now)
    campaign_reviews.approve(campaign, submitted_at=now, actor=staff_actor(), now=now)
    # Any change takes the approval away.
    campaigns.change(campaign, {"priority": 9}, actor=writer, now=now)
    assert (campaign.state, campaign.submitted_by_id, campaign.approved_by_id) == ("draft", None, None)
    with pytest.raises(CampaignNotApproved):
        campaign_states.schedule(campaign, actor=writer, now=now)
    campaign_reviews.submit(campaign, actor=writer, now=now)
    campaign_reviews.approve(campaign, submitted_at=now, actor=staff_actor(), now=now)
    assert campaign_states.schedule(campaign, actor=writer, now=now).state == "scheduled"


@pytest.mark.usefixtures("reviewed")
@pytest.mark.parametrize("kind", ["one_off", "recurring", "festival", "birthday"])
def test_no_kind_goes_past_it(db_session: Session, now: datetime, kind: str) -> None:
    with pytest.raises(CampaignNotApproved):
        campaign_states.schedule(make_campaign(kind=kind), actor=staff_actor(), now=now)


@pytest.mark.usefixtures("reviewed")
def test_a_missed_one_keeps_the_approval_it_had(db_session: Session, now: datetime) -> None:
    campaign, writer, _ = submitted(now)
    campaign_reviews.approve(campaign, submitted_at=now, actor=staff_actor(), now=now)
    campaign.state = "missed"
    db_session.flush()
    assert campaign_states.schedule(campaign, actor=writer, now=now).state == "scheduled"
