"""Whether a claimed delivery may leave now. Decided from what is true at dispatch: the audience snapshot is no authority."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from app.rules import send_window

# WeChat's sent event usually comes within a second; until it does, the same person gets nothing of the same template.
OPEN_MESSAGE_WAIT: Final = timedelta(seconds=30)

Step = Literal["send", "release", "put_off", "suppressed", "missed"]


@dataclass(frozen=True, kw_only=True)
class Policy:
    """The shop's limits on marketing messages. Local times "HH:MM"."""

    quiet_from: str
    quiet_until: str
    zone: str
    per_day: int
    per_week: int


@dataclass(frozen=True, kw_only=True)
class Facts:
    """The delivery's row and what belongs to it, read in one transaction."""

    campaign_state: str
    template_enabled: bool
    member_status: str
    marketing_consent: bool
    openid: str | None
    grants: int
    sent_today: int
    sent_this_week: int
    expires_at: datetime | None
    open_since: datetime | None
    # The member switched the template's topic off on this channel.
    is_switched_off: bool = False


@dataclass(frozen=True)
class Decision:
    """`until` only for put_off."""

    step: Step
    reason: str | None = None
    until: datetime | None = None


def decide(facts: Facts, *, policy: Policy, now: datetime) -> Decision:
    """What to do with the row: send it, give it back, put it off, or end it with a reason."""
    if facts.campaign_state != "running":
        return Decision("release")
    if facts.expires_at is not None and facts.expires_at <= now:
        return Decision("missed", "too_late")
    reason = _why_not(facts, policy)
    if reason is not None:
        return Decision("suppressed", reason)
    return _when(facts, policy, now=now)


def _when(facts: Facts, policy: Policy, *, now: datetime) -> Decision:
    opens_at = send_window.next_open(
        now, quiet_from=policy.quiet_from, quiet_until=policy.quiet_until, zone=policy.zone
    )
    if facts.expires_at is not None and facts.expires_at <= opens_at:
        return Decision("missed", "quiet_hours")
    if opens_at > now:
        return Decision("put_off", "quiet_hours", opens_at)
    if facts.open_since is not None:
        return Decision("put_off", "open_message", now + OPEN_MESSAGE_WAIT)
    return Decision("send")


def _why_not(facts: Facts, policy: Policy) -> str | None:
    reasons = (
        (facts.member_status != "active", "not_a_member"),
        (facts.openid is None, "no_openid"),
        (not facts.marketing_consent, "no_marketing_consent"),
        (facts.is_switched_off, "switched_off"),
        (not facts.template_enabled, "template_disabled"),
        (facts.grants <= 0, "no_grant"),
        (facts.sent_today >= policy.per_day, "capped_today"),
        (facts.sent_this_week >= policy.per_week, "capped_this_week"),
    )
    return next((reason for applies, reason in reasons if applies), None)
