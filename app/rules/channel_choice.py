"""By which channel a message goes to this member now, and by which it could go on should that one not take it."""

from dataclasses import dataclass
from typing import Final

SUBSCRIBE: Final = "subscribe"


@dataclass(frozen=True, kw_only=True)
class Ways:
    """What is known when a message is about to leave. `order` is the topic's; the sets name channels.

    `ready`: configured, and the template has a text for it. `reachable`: there is an address. `switched_off`: by the member.
    `tried`: certainly did not take this message, for a reason of this member."""

    order: tuple[str, ...]
    ready: frozenset[str]
    reachable: frozenset[str]
    switched_off: frozenset[str] = frozenset()
    tried: frozenset[str] = frozenset()
    grants: int = 0


def usable(ways: Ways) -> tuple[str, ...]:
    """The channels that would do, in order; the first is taken, the others are where it may go on."""
    return tuple(channel for channel in ways.order if _problem(ways, channel) is None)


def why_none(ways: Ways) -> str:
    """The reason told when no channel would do: the channel's own when there is but one."""
    problems = [_problem(ways, channel) for channel in ways.order]
    if len(problems) == 1 or set(problems) == {"switched_off"}:
        return problems[0] or "no_channel"
    return "no_channel"


def _problem(ways: Ways, channel: str) -> str | None:
    """Why not by this one. As in the audience: who cannot be addressed at all is told first."""
    reasons = (
        (channel in ways.tried, "refused"),
        (channel not in ways.ready, "channel_off"),
        (channel not in ways.reachable, "no_openid" if channel == SUBSCRIBE else "no_address"),
        (channel in ways.switched_off, "switched_off"),
        (channel == SUBSCRIBE and ways.grants <= 0, "no_grant"),
    )
    return next((reason for applies, reason in reasons if applies), None)
