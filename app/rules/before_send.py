"""Whether a claimed delivery may leave now. Decided from what is true at dispatch: the audience snapshot is no authority."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Literal

from app.rules import channel_choice, send_window
from app.rules.channel_choice import Ways

# WeChat's sent event usually comes within a second; until it does, the same person gets nothing of the same template.
OPEN_MESSAGE_WAIT: Final = timedelta(seconds=30)

# switch: another channel is the way now; the row waits for a slot of that one.
Step = Literal["send", "switch", "release", "put_off", "suppressed", "missed"]


@dataclass(frozen=True, kw_only=True)
class Policy:
    """The shop's limits on marketing messages. Local times "HH:MM"."""

    quiet_from: str
    quiet_until: str
    zone: str
    per_day: int
    per_week: int
    per_month: int


@dataclass(frozen=True, kw_only=True)
class Facts:
    """The delivery's row and what belongs to it, read in one transaction."""

    campaign_state: str
    template_enabled: bool
    member_status: str
    marketing_consent: bool
    # The topic's: only marketing needs consent, counts against the caps and keeps quiet hours.
    is_marketing: bool
    # The channel whose slot was waited for.
    channel: str
    ways: Ways
    sent_today: int
    sent_this_week: int
    sent_this_month: int
    # The member's own (IANA); empty: the shop's.
    zone: str
    # What spreads the messages that wait for one morning.
    spread_by: str
    expires_at: datetime | None
    # By channel: since when a message to this person and template is still open there.
    open_since: Mapping[str, datetime] = field(default_factory=dict)


@dataclass(frozen=True)
class Decision:
    """`until` only for put_off; `channel` and those it may go on to, `others`, only for send and switch."""

    step: Step
    reason: str | None = None
    until: datetime | None = None
    channel: str | None = None
    others: tuple[str, ...] = ()


def decide(facts: Facts, *, policy: Policy, now: datetime) -> Decision:
    """What to do with the row: send it, give it back, put it off, or end it with a reason."""
    if facts.campaign_state != "running":
        return Decision("release")
    if facts.expires_at is not None and facts.expires_at <= now:
        return Decision("missed", "too_late")
    usable = channel_choice.usable(facts.ways)
    reason = _why_not(facts, policy, way=None if usable else channel_choice.why_none(facts.ways))
    if reason is not None:
        return Decision("suppressed", reason)
    return _when(facts, policy, usable=usable, now=now)


def _when(facts: Facts, policy: Policy, *, usable: tuple[str, ...], now: datetime) -> Decision:
    opens_at = now
    if facts.is_marketing:
        zone = facts.zone or policy.zone
        opens_at = send_window.next_open(now, quiet_from=policy.quiet_from, quiet_until=policy.quiet_until, zone=zone)
    if facts.expires_at is not None and facts.expires_at <= opens_at:
        return Decision("missed", "quiet_hours")
    if opens_at > now:
        until = send_window.spread(opens_at, before=facts.expires_at, key=facts.spread_by)
        return Decision("put_off", "quiet_hours", until)
    channel, *others = usable
    if channel in facts.open_since:
        return Decision("put_off", "open_message", now + OPEN_MESSAGE_WAIT)
    return Decision("send" if channel == facts.channel else "switch", channel=channel, others=tuple(others))


def _why_not(facts: Facts, policy: Policy, *, way: str | None) -> str | None:
    reasons = (
        (facts.member_status != "active", "not_a_member"),
        (way == "no_openid", "no_openid"),
        (facts.is_marketing and not facts.marketing_consent, "no_marketing_consent"),
        (not facts.template_enabled, "template_disabled"),
        (way is not None, way),
        (facts.is_marketing and facts.sent_today >= policy.per_day, "capped_today"),
        (facts.is_marketing and facts.sent_this_week >= policy.per_week, "capped_this_week"),
        (facts.is_marketing and facts.sent_this_month >= policy.per_month, "capped_this_month"),
    )
    return next((reason for applies, reason in reasons if applies), None)
