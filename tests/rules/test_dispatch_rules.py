"""Before a send: every reason not to. After it: every answer WeChat can give."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from app.gateways.wechat import outcomes
from app.rules import after_send, before_send
from app.rules.before_send import Facts, Policy
from app.rules.channel_choice import Ways

NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
EVENING = datetime(2026, 11, 20, 14, 0, tzinfo=UTC)
POLICY = Policy(quiet_from="21:00", quiet_until="09:00", zone="Asia/Shanghai", per_day=1, per_week=3, per_month=8)
FINE = Facts(
    campaign_state="running",
    template_enabled=True,
    member_status="active",
    marketing_consent=True,
    is_marketing=True,
    channel="subscribe",
    ways=Ways(order=("subscribe",), ready=frozenset({"subscribe"}), reachable=frozenset({"subscribe"}), grants=1),
    sent_today=0,
    sent_this_week=2,
    sent_this_month=7,
    zone="",
    spread_by="1:2",
    expires_at=None,
)
NOBODY = replace(FINE.ways, reachable=frozenset())
ANYHOW = replace(
    FINE.ways,
    order=("subscribe", "email"),
    ready=frozenset({"subscribe", "email"}),
    reachable=frozenset({"subscribe", "email"}),
)


@pytest.mark.parametrize(
    ("change", "step", "reason"),
    [
        ({}, "send", None),
        ({"campaign_state": "paused"}, "release", None),
        ({"campaign_state": "cancelled", "ways": NOBODY}, "release", None),
        ({"expires_at": NOW}, "missed", "too_late"),
        ({"expires_at": NOW + timedelta(seconds=1)}, "send", None),
        ({"member_status": "merged"}, "suppressed", "not_a_member"),
        ({"ways": NOBODY}, "suppressed", "no_openid"),
        ({"ways": NOBODY, "marketing_consent": False}, "suppressed", "no_openid"),
        ({"marketing_consent": False}, "suppressed", "no_marketing_consent"),
        ({"template_enabled": False}, "suppressed", "template_disabled"),
        ({"ways": replace(FINE.ways, grants=0)}, "suppressed", "no_grant"),
        ({"ways": replace(FINE.ways, switched_off=frozenset({"subscribe"}))}, "suppressed", "switched_off"),
        ({"ways": replace(FINE.ways, ready=frozenset())}, "suppressed", "channel_off"),
        ({"ways": ANYHOW}, "send", None),
        ({"ways": replace(ANYHOW, grants=0)}, "switch", None),
        ({"ways": replace(ANYHOW, grants=0), "marketing_consent": False}, "suppressed", "no_marketing_consent"),
        ({"ways": replace(ANYHOW, grants=0, ready=frozenset({"subscribe"}))}, "suppressed", "no_channel"),
        ({"ways": ANYHOW, "channel": "email"}, "switch", None),
        ({"is_marketing": False, "marketing_consent": False, "sent_today": 9, "sent_this_week": 9}, "send", None),
        ({"sent_today": 1}, "suppressed", "capped_today"),
        ({"sent_this_week": 3}, "suppressed", "capped_this_week"),
        ({"sent_this_month": 8}, "suppressed", "capped_this_month"),
        ({"open_since": {"subscribe": NOW}}, "put_off", "open_message"),
        ({"open_since": {"oa_template": NOW}}, "send", None),
    ],
)
def test_before(change: dict[str, object], step: str, reason: str | None) -> None:
    decision = before_send.decide(replace(FINE, **change), policy=POLICY, now=NOW)  # type: ignore[arg-type]
    assert (decision.step, decision.reason) == (step, reason)


def test_quiet_hours_put_off_to_their_end_or_miss() -> None:
    decision = before_send.decide(FINE, policy=POLICY, now=EVENING)
    assert decision.step == "put_off"
    assert decision.until is not None
    assert timedelta(0) <= decision.until - datetime(2026, 11, 21, 1, 0, tzinfo=UTC) < timedelta(minutes=15)
    wish = replace(FINE, expires_at=datetime(2026, 11, 20, 16, 0, tzinfo=UTC))
    assert before_send.decide(wish, policy=POLICY, now=EVENING).step == "missed"
    service = replace(FINE, is_marketing=False)
    assert before_send.decide(service, policy=POLICY, now=EVENING).step == "send"


@pytest.mark.parametrize(
    ("zone", "at", "step"),
    [
        # Ten in the evening in Shanghai is two in the afternoon in London, three in Berlin's summer.
        ("Europe/London", "2026-11-20T14:00", "send"),
        ("", "2026-11-20T14:00", "put_off"),
        # Eight in the morning in Berlin: 06:00 in summer time, 07:00 in winter time; Shanghai's shop is long open.
        ("Europe/Berlin", "2026-10-24T06:30", "put_off"),
        ("Europe/Berlin", "2026-10-24T07:30", "send"),
        ("Europe/Berlin", "2026-10-25T07:30", "put_off"),
        ("Europe/Berlin", "2026-10-25T08:30", "send"),
    ],
)
def test_quiet_hours_are_the_members_own(zone: str, at: str, step: str) -> None:
    now = datetime.fromisoformat(at).replace(tzinfo=UTC)
    assert before_send.decide(replace(FINE, zone=zone), policy=POLICY, now=now).step == step


def test_taken_and_unknown() -> None:
    assert after_send.decide(outcomes.accepted(7), attempts=1).state == "sent"
    doubt = after_send.decide(outcomes.in_doubt("timeout"), attempts=1)
    assert (doubt.state, doubt.gives_back, doubt.retry_seconds) == ("in_doubt", False, None)


@pytest.mark.parametrize(
    ("errcode", "attempts", "expected"),
    [
        (43101, 1, ("suppressed", None, True, None, False, None, None)),
        (40003, 1, ("failed", None, True, None, False, None, None)),
        (47003, 1, ("failed", None, True, None, False, None, None)),
        (99999, 1, ("failed", None, True, None, False, None, None)),
        (43108, 1, ("planned", 5, True, None, True, None, None)),
        (-1, 4, ("planned", 180, True, None, True, None, None)),
        (-1, 5, ("failed", None, True, None, True, None, None)),
        (45011, 1, ("planned", 0, False, None, True, "minute", None)),
        (45009, 5, ("planned", 0, False, None, False, "day", None)),
        (40001, 5, ("planned", 60, False, 60, False, None, None)),
        (40037, 1, ("planned", 0, False, None, False, None, "template")),
        (43107, 1, ("planned", 0, False, None, False, None, "account")),
        (48001, 1, ("planned", 0, False, None, False, None, "account")),
    ],
)
def test_refused(errcode: int, attempts: int, expected: tuple[object, ...]) -> None:
    """`expected`: state, seconds to the next try, counted as an attempt, campaign held (seconds), account slowed, held until what
    turns, breaker opened."""
    verdict = after_send.decide(outcomes.refused(errcode), attempts=attempts)
    found = (
        verdict.state,
        verdict.retry_seconds,
        verdict.counts_attempt,
        verdict.hold_seconds,
        verdict.slows,
        verdict.holds,
        verdict.opens,
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
