"""What a campaign of each kind must say, its variants, and copies of it."""

from datetime import date, datetime
from typing import Any

import pytest
from sqlalchemy.orm import Session

from app.errors import AutomationConditionsInvalid, CampaignStateConflict, InvalidInput, MessageFieldsInvalid, NotFound
from app.models import Campaign, Segment, SegmentVersion
from app.services import campaign_links, campaign_states, campaigns
from tests.factories.coupons import make_batch
from tests.factories.issue_runs import make_list
from tests.factories.messages import make_campaign, staff_actor

WEEKLY = {"every": "week", "on": [5]}
HALVES: list[dict[str, Any]] = [
    {"code": "A", "share_bp": 5_000, "field_values": {"thing1": "八折"}, "page": None},
    {"code": "B", "share_bp": 5_000, "field_values": {}, "page": "pages/sale/index"},
]


@pytest.mark.parametrize(
    ("kind", "changes", "field"),
    [
        ("recurring", {"repeat": None}, "repeat"),
        ("recurring", {"repeat": {"every": "week"}}, "repeat"),
        ("recurring", {"send_time": None}, "send_time"),
        ("recurring", {"scheduled_at": datetime(2026, 12, 1).astimezone()}, "scheduled_at"),
        ("recurring", {"days_before": 1}, "days_before"),
        ("recurring", {"festival": "qixi"}, "festival"),
        ("festival", {"festival": None}, "festival"),
        ("festival", {"festival": "easter"}, "festival"),
        ("festival", {"days_before": None}, "days_before"),
        ("festival", {"repeat": WEEKLY}, "repeat"),
        ("one_off", {"repeat": WEEKLY}, "repeat"),
        ("one_off", {"send_time": "10:00"}, "send_time"),
        ("one_off", {"ends_on": date(2027, 1, 1)}, "ends_on"),
        ("one_off", {"days_after": 3}, "days_after"),
        ("one_off", {"variants": HALVES[:1]}, "variants"),
        ("one_off", {"variants": [HALVES[0], HALVES[0]]}, "variants"),
        ("birthday", {"ends_on": date(2027, 1, 1)}, "ends_on"),
    ],
)
def test_what_does_not_belong_together(
    db_session: Session, now: datetime, kind: str, changes: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidInput) as caught:
        make_campaign(kind=kind, **changes)
    assert caught.value.data["field"] == field


def test_conditions_are_for_what_fires_by_itself(db_session: Session, now: datetime) -> None:
    with pytest.raises(AutomationConditionsInvalid):
        make_campaign(kind="recurring", conditions={"years": [1]})


def test_the_texts_of_variants_are_checked_like_the_campaigns_own(db_session: Session, now: datetime) -> None:
    broken = [HALVES[0], {**HALVES[1], "field_values": {"thing1": "{coupon}"}}]
    with pytest.raises(MessageFieldsInvalid) as caught:
        make_campaign(variants=broken)
    assert caught.value.data["fields"] == {"thing1": "placeholder_needs_a_gift"}
    campaign = make_campaign(variants=HALVES)
    with pytest.raises(MessageFieldsInvalid):
        campaigns.change(campaign, {"variants": broken}, actor=staff_actor(), now=now)


def test_variants_are_replaced_as_a_whole(db_session: Session, now: datetime) -> None:
    campaign = make_campaign(variants=HALVES)
    thirds = [{**HALVES[0], "code": code, "share_bp": share} for code, share in (("A", 3333), ("B", 3333), ("C", 3334))]
    campaigns.change(campaign, {"variants": thirds}, actor=staff_actor(), now=now)
    assert [(one.code, one.share_bp) for one in campaigns.variants_of(campaign)] == [
        ("A", 3333),
        ("B", 3333),
        ("C", 3334),
    ]
    campaigns.change(campaign, {"name": "三种说法"}, actor=staff_actor(), now=now)
    assert len(campaigns.variants_of(campaign)) == 3
    campaigns.change(campaign, {"variants": []}, actor=staff_actor(), now=now)
    assert campaigns.variants_of(campaign) == []


def test_gifts_of_broadcasts_are_issued(db_session: Session, now: datetime) -> None:
    gift = make_batch(how="issue")
    assert make_campaign(gift=gift, points_gift=20).coupon_batch_id == gift.id
    with pytest.raises(InvalidInput):
        make_campaign(gift=make_batch(how="birthday"))
    with pytest.raises(InvalidInput):
        make_campaign(kind="birthday", gift=gift)


def test_a_segment_keeps_its_version(db_session: Session, now: datetime) -> None:
    segment = Segment(name="三月", created_at=now, updated_at=now)
    db_session.add(segment)
    db_session.flush()
    for version in (1, 2):
        rule = {"v": 1, "is": "birthday_month", "any_of": [version]}
        db_session.add(SegmentVersion(segment_id=segment.id, version=version, rule=rule, created_at=now))
    members = make_list([])
    campaign = make_campaign(segment_id=segment.public_id, member_list_id=members.public_id)
    segment.version = 2
    db_session.flush()
    campaigns.change(campaign, {"name": "不变"}, actor=staff_actor(), now=now)
    assert (campaign.segment_id, campaign.segment_version) == (segment.id, 1)
    links = campaign_links.links_of([campaign])[campaign.id]
    assert (links.segment_id, links.member_list_id) == (segment.public_id, members.public_id)
    campaigns.change(campaign, {"segment_id": segment.public_id}, actor=staff_actor(), now=now)
    assert campaign.segment_version == 2
    campaigns.change(campaign, {"segment_id": None, "member_list_id": None}, actor=staff_actor(), now=now)
    links = campaign_links.links_of([campaign])[campaign.id]
    assert (links.segment_id, links.member_list_id) == (None, None)
    segment.is_active = False
    db_session.flush()
    with pytest.raises(InvalidInput):
        make_campaign(segment_id=segment.public_id)
    with pytest.raises(NotFound):
        make_campaign(segment_id=campaign.public_id)
    with pytest.raises(NotFound):
        make_campaign(member_list_id=campaign.public_id)


def test_a_clone_says_the_same_at_a_time_of_its_own(db_session: Session, now: datetime) -> None:
    campaign = make_campaign(variants=HALVES, priority=8, holdout_bp=500, page="pages/sale/index", sends_per_second=3)
    campaign_states.schedule(campaign, actor=staff_actor(), now=now)
    actor = staff_actor()
    made = campaigns.clone(campaign, name="再来一次", actor=actor, now=now)
    assert (made.state, made.scheduled_at, made.parent_id, made.created_by_id) == ("draft", None, campaign.id, actor.id)
    for field in campaigns.CLONED:
        assert getattr(made, field) == getattr(campaign, field), field
    assert [(v.code, v.share_bp, v.field_values, v.page) for v in campaigns.variants_of(made)] == [
        (v.code, v.share_bp, v.field_values, v.page) for v in campaigns.variants_of(campaign)
    ]
    assert campaign_links.links_of([made])[made.id].parent_id == campaign.public_id
    # Every column is either taken over or the copy's own; a new one has to be decided about.
    own = {
        "id", "public_id", "name", "state", "paused_from", "pause_reason", "refusals_in_a_row", "hold_until",
        "scheduled_at", "latest_start_at", "planned_through", "planned_until", "next_run_at",
        "parent_id", "created_by_id", "created_at",
        "submitted_by_id", "submitted_at", "approved_by_id", "approved_at", "review_note", "started_at", "finished_at",
    }  # fmt: skip
    assert own | set(campaigns.CLONED) == set(Campaign.__table__.columns.keys())
    assert not own & set(campaigns.CLONED)


def test_the_list_by_kind(db_session: Session, now: datetime) -> None:
    made = {kind: make_campaign(kind=kind) for kind in ("one_off", "recurring", "festival", "birthday")}
    for kind, campaign in made.items():
        assert campaigns.list_campaigns(after=None, limit=5, kind=kind).items == [campaign]
    campaign_states.schedule(made["one_off"], actor=staff_actor(), now=now)
    with pytest.raises(CampaignStateConflict):
        campaigns.change(made["one_off"], {"variants": HALVES}, actor=staff_actor(), now=now)
