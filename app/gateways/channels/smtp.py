"""SMTP for real: where in the conversation it broke tells whether the letter can have been taken.

Before the server agreed to take data it certainly was not. Once data flows, only an answer counts: without one it is in doubt."""

import re
import smtplib
import ssl
from dataclasses import dataclass, field
from typing import Final, Literal

from app.gateways.wechat import SendOutcome

from .smtp_session import BoundedSMTP, BoundedSMTPS

Security = Literal["starttls", "tls", "none"]

RETRY_LATER_SECONDS: Final = 60
GO_AHEAD: Final = 354
# "5.7.1 …": refused as a matter of policy (spam, authentication), whoever the letter is for.
_POLICY: Final = re.compile(rb"\s*5\.7\.")
_SENDER_DOMAIN: Final = re.compile(r"@([A-Za-z0-9.-]+)")


@dataclass(frozen=True, slots=True)
class SmtpSettings:
    """Where letters leave. `security`: STARTTLS refuses a server without it; none is for this machine."""

    host: str
    port: int
    user: str = ""
    password: str = field(default="", repr=False)
    security: Security = "starttls"
    # Of a test's own authority; None trusts what the system trusts.
    ca_file: str | None = None


class _Refused(Exception):
    """The server or the connection said no before any data; the outcome tells what follows."""

    def __init__(self, outcome: SendOutcome) -> None:
        super().__init__(outcome.reason)
        self.outcome = outcome


class SmtpMailer:
    """Implements Mailer: one connection per letter, so that nothing of one can spoil the next."""

    def __init__(self, settings: SmtpSettings) -> None:
        self._settings = settings
        self._tls = ssl.create_default_context(cafile=settings.ca_file)

    def deliver(self, content: bytes, *, sender: str, to: str) -> SendOutcome:
        """Hand one letter to the server. Never raises for trouble with it."""
        domain = _SENDER_DOMAIN.search(sender)
        kind = BoundedSMTPS if self._settings.security == "tls" else BoundedSMTP
        extra = {"context": self._tls} if self._settings.security == "tls" else {}
        session = kind(local_hostname=domain.group(1) if domain else "localhost", **extra)
        try:
            try:
                self._greet(session)
                _envelope(session, sender=sender, to=to)
            except _Refused as refused:
                return refused.outcome
            except ssl.SSLCertVerificationError:
                return _not_sent("stop_channel", "certificate_refused")
            except (OSError, smtplib.SMTPException) as error:
                return _not_sent("retry_soon", _word(error))
            return _hand_over(session, content)
        finally:
            session.close()

    def _greet(self, session: BoundedSMTP) -> None:
        settings = self._settings
        _expect(session.open(settings.host, settings.port), 220)
        _expect(session.ehlo()[0], 250)
        if settings.security == "starttls":
            try:
                session.starttls(context=self._tls)
            except smtplib.SMTPNotSupportedError:
                # Never in the clear instead.
                raise _Refused(_not_sent("stop_channel", "starttls_missing")) from None
            except smtplib.SMTPResponseException as error:
                raise _Refused(_not_sent("retry_later", "starttls_refused", code=error.smtp_code)) from None
            _expect(session.ehlo()[0], 250)
        if settings.user:
            self._log_in(session)

    def _log_in(self, session: BoundedSMTP) -> None:
        try:
            session.login(self._settings.user, self._settings.password)
        except smtplib.SMTPAuthenticationError as error:
            action: Literal["retry_later", "stop_channel"] = "retry_later" if error.smtp_code < 500 else "stop_channel"
            refusal = _not_sent(action, "login_refused", code=error.smtp_code)
        except smtplib.SMTPNotSupportedError:
            refusal = _not_sent("stop_channel", "login_not_offered")
        else:
            return
        raise _Refused(refusal)


def _envelope(session: BoundedSMTP, *, sender: str, to: str) -> None:
    code, _ = session.mail(sender)
    if code != 250:
        action: Literal["retry_later", "stop_channel"] = "stop_channel" if 500 <= code < 600 else "retry_later"
        raise _Refused(_not_sent(action, "sender_refused", code=code))
    code, words = session.rcpt(to)
    if code not in (250, 251):
        raise _Refused(_of_recipient(code, words))
    code, words = session.docmd("DATA")
    if code != GO_AHEAD:
        raise _Refused(_of_letter(code, words))


def _hand_over(session: BoundedSMTP, content: bytes) -> SendOutcome:
    lines = re.sub(rb"(?m)^\.", b"..", content.replace(b"\r\n", b"\n")).replace(b"\n", b"\r\n")
    try:
        session.send(lines.rstrip(b"\r\n") + b"\r\n.\r\n")
        code, words = session.getreply()
    except (OSError, smtplib.SMTPException) as error:
        return SendOutcome(status="unknown", reason=_word(error))
    if code == 250:
        return SendOutcome(status="ok")
    if 400 <= code < 600:
        return _of_letter(code, words)
    return SendOutcome(status="unknown", reason="answer_unclear", errcode=code)


def _of_recipient(code: int, words: bytes) -> SendOutcome:
    if code == 421:
        return _not_sent("retry_later", "server_busy", code=code)
    if not 500 <= code < 600:
        # Greylisting, a full box: this person's, for now.
        return _not_sent("retry_soon", "recipient_deferred", code=code)
    if _POLICY.match(words):
        return _not_sent("fail_message", "policy_refused", code=code)
    return _not_sent("fail_member", "address_refused", code=code)


def _of_letter(code: int, words: bytes) -> SendOutcome:
    if code == 421:
        return _not_sent("retry_later", "server_busy", code=code)
    if not 500 <= code < 600:
        return _not_sent("retry_soon", "letter_deferred", code=code)
    return _not_sent("fail_message", "policy_refused" if _POLICY.match(words) else "letter_refused", code=code)


def _expect(code: int, wanted: int) -> None:
    if code != wanted:
        raise _Refused(_not_sent("retry_later", "server_busy", code=code))


def _not_sent(
    action: Literal["retry_soon", "retry_later", "stop_channel", "fail_member", "fail_message"],
    reason: str,
    *,
    code: int | None = None,
) -> SendOutcome:
    return SendOutcome(
        status="failed",
        errcode=code,
        reason=reason,
        action=action,
        not_sent=True,
        retry_after_seconds=RETRY_LATER_SECONDS if action == "retry_later" else None,
    )


def _word(error: Exception) -> str:
    # Our own words only: a server's may quote the address.
    if isinstance(error, TimeoutError):
        return "mail_server_silent"
    return "mail_connection_lost" if isinstance(error, smtplib.SMTPException) else "mail_server_unreachable"
