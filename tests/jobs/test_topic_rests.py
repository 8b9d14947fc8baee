"""The rest of a topic between automatic messages."""

import pytest
from sqlalchemy.orm import Session

from app.actor import Actor
from app.gateways.wechat import RecordingWeChat, outcomes
from app.models import MessageTemplate, MessageTopic
from app.services import member_events, programmes
from jobs.settle_deliveries import settle_deliveries
from tests.conftest import Clock
from tests.factories.messages import accept, make_reachable
from tests.jobs.automating import automation, planned, tick
from tests.jobs.lane import drain

pytestmark = pytest.mark.usefixtures("open_gate")


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
