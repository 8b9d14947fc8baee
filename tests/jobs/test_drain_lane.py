"""A turn of a lane against the recording WeChat: what is sent, to whom, when, and what is not."""

import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.actor import Actor
from app.gateways.send_limiter import Slot
from app.gateways.wechat import RecordingWeChat, outcomes
from app.models import Delivery, Member, MessageTemplate
from app.services import (
    campaign_states,
    deliveries,
    delivery_outcomes,
    delivery_sheets,
    programmes,
    subscription_grants,
)
from app.wiring import parts
from jobs import volley
from jobs.drain_lane import Turn
from tests.conftest import Clock
from tests.factories.messages import (
    OpenGate,
    accept,
    delivery_of,
    make_message_template,
    make_reachable,
    make_running,
)
from tests.jobs.lane import counters, drain, left

pytestmark = pytest.mark.usefixtures("open_gate")


def test_a_message_is_filled_sent_and_booked(
    db_session: Session, wechat: RecordingWeChat, template: MessageTemplate
) -> None:
    member = make_reachable(template, nickname="小雨", openid="o-rain", times=2)
    campaign = make_running(template)
    assert drain(campaign) == 1
    row = delivery_of(campaign, member)
    assert [call.args for call in wechat.sent] == [
        {
            "openid": "o-rain",
            "template_id": template.wechat_template_id,
            "page": f"pages/home/index?d={row.link_code}",
            "data": {"thing1": "小雨，全场八折", "date2": "2026年11月20日"},
            "lang": "zh_CN",
        }
    ]
    assert (row.state, row.attempts, row.awaiting_event) == ("sent", 1, True)
    assert row.msgid is not None
    assert (left(member, template), counters(db_session, member)) == (1, 3)
    assert drain(campaign) == 0


def _withdraw(member: Member, *_: Any) -> None:
    member.marketing_consent = False


def _merge(member: Member, *_: Any) -> None:
    member.status, member.merged_into_id = "merged", make_reachable(make_message_template()).id


def _spend(member: Member, template: MessageTemplate) -> None:
    subscription_grants.drop(member.id, template.id, kind="switched_off", source="x", now=programmes.get().updated_at)


def _disable(_: Member, template: MessageTemplate) -> None:
    template.is_enabled = False


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (_withdraw, "no_marketing_consent"),
        (_merge, "not_a_member"),
        (_spend, "no_grant"),
        (_disable, "template_disabled"),
    ],
)
def test_the_audience_is_no_authority(
    db_session: Session,
    wechat: RecordingWeChat,
    template: MessageTemplate,
    change: Callable[[Member, MessageTemplate], None],
    reason: str,
) -> None:
    member = make_reachable(template)
    campaign = make_running(template)
    change(member, template)
    db_session.flush()
    drain(campaign)
    row = delivery_of(campaign, member)
    assert (row.state, row.reason, wechat.sent) == ("suppressed", reason, [])


def test_caps_count_over_campaigns(db_session: Session, wechat: RecordingWeChat, standing_clock: Clock) -> None:
    templates = [make_message_template() for _ in range(6)]
    member = make_reachable(templates[0])
    for other in templates[1:]:
        accept(member, other)
    fates = []
    # Two campaigns a day from Friday on; one message a day and three a week are allowed, weeks begin on Monday.
    for number, template in enumerate(templates):
        campaign = make_running(template, now=standing_clock.now)
        drain(campaign)
        row = delivery_of(campaign, member)
        fates.append(row.reason or row.state)
        standing_clock.move(hours=1 if number % 2 == 0 else 23)
    assert fates == ["sent", "capped_today"] * 3
    assert len(wechat.sent) == 3


def test_the_month_is_capped_too(
    db_session: Session, wechat: RecordingWeChat, template: MessageTemplate, standing_clock: Clock
) -> None:
    programme = programmes.get()
    programme.messages_per_day = programme.messages_per_week = 9
    programme.messages_per_month = 2
    member = make_reachable(template, times=9)
    fates = []
    # The 20th, 26th and 29th of November, then the 2nd of December.
    for days in (6, 3, 3, 0):
        campaign = make_running(template, now=standing_clock.now)
        drain(campaign)
        row = delivery_of(campaign, member)
        fates.append(row.reason or row.state)
        row.awaiting_event = False
        db_session.flush()
        standing_clock.move(days=days)
    assert fates == ["sent", "sent", "capped_this_month", "sent"]


def test_quiet_hours_wait_for_the_morning(
    db_session: Session, wechat: RecordingWeChat, template: MessageTemplate, standing_clock: Clock
) -> None:
    member = make_reachable(template)
    standing_clock.move(hours=12)
    campaign = make_running(template, now=standing_clock.now)
    drain(campaign)
    row = delivery_of(campaign, member)
    assert row.state == "planned"
    assert timedelta(hours=11) <= row.due_at - standing_clock.now < timedelta(hours=11, minutes=15)
    standing_clock.move(hours=10, minutes=59)
    assert drain(campaign) == 0
    standing_clock.move(minutes=16)
    assert drain(campaign) == 1


def test_a_wish_too_late_is_missed(
    db_session: Session, wechat: RecordingWeChat, template: MessageTemplate, standing_clock: Clock
) -> None:
    member = make_reachable(template)
    campaign = make_running(template)
    delivery_of(campaign, member).expires_at = standing_clock.now
    db_session.flush()
    drain(campaign)
    assert (delivery_of(campaign, member).state, wechat.sent) == ("missed", [])


def test_paused_and_cancelled_send_nothing_and_resume_sends_the_rest(
    db_session: Session, wechat: RecordingWeChat, template: MessageTemplate, now: datetime
) -> None:
    members = [make_reachable(template) for _ in range(3)]
    campaign = make_running(template)

    def pause(_call: object) -> None:
        campaign_states.pause(campaign, actor=Actor.system(), now=now)

    wechat.on_send = pause
    assert drain(campaign) == 1
    assert drain(campaign) == 0
    states = sorted(delivery_of(campaign, member).state for member in members)
    assert states == ["planned", "planned", "sent"]
    wechat.on_send = None
    campaign_states.resume(campaign, actor=Actor.system(), now=now)
    assert drain(campaign) == 2
    assert len({call.args["openid"] for call in wechat.sent}) == 3


def test_a_field_that_cannot_be_shown_fails_before_the_call(
    db_session: Session, wechat: RecordingWeChat, standing_clock: Clock
) -> None:
    template = make_message_template(fields={"phrase1": "等级", "date2": "日期"})
    member = make_reachable(template)
    campaign = make_running(template, field_values={"phrase1": "{tier}", "date2": "{date}"})
    db_session.execute(text("UPDATE tier SET name = 'VIP会员' WHERE rank = 0"))
    drain(campaign)
    row = delivery_of(campaign, member)
    assert (row.state, row.reason) == ("failed", "field:phrase1:too_long_or_wrong_type")
    assert (wechat.sent, left(member, template)) == ([], 1)


def test_one_open_message_per_person_and_template(
    db_session: Session, wechat: RecordingWeChat, template: MessageTemplate, standing_clock: Clock
) -> None:
    programmes.get().messages_per_day = 5
    member = make_reachable(template, times=2)
    first, second = make_running(template), make_running(template)
    wechat.program_send(outcomes.in_doubt("timeout"))
    assert (drain(first), drain(second)) == (1, 0)
    row = delivery_of(second, member)
    assert (row.state, row.due_at > standing_clock.now) == ("planned", True)


def test_what_a_dead_worker_claimed_is_free_when_its_lease_runs_out(
    db_session: Session, wechat: RecordingWeChat, template: MessageTemplate, standing_clock: Clock
) -> None:
    member = make_reachable(template)
    campaign = make_running(template)
    (lost,) = deliveries.claim_due(campaign.id, limit=5, now=standing_clock.now)
    assert drain(campaign) == 0
    assert drain(campaign, turns=2) == 0
    standing_clock.move(seconds=deliveries.LEASE.total_seconds())
    (taken,) = deliveries.claim_due(campaign.id, limit=5, now=standing_clock.now)
    sheet = delivery_sheets.get(campaign.id, app_id=parts().config.wechat_appid)
    # The first one wakes up: its token is worth nothing any more.
    assert deliveries.start_dispatch(lost, sheet=sheet, now=standing_clock.now) is None
    assert deliveries.release(lost) == 0
    assert deliveries.start_dispatch(taken, sheet=sheet, now=standing_clock.now) is not None
    assert delivery_of(campaign, member).state == "dispatching"


def test_several_start_together_and_who_may_not_is_left_out(
    db_session: Session, wechat: RecordingWeChat, template: MessageTemplate, standing_clock: Clock
) -> None:
    members = [make_reachable(template) for _ in range(4)]
    campaign = make_running(template)
    tickets = deliveries.claim_due(campaign.id, limit=5, now=standing_clock.now)
    _withdraw(members[1], template)
    db_session.flush()
    lost = replace(tickets[3], token=uuid.uuid4())
    sheet = delivery_sheets.get(campaign.id, app_id=parts().config.wechat_appid)
    group = [*tickets[:3], lost]
    messages = deliveries.start_dispatches(group, sheet=sheet, now=standing_clock.now)
    assert [one.ticket.member_id for one in messages] == [members[0].id, members[2].id]
    states = [delivery_of(campaign, member).state for member in members]
    assert states == ["dispatching", "suppressed", "dispatching", "claimed"]
    assert [counters(db_session, member) for member in members] == [3, 0, 3, 0]
    # What the calls came to is written together too: one taken, one refused for good.
    ended = delivery_outcomes.record_all(
        [(messages[0], outcomes.accepted(7)), (messages[1], outcomes.refused(43101))],
        sheet=sheet,
        now=standing_clock.now,
    )
    assert ended == ["sent", "suppressed"]
    assert (left(members[0], template), counters(db_session, members[2])) == (0, 0)


def test_all_start_or_none(
    db_session: Session, wechat: RecordingWeChat, template: MessageTemplate, standing_clock: Clock
) -> None:
    members = [make_reachable(template, times=2) for _ in range(2)]
    another = make_message_template()
    accept(members[1], another)
    campaign, other = make_running(template), make_running(another)
    tickets = deliveries.claim_due(campaign.id, limit=5, now=standing_clock.now)
    (beside,) = deliveries.claim_due(other.id, limit=5, now=standing_clock.now)
    sheet = delivery_sheets.get(campaign.id, app_id=parts().config.wechat_appid)
    # Both messages to the second member look free, and one a day is allowed.
    with pytest.raises(deliveries.TakenMeanwhile), db_session.begin_nested():
        deliveries.start_dispatches([*tickets, beside], sheet=sheet, now=standing_clock.now)
    assert [delivery_of(campaign, member).state for member in members] == ["claimed", "claimed"]
    assert [counters(db_session, member) for member in members] == [0, 0]


def test_a_message_is_committed_just_before_its_slot(
    db_session: Session, wechat: RecordingWeChat, template: MessageTemplate, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A time that only sleeping moves.
    line = [100.0]
    still = SimpleNamespace(monotonic=lambda: line[0], sleep=lambda seconds: line.append(line.pop() + seconds))
    monkeypatch.setattr(volley, "time", still)

    class FarGate(OpenGate):
        def reserve(self, keys: Any, n: int = 1, **_: Any) -> Slot:
            return Slot(granted=True, wait_seconds=0.2, not_before=line[0] + 0.2, not_after=line[0] + 0.21)

    monkeypatch.setattr(parts(), "limiter", FarGate())
    start, begun = deliveries.start_dispatch, []

    def watched(*args: Any, **named: Any) -> Any:
        begun.append(line[0])
        return start(*args, **named)

    monkeypatch.setattr(deliveries, "start_dispatch", watched)
    member = make_reachable(template)
    campaign, lead = make_running(template), volley.LEAD.seconds
    assert Turn(campaign.id, is_over=lambda: bool(wechat.sent)).step().sent == 1
    # Whoever dies before has wasted a slot, not a message.
    assert begun == [pytest.approx(100.2 - lead)]
    assert delivery_of(campaign, member).state == "sent"


def test_a_stopped_turn_gives_its_rows_back(
    db_session: Session, wechat: RecordingWeChat, template: MessageTemplate
) -> None:
    for _ in range(8):
        make_reachable(template)
    campaign = make_running(template)
    turn = Turn(campaign.id, is_over=lambda: len(wechat.sent) >= 2)
    assert turn.drain() is True
    states = db_session.scalars(select(Delivery.state).where(Delivery.campaign_id == campaign.id)).all()
    assert sorted(states) == ["planned"] * 6 + ["sent"] * 2
