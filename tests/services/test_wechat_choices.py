"""WeChat's word about choices: heeded for the topic too, and kept for whoever enrols later."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.models import Member, MessagePreference, MessageTemplate, SubscriptionGrantEntry, WeChatEvent
from app.services import subscription_grants, wechat_events
from app.wiring import parts
from tests.factories.members import make_counter_member, make_member
from tests.factories.messages import delivery_of, make_message_template, make_reachable, make_running

OPENID = "o-choices"
POPUP, CHANGE = wechat_events.POPUP, wechat_events.CHANGE


@pytest.fixture
def template(db_session: Session, now: datetime) -> MessageTemplate:
    return make_message_template()


def tell(event: str, *choices: tuple[MessageTemplate, str], key: str, now: datetime) -> bool:
    return wechat_events.receive(
        event=event,
        openid=OPENID,
        items=[
            {"template_id": one.wechat_template_id, "status": status, "popup_scene": "0", "msgid": None, "error": None}
            for one, status in choices
        ],
        dedup_key=key,
        app_id=parts().config.wechat_appid,
        now=now,
    )


def left(member: Member, template: MessageTemplate) -> int:
    return subscription_grants.remaining(member.id).get(template.id, 0)


def switches(db_session: Session) -> list[tuple[str, bool, str]]:
    rows = db_session.scalars(select(MessagePreference).order_by(MessagePreference.topic))
    return [(row.topic, row.is_on, row.changed_by) for row in rows]


def test_switched_off_in_wechat_is_switched_off_here_and_stops_what_is_on_its_way(
    db_session: Session, template: MessageTemplate, now: datetime
) -> None:
    member = make_reachable(template, openid=OPENID, times=2)
    campaign = make_running(template)
    assert tell(CHANGE, (template, "reject"), key="k1", now=now)
    assert switches(db_session) == [("promotion", False, "channel")]
    assert left(member, template) == 0
    row = delivery_of(campaign, member)
    assert (row.state, row.reason) == ("suppressed", "switched_off")


@pytest.mark.parametrize("event", [POPUP, CHANGE])
def test_switched_on_again_in_wechat_or_accepted_at_a_pop_up(
    db_session: Session, template: MessageTemplate, now: datetime, event: str
) -> None:
    member = make_reachable(template, openid=OPENID)
    tell(CHANGE, (template, "reject"), key="k1", now=now)
    tell(event, (template, "accept"), key="k2", now=now)
    assert switches(db_session) == [("promotion", True, "channel")]
    # A switch in the settings is no permission; a tap on "accept" is.
    assert left(member, template) == (1 if event == POPUP else 0)


def test_no_at_a_pop_up_is_no_for_this_time_alone(
    db_session: Session, template: MessageTemplate, now: datetime
) -> None:
    member = make_reachable(template, openid=OPENID)
    tell(POPUP, (template, "reject"), key="k1", now=now)
    assert (switches(db_session), left(member, template)) == ([], 1)


def test_what_was_chosen_before_enrolling_counts_from_then_on(
    db_session: Session, template: MessageTemplate, now: datetime
) -> None:
    other = make_message_template(topic="birthday")
    asked_at = now - timedelta(days=3)
    tell(POPUP, (template, "accept"), (other, "accept"), key="k1", now=asked_at)
    tell(POPUP, (template, "accept"), (other, "reject"), key="k2", now=asked_at)
    tell(POPUP, (other, "accept"), key="k3", now=asked_at)
    tell(CHANGE, (other, "reject"), key="k4", now=asked_at + timedelta(days=1))
    member = make_member(openid=OPENID)
    assert (left(member, template), left(member, other)) == (2, 0)
    assert switches(db_session) == [("birthday", False, "channel")]
    told_at = db_session.scalars(select(SubscriptionGrantEntry.recorded_at).order_by(SubscriptionGrantEntry.id)).first()
    assert told_at == asked_at
    # Signing in again, and telling it again, changes nothing.
    make_member(openid=OPENID)
    assert not tell(POPUP, (template, "accept"), key="k1", now=now)
    assert wechat_events.apply_earlier(OPENID, member_id=member.id) == 4
    assert (left(member, template), left(member, other)) == (2, 0)
    assert db_session.scalar(select(func.count()).select_from(WeChatEvent)) == 4


def test_the_clients_report_after_enrolling_is_the_same_tap(
    db_session: Session, template: MessageTemplate, now: datetime
) -> None:
    tell(POPUP, (template, "accept"), key="k1", now=now - timedelta(seconds=20))
    member = make_member(openid=OPENID)
    assert not subscription_grants.accept(member.id, template.id, witness="client", source="client:r", now=now)
    assert left(member, template) == 1


def test_an_openid_that_joins_a_membership_by_unionid_brings_its_choices(
    db_session: Session, template: MessageTemplate, now: datetime
) -> None:
    tell(POPUP, (template, "accept"), key="k1", now=now)
    first = make_member(openid="o-elsewhere", unionid="u-1")
    assert left(first, template) == 0
    again = make_member(openid=OPENID, unionid="u-1")
    assert (again.id, left(again, template)) == (first.id, 1)


def test_strangers_choices_are_nobodys(db_session: Session, template: MessageTemplate, now: datetime) -> None:
    tell(POPUP, (template, "accept"), key="k1", now=now)
    make_counter_member()
    make_member(openid="o-somebody-else")
    assert db_session.scalar(select(func.count()).select_from(SubscriptionGrantEntry)) == 0
    tell(POPUP, (template, "accept"), key="k2", now=now)
    for number in range(wechat_events.MOST_EARLIER):
        tell(POPUP, (template, "accept"), key=f"more-{number}", now=now)
    # A flood of events does not make an enrolment long.
    member = make_member(openid=OPENID)
    assert left(member, template) == wechat_events.MOST_EARLIER
