"""A turn of a lane against the recording WeChat: what is sent, what is not, and what each answer leads to."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from app.actor import Actor
from app.gateways.wechat import RecordingWeChat, SendOutcome, outcomes
from app.models import Campaign, Delivery, Member, MessageTemplate, SubscriptionGrantEntry
from app.services import (
    campaign_reports,
    campaign_states,
    deliveries,
    delivery_sheets,
    programmes,
    subscription_grants,
)
from app.wiring import parts
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


@pytest.fixture(autouse=True)
def open_gate(db_session: Session, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts(), "limiter", OpenGate())


@pytest.fixture
def template() -> MessageTemplate:
    return make_message_template()


def drain(campaign: Campaign, *, turns: int = 1) -> int:
    sent = 0
    for _ in range(turns):
        turn = Turn(campaign.id, is_over=lambda: False)
        turn.drain()
        sent += turn.sent
    return sent


def counters(db_session: Session, member: Member) -> int:
    query = text("SELECT coalesce(sum(sent), 0) FROM frequency_counter WHERE member_id = :id")
    return int(db_session.execute(query, {"id": member.id}).scalar_one())


def left(member: Member, template: MessageTemplate) -> int:
    return subscription_grants.remaining(member.id)[template.id]


def test_a_message_is_filled_sent_and_booked(
    db_session: Session, wechat: RecordingWeChat, template: MessageTemplate
) -> None:
    member = make_reachable(template, nickname="小雨", openid="o-rain", times=2)
    campaign = make_running(template)
    assert drain(campaign) == 1
    assert [call.args for call in wechat.sent] == [
        {
            "openid": "o-rain",
            "template_id": template.wechat_template_id,
            "page": "pages/home/index",
            "data": {"thing1": "小雨，全场八折", "date2": "2026年11月20日"},
            "lang": "zh_CN",
        }
    ]
    row = delivery_of(campaign, member)
    assert (row.state, row.attempts, row.awaiting_event) == ("sent", 1, True)
    assert row.msgid is not None
    assert (left(member, template), counters(db_session, member)) == (1, 2)
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


def test_quiet_hours_wait_for_the_morning(
    db_session: Session, wechat: RecordingWeChat, template: MessageTemplate, standing_clock: Clock
) -> None:
    member = make_reachable(template)
    standing_clock.move(hours=12)
    campaign = make_running(template, now=standing_clock.now)
    drain(campaign)
    row = delivery_of(campaign, member)
    assert (row.state, row.due_at - standing_clock.now) == ("planned", timedelta(hours=11))
    standing_clock.move(hours=10, minutes=59)
    assert drain(campaign) == 0
    standing_clock.move(minutes=1)
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


@pytest.mark.parametrize(
    ("outcome", "state", "reason", "grants", "caps"),
    [
        (outcomes.in_doubt("timeout"), "in_doubt", "timeout", 1, 2),
        (outcomes.refused(43101), "suppressed", "refused", 0, 0),
        (outcomes.refused(40003), "failed", "openid_invalid", 2, 0),
        (outcomes.refused(47003, field="thing1"), "failed", "field_invalid:thing1", 2, 0),
        (outcomes.refused(43108), "planned", "concurrent_openid", 2, 0),
        (outcomes.never_left("no_connection"), "planned", "no_connection", 2, 0),
        (outcomes.refused(45009), "planned", "daily_quota", 2, 0),
        (outcomes.refused(40037), "planned", "template_unknown", 2, 0),
    ],
)
def test_each_answer(  # noqa: PLR0917  a table of cases
    db_session: Session,
    wechat: RecordingWeChat,
    template: MessageTemplate,
    outcome: SendOutcome,
    state: str,
    reason: str,
    grants: int,
    caps: int,
) -> None:
    member = make_reachable(template, times=2)
    campaign = make_running(template)
    wechat.program_send(outcome)
    drain(campaign)
    row = delivery_of(campaign, member)
    assert (row.state, row.reason) == (state, reason)
    assert (left(member, template), counters(db_session, member)) == (grants, caps)
    assert drain(campaign) == 0
    total = db_session.scalar(select(func.sum(SubscriptionGrantEntry.delta)))
    assert total == grants


def test_busy_is_tried_five_times_with_patience(
    db_session: Session, wechat: RecordingWeChat, template: MessageTemplate, standing_clock: Clock
) -> None:
    member = make_reachable(template)
    campaign = make_running(template)
    wechat.program_send(*[outcomes.refused(-1)] * 9)
    for _ in range(40):
        drain(campaign)
        standing_clock.move(seconds=10)
    row = delivery_of(campaign, member)
    assert (row.state, row.attempts, row.errcode, len(wechat.sent)) == ("failed", 5, -1, 5)
    assert left(member, template) == 1


def test_no_connection_for_an_hour_loses_nobody(
    db_session: Session, wechat: RecordingWeChat, template: MessageTemplate, standing_clock: Clock
) -> None:
    member = make_reachable(template)
    campaign = make_running(template)
    wechat.on_send = lambda _: outcomes.never_left("no_connection")
    for _ in range(60):
        drain(campaign)
        standing_clock.move(minutes=1)
    wechat.on_send = None
    assert drain(campaign) == 1
    assert (delivery_of(campaign, member).state, delivery_of(campaign, member).attempts) == ("sent", 1)


def test_a_throttle_holds_the_whole_campaign(
    db_session: Session, wechat: RecordingWeChat, template: MessageTemplate, standing_clock: Clock
) -> None:
    for _ in range(20):
        make_reachable(template)
    campaign = make_running(template)
    wechat.on_send = lambda _: outcomes.refused(45011)
    drain(campaign, turns=5)
    assert len(wechat.sent) <= 5  # one claim, and not every member in vain
    wechat.on_send = None
    standing_clock.move(seconds=61)
    assert drain(campaign) == 20


def test_the_breaker_pauses_after_twenty_in_a_row(
    db_session: Session, wechat: RecordingWeChat, template: MessageTemplate
) -> None:
    for _ in range(50):
        make_reachable(template)
    campaign = make_running(template)
    answers = iter([None, *[outcomes.refused(47003)] * 19, None])
    wechat.on_send = lambda _: next(answers, outcomes.refused(47003))
    drain(campaign)
    db_session.refresh(campaign)
    assert (campaign.state, campaign.pause_reason) == ("paused", "47003:field_invalid")
    # One success in between starts the count again.
    assert len(wechat.sent) == 1 + 19 + 1 + 20
    report = campaign_reports.report(campaign)
    assert (report.sent, report.failed, report.planned) == (2, {"47003": 39}, 9)


def test_a_banned_template_pauses_at_once_and_uses_nobody_up(
    db_session: Session, wechat: RecordingWeChat, template: MessageTemplate
) -> None:
    for _ in range(10):
        make_reachable(template)
    campaign = make_running(template)
    wechat.on_send = lambda _: outcomes.refused(43107)
    drain(campaign)
    db_session.refresh(campaign)
    assert (campaign.state, len(wechat.sent)) == ("paused", 1)
    assert campaign_reports.report(campaign).planned == 10


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


def test_a_worker_that_lost_its_lease_can_write_nothing(
    db_session: Session, wechat: RecordingWeChat, template: MessageTemplate, standing_clock: Clock
) -> None:
    member = make_reachable(template)
    campaign = make_running(template)

    def freeze(_call: object) -> None:
        # While this worker hangs in the call, somebody else puts the row in doubt and a person gives up on it.
        row = delivery_of(campaign, member)
        row.state, row.claim_token, row.awaiting_event = "failed", None, False
        db_session.flush()

    wechat.on_send = freeze
    drain(campaign)
    assert delivery_of(campaign, member).state == "failed"


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


def test_a_message_without_a_slot_is_given_back(
    db_session: Session, wechat: RecordingWeChat, template: MessageTemplate, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Late(OpenGate):
        def wait(self, slot: Any) -> bool:
            return False

        def acquire(self, keys: Any, *, timeout_seconds: float) -> bool:
            return False

    monkeypatch.setattr(parts(), "limiter", Late())
    member = make_reachable(template)
    campaign = make_running(template)
    turn = Turn(campaign.id, is_over=lambda: False)
    turn.drain()
    row = delivery_of(campaign, member)
    assert (row.state, row.reason, row.attempts, wechat.sent) == ("planned", "no_slot", 0, [])
    assert left(member, template) == 1


def test_an_outcome_after_the_reaper_still_counts(
    db_session: Session, wechat: RecordingWeChat, template: MessageTemplate, standing_clock: Clock
) -> None:
    from jobs.reap_deliveries import reap_deliveries

    member = make_reachable(template)
    campaign = make_running(template)

    def slow(_call: object) -> SendOutcome:
        at = standing_clock.move(minutes=2)
        assert reap_deliveries(now=at) == {"in_doubt": 1}
        assert reap_deliveries(now=at) == {"in_doubt": 0}
        return replace(outcomes.accepted(5), msgid=5)

    wechat.on_send = slow
    drain(campaign)
    row = delivery_of(campaign, member)
    assert (row.state, row.msgid) == ("sent", 5)
