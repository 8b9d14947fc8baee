"""What a send came to and what follows from it, in one table. Pure: an errcode in, a verdict out.

Three ends only: *ok*, *failed* (WeChat certainly did not accept it) and *unknown* (it may have: do not resend)."""

from dataclasses import dataclass
from typing import Final, Literal

Status = Literal["ok", "failed", "unknown"]
Action = Literal[
    "none",  # nothing follows
    "drop_grant",  # the member's grant for this template is gone: set the ledger to 0
    "retry_soon",  # the same message again in a few seconds
    "retry_later",  # the same message after `retry_after_seconds`
    "stop_channel",  # nothing can be sent until an operator acts
    "stop_template",  # this template cannot be sent until an operator acts
    "fail_member",  # this openid cannot be reached by this app
    "fail_message",  # this message as written is refused; another member's may pass
]

RETRY_SOON_SECONDS: Final = 2  # 43108 and -1 clear within 1-3 s
RETRY_LATER_SECONDS: Final = 60  # the per-minute limits (45011) turn with the minute
DAILY_QUOTA_PROBE_SECONDS: Final = 3600  # 45009 lasts to the end of WeChat's day; asking hourly is cheap


@dataclass(frozen=True, slots=True)
class SendOutcome:
    """`not_sent` is True only when WeChat certainly did not accept it, so that sending again cannot repeat it."""

    status: Status
    errcode: int | None = None
    reason: str = "ok"
    action: Action = "none"
    not_sent: bool = False
    msgid: int | None = None
    retry_after_seconds: int | None = None


@dataclass(frozen=True, slots=True)
class _Verdict:
    action: Action
    reason: str
    retry_after_seconds: int | None = None


def _rows(action: Action, *codes: tuple[int, str], after: int | None = None) -> dict[int, _Verdict]:
    return {code: _Verdict(action, reason, after) for code, reason in codes}


# Source: WeChat's page for subscribeMessage.send and the global return codes.
_TABLE: Final[dict[int, _Verdict]] = {
    **_rows("retry_soon", (-1, "system_busy"), (43108, "concurrent_openid"), after=RETRY_SOON_SECONDS),
    # Token errors arrive here only after our own refresh and retry failed.
    **_rows(
        "retry_later",
        (40001, "token_refused"),
        (40014, "token_refused"),
        (42001, "token_refused"),
        (45011, "minute_limit"),
        after=RETRY_LATER_SECONDS,
    ),
    **_rows("retry_later", (45009, "daily_quota"), after=DAILY_QUOTA_PROBE_SECONDS),
    **_rows(
        "stop_channel",
        (40002, "grant_type_wrong"),
        (40013, "appid_wrong"),
        (40066, "url_wrong"),
        (40125, "secret_wrong"),
        (40164, "ip_not_whitelisted"),
        (40243, "secret_frozen"),
        (41002, "appid_missing"),
        (41004, "secret_missing"),
        (43107, "subscribe_ability_banned"),
        (45109, "api_withdrawn"),
        (48001, "api_not_authorised"),
        (50002, "account_restricted"),
        (50004, "token_forbidden"),
        (61007, "platform_not_authorised"),
        (89501, "ip_needs_confirmation"),
        (89503, "ip_needs_confirmation"),
    ),
    **_rows("stop_template", (40037, "template_unknown")),
    **_rows("drop_grant", (43101, "no_grant")),
    **_rows(
        "fail_member",
        (40003, "openid_invalid"),
        (43004, "not_following"),
        (43104, "openid_of_another_app"),
    ),
    **_rows(
        "fail_message",
        (40038, "recipient_cap_today"),
        (41001, "token_missing"),
        (41008, "code_missing"),
        (41030, "page_invalid"),
        (43302, "method_wrong"),
        (44002, "body_empty"),
        (45168, "sensitive_word"),
        (47001, "body_malformed"),
        (47003, "field_invalid"),
        (87009, "session_signature_invalid"),
        (87014, "content_risky"),
    ),
}

CONFIGURATION_ERRORS: Final = frozenset(code for code, row in _TABLE.items() if row.action == "stop_channel")
# A code nobody has listed yet: refused for certain, but no reason to think the next member's will be.
_UNLISTED: Final = _Verdict("fail_message", "errcode_unlisted")


def accepted(msgid: int | None) -> SendOutcome:
    """WeChat took the message."""
    return SendOutcome(status="ok", msgid=msgid)


def refused(errcode: int, *, field: str | None = None) -> SendOutcome:
    """WeChat answered with a non-zero errcode; `field` names the template field of a 47003."""
    row = _TABLE.get(errcode, _UNLISTED)
    reason = f"{row.reason}:{field}" if field else row.reason
    return SendOutcome(
        status="failed",
        errcode=errcode,
        reason=reason,
        action=row.action,
        not_sent=True,
        retry_after_seconds=row.retry_after_seconds,
    )


def never_left(reason: str, *, errcode: int | None = None, retry_after_seconds: int | None = None) -> SendOutcome:
    """The request did not reach WeChat: no connection, no token, or a gateway in between turned it away.

    `errcode` is that of a refused token request: a configuration error among them stops the channel."""
    seconds = retry_after_seconds or RETRY_SOON_SECONDS
    action: Action = "retry_later" if seconds > RETRY_SOON_SECONDS else "retry_soon"
    if errcode in CONFIGURATION_ERRORS:
        action = "stop_channel"
    return SendOutcome(
        status="failed",
        errcode=errcode,
        reason=reason,
        action=action,
        not_sent=True,
        retry_after_seconds=None if action == "stop_channel" else seconds,
    )


def no_slot() -> SendOutcome:
    """Its moment did not come: another one soon, and no try is counted."""
    return SendOutcome(status="failed", reason="no_slot", action="retry_soon", not_sent=True)


def in_doubt(reason: str) -> SendOutcome:
    """The request was written and no clear answer came back. Wait for WeChat's sent event; do not send again."""
    return SendOutcome(status="unknown", reason=reason)
