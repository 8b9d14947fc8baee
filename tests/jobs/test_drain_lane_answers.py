"""What each of WeChat's answers to a send leads to, for the delivery, the member and the campaign."""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.gateways.wechat import RecordingWeChat, SendOutcome, outcomes
from app.models import MessageTemplate, SubscriptionGrantEntry
from app.services import campaign_reports, programmes, send_breakers, send_controls
from app.wiring import parts
from jobs.drain_lane import CLAIM, Turn
from tests.conftest import Clock
from tests.factories.messages import (
    OpenGate,
    delivery_of,
    make_message_template,
    make_reachable,
    make_running,
)
from tests.jobs.lane import counters, drain, left

pytestmark = pytest.mark.usefixtures("open_gate")


@pytest.mark.parametrize(
    ("outcome", "state", "reason", "grants", "caps"),
    [
        (outcomes.in_doubt("timeout"), "in_doubt", "timeout", 1, 3),
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


def test_a_full_minute_holds_the_account_and_halves_its_pace(
    db_session: Session, wechat: RecordingWeChat, template: MessageTemplate, standing_clock: Clock
) -> None:
    for _ in range(20):
        make_reachable(template)
    other_template = make_message_template()
    make_reachable(other_template)
    campaign, other = make_running(template), make_running(other_template)
    wechat.on_send = lambda _: outcomes.refused(45011)
    drain(campaign, turns=5)
    assert len(wechat.sent) <= 5  # one claim, and not every member in vain
    account = f"app:{parts().config.wechat_appid}"
    (held,) = send_controls.list_restrained(now=standing_clock.now)
    assert (held.account, held.pace_bp, held.hold_reason) == (account, 5_000, "minute_limit")
    wechat.on_send = None
    assert drain(other) == 0
    standing_clock.move(seconds=61)
    assert drain(campaign) == 20
    assert drain(other) == 1
    assert send_controls.get(account, now=standing_clock.now).pace_bp == 5_000 + 61 * 50


def test_the_platforms_day_is_waited_for_and_nobody_is_given_up(
    db_session: Session, wechat: RecordingWeChat, template: MessageTemplate, standing_clock: Clock
) -> None:
    members = [make_reachable(template) for _ in range(6)]
    campaign = make_running(template)
    wechat.on_send = lambda _: outcomes.refused(45009)
    for _ in range(20):
        drain(campaign)
        standing_clock.move(minutes=30)
    wechat.on_send = None
    # Ten in the morning plus ten hours: Shanghai's midnight is four hours away.
    assert (drain(campaign), len(wechat.sent)) == (0, 5)
    programmes.get().quiet_from = programmes.get().quiet_until = "00:00"
    standing_clock.move(hours=4, minutes=2)
    assert drain(campaign) == 6
    assert {delivery_of(campaign, member).attempts for member in members} == {1}


def test_our_own_count_of_the_day_holds_before_the_platform_refuses(
    db_session: Session, wechat: RecordingWeChat, template: MessageTemplate, standing_clock: Clock
) -> None:
    for _ in range(6):
        make_reachable(template)
    campaign = make_running(template)
    programmes.get().sends_per_day = 4
    assert (drain(campaign, turns=3), len(wechat.sent)) == (4, 4)
    assert [(one.used, one.cap) for one in send_controls.list_quotas(now=standing_clock.now)] == [(4, 4)]
    standing_clock.move(days=1)
    assert drain(campaign) == 2


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


@pytest.mark.parametrize(("errcode", "stops_others"), [(40037, False), (43107, True)])
def test_a_breaker_stops_all_it_concerns_at_once_and_uses_nobody_up(  # noqa: PLR0917  a table of cases
    db_session: Session,
    wechat: RecordingWeChat,
    template: MessageTemplate,
    standing_clock: Clock,
    errcode: int,
    stops_others: bool,
) -> None:
    for _ in range(10):
        make_reachable(template)
    elsewhere = make_message_template()
    make_reachable(elsewhere)
    campaigns = [make_running(template), make_running(template)]
    unconcerned = make_running(elsewhere)
    wechat.on_send = lambda _: outcomes.refused(errcode)
    drain(campaigns[0])
    # What was claimed with it may still have been under way.
    assert len(wechat.sent) <= CLAIM
    before = len(wechat.sent)
    assert [drain(campaign) for campaign in campaigns] == [0, 0]
    assert drain(unconcerned) == (0 if stops_others else 1)
    wechat.on_send = None if stops_others else (lambda _: outcomes.refused(errcode))
    before = len(wechat.sent)
    # Ten minutes later one message tries.
    standing_clock.move(minutes=11)
    drain(campaigns[1])
    tried = [call for call in wechat.sent[before:] if call.args["template_id"] == template.wechat_template_id]
    if stops_others:
        assert send_breakers.list_open() == []
        assert len(tried) > 1
    else:
        assert len(tried) == 1
        assert max(one.failed_probes for one in send_breakers.list_open()) == 1
    reports = [campaign_reports.report(campaign) for campaign in campaigns]
    assert all(report.failed == {} for report in reports)


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


def test_a_message_without_a_slot_is_given_back(
    db_session: Session, wechat: RecordingWeChat, template: MessageTemplate, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Late(OpenGate):
        def wait(self, slot: Any) -> bool:
            return False

        def acquire(self, keys: Any, *, timeout_seconds: float, **_: Any) -> bool:
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
