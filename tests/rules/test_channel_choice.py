"""Which channel is taken, where a message may go on, and the one reason told when nothing would do."""

import itertools

import pytest

from app.gateways.wechat import SendOutcome, outcomes
from app.rules import after_send, channel_choice
from app.rules.channel_choice import Ways

ALL = ("subscribe", "oa_template", "sms", "email")
EVERY = frozenset(ALL)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, ALL),
        ({"order": ("email", "subscribe")}, ("email", "subscribe")),
        ({"grants": 0}, ("oa_template", "sms", "email")),
        ({"ready": frozenset({"email"})}, ("email",)),
        ({"reachable": frozenset({"sms"})}, ("sms",)),
        ({"switched_off": frozenset({"subscribe", "sms"})}, ("oa_template", "email")),
        ({"tried": frozenset({"subscribe", "oa_template"})}, ("sms", "email")),
        ({"tried": EVERY}, ()),
    ],
)
def test_usable(changes: dict[str, object], expected: tuple[str, ...]) -> None:
    ways = Ways(**{"order": ALL, "ready": EVERY, "reachable": EVERY, "grants": 1, **changes})  # type: ignore[arg-type]
    assert channel_choice.usable(ways) == expected


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"order": ("subscribe",), "reachable": frozenset(), "grants": 0}, "no_openid"),
        ({"order": ("subscribe",), "grants": 0}, "no_grant"),
        ({"order": ("subscribe",), "tried": EVERY}, "refused"),
        ({"order": ("email",), "reachable": frozenset()}, "no_address"),
        ({"order": ("email",), "ready": frozenset()}, "channel_off"),
        ({"switched_off": EVERY}, "switched_off"),
        ({"switched_off": frozenset({"sms"}), "reachable": frozenset({"sms"})}, "no_channel"),
        ({"reachable": frozenset()}, "no_channel"),
    ],
)
def test_why_none(changes: dict[str, object], reason: str) -> None:
    ways = Ways(**{"order": ALL, "ready": EVERY, "reachable": EVERY, "grants": 1, **changes})  # type: ignore[arg-type]
    assert channel_choice.usable(ways) == ()
    assert channel_choice.why_none(ways) == reason


@pytest.mark.parametrize(
    ("outcome", "goes_on"),
    [
        (outcomes.refused(43101), True),
        (outcomes.refused(40003), True),
        (outcomes.refused(43004), True),
        (SendOutcome(status="failed", reason="address_refused", action="fail_member", not_sent=True), True),
        # Busy, throttled, refused as written, stopped: nothing about the member.
        (outcomes.refused(-1), False),
        (outcomes.refused(45009), False),
        (outcomes.refused(47003), False),
        (outcomes.refused(40037), False),
        (outcomes.never_left("no_connection"), False),
        (outcomes.accepted(1), False),
        (outcomes.in_doubt("timeout"), False),
        # Not certainly refused: the same as no answer.
        (SendOutcome(status="failed", errcode=43101, reason="x", action="drop_grant", not_sent=False), False),
    ],
)
def test_what_goes_on_to_the_next_channel(outcome: SendOutcome, goes_on: bool) -> None:
    verdict = after_send.decide(outcome, attempts=1, has_other=True)
    assert verdict.falls_back is goes_on
    assert not after_send.decide(outcome, attempts=1).falls_back
    if goes_on:
        assert (verdict.state, verdict.gives_back, verdict.retry_seconds) == ("planned", True, 0)


def test_only_what_certainly_was_not_taken_falls_back() -> None:
    statuses, actions = ("ok", "failed", "unknown"), ("none", "drop_grant", "fail_member", "retry_soon", "stop_channel")
    for status, action, not_sent in itertools.product(statuses, actions, (True, False)):
        outcome = SendOutcome(status=status, reason="x", action=action, not_sent=not_sent)  # type: ignore[arg-type]
        verdict = after_send.decide(outcome, attempts=1, has_other=True)
        assert verdict.falls_back <= (status == "failed" and not_sent)
