"""The one exception that leaves the HTTP layer, and how it reads to each caller. It carries words of our own only:
what `requests` raises holds URLs with the AppSecret in them."""

from dataclasses import dataclass
from typing import Final, Literal

from app.errors import LoyaltyError

from . import outcomes
from .failures import WeChatCodeRefused, WeChatRejected, WeChatTalkedNonsense, WeChatUnavailable, WeChatUserBlocked
from .outcomes import SendOutcome

Kind = Literal[
    "refused",  # WeChat answered with an errcode
    "not_sent",  # the request certainly was not processed
    "unclear",  # it was written, and no answer came
    "nonsense",  # it was written, and the answer cannot be read
]

RETRY_SECONDS: Final = 2
CODE_ERRORS: Final = frozenset({40029, 40163, 41008})  # invalid, used, missing
USER_BLOCKED: Final = 40226


@dataclass(eq=False)
class Trouble(Exception):
    """`reason` is one of our own words, `field` the template field WeChat named in a 47003."""

    kind: Kind
    reason: str
    errcode: int | None = None
    field: str | None = None
    retry_after_seconds: int | None = None

    def __str__(self) -> str:
        return f"{self.kind}: {self.reason} ({self.errcode})"


def as_outcome(trouble: Trouble) -> SendOutcome:
    """How a send ended."""
    if trouble.kind == "refused" and trouble.errcode is not None:
        return outcomes.refused(trouble.errcode, field=trouble.field)
    if trouble.kind == "not_sent":
        return outcomes.never_left(
            trouble.reason, errcode=trouble.errcode, retry_after_seconds=trouble.retry_after_seconds
        )
    return outcomes.in_doubt(trouble.reason)


def as_error(trouble: Trouble, *, advice: str | None = None) -> LoyaltyError:
    """How anything but a send failed; `advice` says what the client should do about a refused code."""
    if trouble.kind == "refused" and trouble.errcode is not None:
        return _refusal(trouble.errcode, advice=advice)
    if trouble.kind == "nonsense":
        return WeChatTalkedNonsense(reason=trouble.reason)
    return WeChatUnavailable(reason=trouble.reason, retry_after_seconds=trouble.retry_after_seconds or RETRY_SECONDS)


def _refusal(errcode: int, *, advice: str | None) -> LoyaltyError:
    if advice and errcode in CODE_ERRORS:
        return WeChatCodeRefused(advice=advice)
    if errcode == USER_BLOCKED:
        return WeChatUserBlocked()
    verdict = outcomes.refused(errcode)
    if verdict.retry_after_seconds is not None:
        return WeChatUnavailable(reason=verdict.reason, retry_after_seconds=verdict.retry_after_seconds)
    return WeChatRejected(errcode=errcode, reason=verdict.reason)
