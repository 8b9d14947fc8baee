"""Before a send: every reason not to. After it: every answer WeChat can give."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from app.gateways.wechat import outcomes
from app.rules import after_send, before_send
from app.rules.before_send import Facts, Policy

NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
EVENING = datetime(2026, 11, 20, 14, 0, tzinfo=UTC)
POLICY = Policy(quiet_from="21:00", quiet_until="09:00", zone="Asia/Shanghai", per_day=1, per_week=3)
FINE = Facts(
    campaign_state="running",
    template_enabled=True,
    member_status="active",
    marketing_consent=True,
    openid="o-1",
    grants=1,
    sent_today=0,
    sent_this_week=2,
    expires_at=None,
    open_since=None,
)


@pytest.mark.parametrize(
    ("change", "step", "reason"),
    [
        ({}, "send", None),
        ({"campaign_state": "paused"}, "release", None),
        ({"campaign_state": "cancelled", "openid": None}, "release", None),
        ({"expires_at": NOW}, "missed", "too_late"),
        ({"expires_at": NOW + timedelta(seconds=1)}, "send", None),
        ({"member_status": "merged"}, "suppressed", "not_a_member"),
        ({"openid": None}, "suppressed", "no_openid"),
        ({"marketing_consent": False}, "suppressed", "no_marketing_consent"),
        ({"template_enabled": False}, "suppressed", "template_disabled"),
        ({"grants": 0}, "suppressed", "no_grant"),
        ({"sent_today": 1}, "suppressed", "capped_today"),
        ({"sent_this_week": 3}, "suppressed", "capped_this_week"),
        ({"open_since": NOW}, "put_off", "open_message"),
    ],
)
def test_before(change: dict[str, object], step: str, reason: str | None) -> None:
    decision = before_send.decide(replace(FINE, **change), policy=POLICY, now=NOW)  # type: ignore[arg-type]
    assert (decision.step, decision.reason) == (step, reason)


def test_quiet_hours_put_off_to_their_end_or_miss() -> None:
    decision = before_send.decide(FINE, policy=POLICY, now=EVENING)
    assert (decision.step, decision.until) == ("put_off", datetime(2026, 11, 21, 1, 0, tzinfo=UTC))
    wish = replace(FINE, expires_at=datetime(2026, 11, 20, 16, 0, tzinfo=UTC))
    assert before_send.decide(wish, policy=POLICY, now=EVENING).step == "missed"


def test_taken_and_unknown() -> None:
    assert after_send.decide(outcomes.accepted(7), attempts=1).state == "sent"
    doubt = after_send.decide(outcomes.in_doubt("timeout"), attempts=1)
    assert (doubt.state, doubt.gives_back, doubt.retry_seconds) == ("in_doubt", False, None)


@pytest.mark.parametrize(
    ("errcode", "attempts", "expected"),
    [
        (43101, 1, ("suppressed", None, True, None, False)),
        (40003, 1, ("failed", None, True, None, False)),
        (47003, 1, ("failed", None, True, None, False)),
        (99999, 1, ("failed", None, True, None, False)),
        (43108, 1, ("planned", 5, True, None, False)),
        (-1, 4, ("planned", 180, True, None, False)),
        (-1, 5, ("failed", None, True, None, False)),
        (45011, 1, ("planned", 60, False, 60, False)),
        (45009, 5, ("planned", 3600, False, 3600, False)),
        (40001, 5, ("planned", 60, False, 60, False)),
        (40037, 1, ("planned", 0, False, None, True)),
        (48001, 1, ("planned", 0, False, None, True)),
    ],
)
def test_refused(errcode: int, attempts: int, expected: tuple[object, ...]) -> None:
    """`expected`: state, seconds to the next try, counted as an attempt, campaign held (seconds), campaign paused."""
    verdict = after_send.decide(outcomes.refused(errcode), attempts=attempts)
    found = (
        verdict.state,
        verdict.retry_seconds,
        verdict.counts_attempt,
        verdict.hold_seconds,
        verdict.pauses_campaign,
    )
    assert found == expected
    assert verdict.gives_back
    assert verdict.drops_grant == (errcode == 43101)
    assert verdict.counts_refusal == (errcode == 47003)


def test_no_way_through_never_uses_a_message_up() -> None:
    verdict = after_send.decide(outcomes.never_left("no_connection"), attempts=50)
    assert (verdict.state, verdict.counts_attempt, verdict.hold_seconds) == ("planned", False, 2)


def test_no_verdict_sends_again_what_may_have_arrived() -> None:
    for errcode in (*range(-10, 0), *range(40000, 50500)):
        outcome = outcomes.refused(errcode)
        doubtful = replace(outcome, not_sent=False)
        assert after_send.decide(doubtful, attempts=1).state == "in_doubt"
