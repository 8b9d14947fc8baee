"""What follows from the answer to a send. Only a message its channel certainly did not take is ever sent again."""

from dataclasses import dataclass, replace
from typing import Final, Literal, Protocol

MAX_ATTEMPTS: Final = 5
# Before the second, third, fourth and fifth attempt.
BACK_OFF_SECONDS: Final = (5, 20, 60, 180)
# Refused as written: field invalid, page invalid. After so many members in a row it is the text, not the member.
WRITTEN_WRONG: Final = frozenset({47003, 41030})
REFUSALS_BEFORE_PAUSE: Final = 20
# Of this member on this channel: another channel may reach them.
ABOUT_THE_MEMBER: Final = frozenset({"drop_grant", "fail_member"})
# The platform is busy or counts too many: the account goes on more slowly.
THROTTLED: Final = frozenset({-1, 43108, 45011})
# Too many in a minute, too many in a day: nothing leaves before the minute or the day turns.
LIMITS: Final[dict[int, Literal["minute", "day"]]] = {45011: "minute", 45009: "day"}


class Outcome(Protocol):
    """The gateway's verdict on one send."""

    @property
    def status(self) -> Literal["ok", "failed", "unknown"]: ...
    @property
    def action(self) -> str: ...
    @property
    def reason(self) -> str: ...
    @property
    def errcode(self) -> int | None: ...
    @property
    def not_sent(self) -> bool: ...
    @property
    def msgid(self) -> int | None: ...
    @property
    def retry_after_seconds(self) -> int | None: ...


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """`state` of the delivery; the rest says what else changes."""

    state: Literal["sent", "in_doubt", "planned", "failed", "suppressed"]
    reason: str | None = None
    retry_seconds: int | None = None
    # WeChat did not take it: the grant and the caps are the member's again.
    gives_back: bool = False
    # WeChat knows of no grant: ours was wrong.
    drops_grant: bool = False
    counts_attempt: bool = True
    # Nothing more of this campaign for so long.
    hold_seconds: int | None = None
    counts_refusal: bool = False
    # The row goes on to the next channel, and never comes back to this one.
    falls_back: bool = False
    # Of the account: it goes on at half the pace, or not before the minute or the day turns.
    slows: bool = False
    holds: Literal["minute", "day"] | None = None
    # Whoever it is for: nothing of the template, or over the account, but a probe.
    opens: Literal["template", "account"] | None = None


def decide(outcome: Outcome, *, attempts: int, has_other: bool = False) -> Verdict:
    """`attempts` includes this one; `has_other`: another channel would do for this member.

    In doubt never falls back: nobody is told the same thing twice by two channels."""
    if outcome.status == "ok":
        return Verdict(state="sent")
    if outcome.status == "unknown" or not outcome.not_sent:
        # It may have arrived. Never again by ourselves: WeChat's sent event or a person settles it.
        return Verdict(state="in_doubt", reason=outcome.reason)
    if has_other and outcome.action in ABOUT_THE_MEMBER:
        return Verdict(
            state="planned",
            reason=outcome.reason,
            retry_seconds=0,
            gives_back=True,
            drops_grant=outcome.action == "drop_grant",
            falls_back=True,
        )
    return _not_taken(outcome, attempts=attempts)


def _not_taken(outcome: Outcome, *, attempts: int) -> Verdict:
    if outcome.action == "drop_grant":
        return Verdict(state="suppressed", reason="refused", gives_back=True, drops_grant=True)
    if outcome.action in ("stop_channel", "stop_template"):
        # Everybody's message would fail for the same reason: nobody is used up for it.
        what: Literal["template", "account"] = "template" if outcome.action == "stop_template" else "account"
        return replace(_again(outcome, seconds=0, counts_attempt=False), opens=what)
    if outcome.errcode in LIMITS:
        held = _again(outcome, seconds=0, counts_attempt=False)
        return replace(held, holds=LIMITS[outcome.errcode], slows=outcome.errcode in THROTTLED)
    if outcome.action == "retry_later" or (outcome.action == "retry_soon" and outcome.errcode is None):
        # Throttled or no way through, whoever the message is for.
        seconds = outcome.retry_after_seconds or BACK_OFF_SECONDS[0]
        return _again(outcome, seconds=seconds, counts_attempt=False, hold_seconds=seconds)
    slows = outcome.errcode in THROTTLED
    if outcome.action == "retry_soon" and attempts < MAX_ATTEMPTS:
        return replace(_again(outcome, seconds=BACK_OFF_SECONDS[attempts - 1]), slows=slows)
    return Verdict(
        state="failed",
        reason=outcome.reason,
        gives_back=True,
        counts_refusal=outcome.errcode in WRITTEN_WRONG,
        slows=slows,
    )


def _again(
    outcome: Outcome,
    *,
    seconds: int,
    counts_attempt: bool = True,
    hold_seconds: int | None = None,
) -> Verdict:
    return Verdict(
        state="planned",
        reason=outcome.reason,
        retry_seconds=seconds,
        gives_back=True,
        counts_attempt=counts_attempt,
        hold_seconds=hold_seconds,
    )
