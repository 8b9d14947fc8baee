"""A look before the audience gets it: sent to colleagues, whatever the hour and the caps, and nothing given."""

import uuid
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.errors import MessageFieldsInvalid, NotFound, RecipientsInvalid, TooMany
from app.extensions import db
from app.gateways.wechat import RecordingWeChat
from app.models import Campaign, CampaignVariant, Coupon, Delivery, Member, MessageTemplate, Staff
from app.services import campaign_states, campaign_tests, campaigns, doubts, programmes
from app.wiring import parts
from jobs.finish_campaigns import finish_campaigns
from tests.conftest import NOON, Clock
from tests.factories.coupons import make_batch
from tests.factories.members import make_member
from tests.factories.messages import OpenGate, make_campaign, make_message_template, make_reachable, staff_actor
from tests.factories.staff import make_staff
from tests.jobs.lane import drain


@pytest.fixture(autouse=True)
def open_gate(db_session: Session, standing_clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts(), "limiter", OpenGate())


def colleague(member: Member | None) -> Staff:
    person = make_staff("marketer")
    person.member_id = None if member is None else member.id
    return person


def arrived(person: Staff, template: MessageTemplate, *, now: datetime) -> None:
    """WeChat's own word; until it comes, one person gets no second message of a template."""
    row = db.session.execute(
        select(Delivery.openid).where(Delivery.member_id == person.member_id, Delivery.awaiting_event)
    ).one()
    doubts.settle_by_event(
        row.openid,
        wechat_template_id=template.wechat_template_id,
        status="success",
        errcode=None,
        msgid=None,
        now=now,
    )


def latest(campaign: Campaign) -> Campaign:
    """The test as a campaign of its own."""
    sent = campaign_tests.list_sent(campaign)[0]
    return campaigns.get_by_public_id(sent.id)


def test_a_colleague_gets_the_message_in_its_variant_at_any_hour(
    db_session: Session, wechat: RecordingWeChat, standing_clock: Clock
) -> None:
    template = make_message_template()
    person = colleague(make_reachable(template, nickname="小雨", times=3))
    campaign = make_campaign(template)
    for code, said in (("A", "{nickname}，第二件半价"), ("B", "{nickname}，买一送一")):
        db_session.add(
            CampaignVariant(campaign_id=campaign.id, code=code, share_bp=5000, field_values={"thing1": said})
        )
    programme = programmes.get()
    programme.messages_per_day = programme.messages_per_week = 1
    night = standing_clock.move(hours=12)
    for variant in (None, "B"):
        campaign_tests.send(campaign, staff_ids=[person.public_id], variant=variant, actor=staff_actor(), now=night)
        assert drain(latest(campaign)) == 1
        arrived(person, template, now=night)
    assert [call.args["data"]["thing1"] for call in wechat.sent] == ["小雨，全场八折", "小雨，买一送一"]
    told = campaign_tests.list_sent(campaign)
    assert [(one.variant, one.state, one.name) for sent in told for one in sent.recipients] == [
        ("B", "sent", person.display_name),
        (None, "sent", person.display_name),
    ]
    # The campaign itself is as it was, and the list of campaigns shows no tests.
    assert campaign.state == "draft"
    assert [one.id for one in campaigns.list_campaigns(after=None, limit=9).items] == [campaign.id]
    assert finish_campaigns(now=night)["done"] == 2


def test_what_stands_in_the_way_is_told(db_session: Session, wechat: RecordingWeChat) -> None:
    template = make_message_template()
    person = colleague(make_member(marketing=True))
    campaign = make_campaign(template)
    campaign_tests.send(campaign, staff_ids=[person.public_id], variant=None, actor=staff_actor(), now=NOON)
    drain(latest(campaign))
    [[told]] = [sent.recipients for sent in campaign_tests.list_sent(campaign)]
    assert (told.state, told.reason, wechat.sent) == ("suppressed", "no_grant", [])


def test_a_test_gives_nothing(db_session: Session, wechat: RecordingWeChat) -> None:
    template = make_message_template()
    person = colleague(make_reachable(template))
    campaign = make_campaign(template)
    campaign.coupon_batch_id, campaign.points_gift = make_batch(how="issue").id, 30
    campaign.field_values = {"thing1": "送您{coupon}", "date2": "{date}"}
    campaign_tests.send(campaign, staff_ids=[person.public_id], variant=None, actor=staff_actor(), now=NOON)
    assert drain(latest(campaign)) == 1
    assert wechat.sent[0].args["data"]["thing1"].startswith("送您")
    assert db_session.query(Coupon).count() == 0


def test_what_has_not_left_within_the_hour_never_does(
    db_session: Session, wechat: RecordingWeChat, standing_clock: Clock
) -> None:
    template = make_message_template()
    person = colleague(make_reachable(template))
    campaign = make_campaign(template)
    campaign_tests.send(campaign, staff_ids=[person.public_id], variant=None, actor=staff_actor(), now=NOON)
    standing_clock.move(minutes=61)
    assert drain(latest(campaign)) == 0
    [[told]] = [sent.recipients for sent in campaign_tests.list_sent(campaign)]
    assert (told.state, told.reason) == ("missed", "too_late")


def test_refusals_name_the_people_and_send_to_nobody(db_session: Session) -> None:
    template = make_message_template()
    linked, unlinked, gone = colleague(make_reachable(template)), colleague(None), colleague(make_member())
    gone.is_active = False
    stranger = uuid.uuid4()
    campaign = make_campaign(template)
    everybody = [linked.public_id, unlinked.public_id, gone.public_id, stranger]
    with pytest.raises(RecipientsInvalid) as refused:
        campaign_tests.send(campaign, staff_ids=everybody, variant=None, actor=staff_actor(), now=NOON)
    assert refused.value.data["staff"] == {
        str(unlinked.public_id): "no_membership_linked",
        str(gone.public_id): "not_on_the_staff",
        str(stranger): "not_on_the_staff",
    }
    with pytest.raises(NotFound):
        campaign_tests.send(campaign, staff_ids=[linked.public_id], variant="C", actor=staff_actor(), now=NOON)
    campaign.field_values = {"thing1": "缺一个字段"}
    with pytest.raises(MessageFieldsInvalid):
        campaign_tests.send(campaign, staff_ids=[linked.public_id], variant=None, actor=staff_actor(), now=NOON)
    assert campaign_tests.list_sent(campaign) == []


def test_at_most_thirty_an_hour(db_session: Session) -> None:
    template = make_message_template()
    person = colleague(make_reachable(template))
    campaign = make_campaign(template)
    actor = staff_actor()
    for _ in range(campaign_tests.PER_HOUR):
        campaign_tests.send(campaign, staff_ids=[person.public_id], variant=None, actor=actor, now=NOON)
    with pytest.raises(TooMany):
        campaign_tests.send(campaign, staff_ids=[person.public_id], variant=None, actor=actor, now=NOON)
    later = NOON + timedelta(hours=1, seconds=1)
    campaign_tests.send(campaign, staff_ids=[person.public_id], variant=None, actor=actor, now=later)
    assert len(campaign_tests.list_sent(campaign)) == campaign_tests.MOST_TOLD


def test_a_test_of_a_running_campaign_leaves_it_running(db_session: Session, wechat: RecordingWeChat) -> None:
    template = make_message_template()
    person = colleague(make_reachable(template))
    campaign = make_campaign(template)
    campaign_states.schedule(campaign, actor=staff_actor(), now=NOON)
    campaign_tests.send(campaign, staff_ids=[person.public_id], variant=None, actor=staff_actor(), now=NOON)
    db_session.refresh(campaign)
    assert campaign.state == "scheduled"
