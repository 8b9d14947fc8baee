"""What a member is asked for at a scene: never what they do not want, always with the reason, in few queries."""

import uuid
from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.actor import Actor
from app.errors import InvalidInput, NotFound
from app.models import AuditEntry, Member, MessageTemplate
from app.services import campaign_states, message_preferences, programmes, subscription_offers, subscription_scenes
from app.services.message_preferences import Switch
from app.services.subscription_offers import Asked
from tests.factories.members import make_member
from tests.factories.messages import accept, make_campaign, make_message_template, make_running

SCENE = "after_claim"


@pytest.fixture
def member(db_session: Session, now: datetime) -> Member:
    return make_member(marketing=True, birthday=(12, 1))


def at_scene(*templates: MessageTemplate, scene: str = SCENE, now: datetime, weight: int = 10) -> None:
    weights = {template.public_id: weight for template in templates}
    subscription_scenes.put(scene, weights, actor=Actor.system(), now=now)


def ask(member: Member, *, now: datetime, scene: str = SCENE) -> list[Asked]:
    return subscription_offers.list_for(member.id, scene=scene, now=now)


def asked(member: Member, *, now: datetime) -> list[str]:
    return [one.wechat_template_id for one in ask(member, now=now)]


def test_the_scarcest_of_the_scene_with_names_and_reason(member: Member, now: datetime) -> None:
    one, two, other = (make_message_template() for _ in range(3))
    accept(member, one)
    at_scene(one, two, now=now)
    at_scene(other, scene="home", now=now)
    assert asked(member, now=now) == [two.wechat_template_id, one.wechat_template_id]
    told = ask(member, now=now)[0]
    assert (told.title, told.topic, told.topic_name, told.topic_name_en) == (
        "优惠活动通知",
        "promotion",
        "优惠活动",
        "Promotions",
    )
    assert (told.remaining, told.reason, told.needed_on) == (0, "running_low", None)
    assert ask(member, scene="nowhere", now=now) == []


def test_never_what_the_member_does_not_want_or_cannot_get(db_session: Session, member: Member, now: datetime) -> None:
    disabled = make_message_template()
    disabled.is_enabled = False
    by_sms = make_message_template(topic="tier")
    db_session.execute(text("UPDATE message_topic SET channels = '{sms}' WHERE code = 'tier'"))
    unwanted, marketing, service = (make_message_template(topic=topic) for topic in ("coupon", "promotion", "service"))
    at_scene(disabled, by_sms, unwanted, marketing, service, now=now)
    off = [Switch(topic="coupon", channel="subscribe", is_on=False)]
    message_preferences.choose(member.id, off, changed_by="member", now=now)
    assert asked(member, now=now) == [marketing.wechat_template_id, service.wechat_template_id]
    member.marketing_consent = False
    db_session.flush()
    assert asked(member, now=now) == [service.wechat_template_id]


def test_what_will_be_sent_soonest_goes_first(db_session: Session, member: Member, now: datetime) -> None:
    idle, planned, scheduled, birthday = (make_message_template() for _ in range(4))
    at_scene(idle, planned, scheduled, birthday, now=now)
    # Two messages of one template, one permission: the second will find none.
    for template in (planned, scheduled, birthday):
        accept(member, template)
    for days in (2, 5):
        campaign = make_running(planned)
        db_session.execute(
            text("UPDATE delivery SET due_at = :at WHERE campaign_id = :id"),
            {"id": campaign.id, "at": now + timedelta(days=days)},
        )
    for days in (3, 8):
        campaign = make_campaign(scheduled, scheduled_at=now + timedelta(days=days))
        campaign_states.schedule(campaign, actor=Actor.system(), now=now)
    for days in (3, 4):
        campaign = make_campaign(birthday, kind="birthday", days_before=days)
        campaign_states.schedule(campaign, actor=Actor.system(), now=now)
    # A draft is nothing that will come.
    make_campaign(idle)
    told = [(one.wechat_template_id, one.needed_on) for one in ask(member, now=now)]
    assert told == [
        (planned.wechat_template_id, date(2026, 11, 25)),
        (scheduled.wechat_template_id, date(2026, 11, 28)),
        (birthday.wechat_template_id, date(2026, 11, 28)),
    ]


def test_a_campaign_for_others_is_no_need(db_session: Session, member: Member, now: datetime) -> None:
    template = make_message_template()
    at_scene(template, now=now)
    campaign = make_campaign(template, scheduled_at=now + timedelta(days=1))
    campaign_states.schedule(campaign, actor=Actor.system(), now=now)
    assert ask(member, now=now)[0].needed_on == date(2026, 11, 21)
    db_session.execute(text("UPDATE campaign SET tier_ids = '{424242}' WHERE id = :id"), {"id": campaign.id})
    assert ask(member, now=now)[0].needed_on is None


def test_two_queries_whatever_there_is(member: Member, now: datetime, count_queries: Callable[[], int]) -> None:
    programmes.get()
    before = count_queries()
    ask(member, now=now)
    assert count_queries() - before == 1
    at_scene(*(make_message_template() for _ in range(5)), now=now)
    programmes.get()
    before = count_queries()
    assert len(ask(member, now=now)) == 3
    assert count_queries() - before == 2


def test_a_scene_is_replaced_whole_and_written_down(db_session: Session, now: datetime) -> None:
    one, two = make_message_template(), make_message_template()
    at_scene(one, now=now)
    at_scene(two, now=now, weight=30)
    (scene,) = subscription_scenes.list_all()
    assert [(row.template.id, row.weight) for row in scene.templates] == [(two.id, 30)]
    entries = db_session.scalars(
        select(AuditEntry.details).where(AuditEntry.action == "subscription_scene.put").order_by(AuditEntry.id)
    ).all()
    assert entries == [
        {"scene": SCENE, "before": {}, "after": {str(one.id): 10}},
        {"scene": SCENE, "before": {str(one.id): 10}, "after": {str(two.id): 30}},
    ]
    at_scene(now=now)
    assert subscription_scenes.list_all() == []


def test_what_a_scene_is_called_and_of_what_it_is_made(db_session: Session, now: datetime) -> None:
    with pytest.raises(NotFound, match="message_template"):
        subscription_scenes.put(SCENE, {uuid.uuid4(): 10}, actor=Actor.system(), now=now)
    for name in ("Home", "9", "", "a" * 33, "a b", "a\x00"):
        with pytest.raises(InvalidInput):
            subscription_scenes.put(name, {}, actor=Actor.system(), now=now)
