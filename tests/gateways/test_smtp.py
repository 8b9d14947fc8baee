"""Letters over real sockets: what the server takes, refuses, drips, garbles or swallows, and what each comes to."""

import logging
import socket
import ssl
import time
from contextlib import closing
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from app.gateways.channels import (
    EmailChannel,
    Letter,
    RecordingMailer,
    RecordingSms,
    SmsChannel,
    SmtpMailer,
    SmtpSettings,
    read_unsubscribe_token,
    smtp_session,
    unsubscribe_token,
)
from app.gateways.vault import Vault
from app.gateways.wechat import SendOutcome
from tests.gateways.mail_server import DRIP, DROP, FLOOD, SILENCE, MailServer, mail_server, make_certificate

SENDER, TO = "news@shop.example", "lin@example.com"
LETTER = b"Subject: hi\r\n\r\n.hidden dot\r\nbye\r\n"
PASSWORD = "mail-password-1"


@pytest.fixture(autouse=True)
def impatience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smtp_session, "CONNECT_SECONDS", 0.3)
    monkeypatch.setattr(smtp_session, "LONGEST_SESSION_SECONDS", 0.4)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, str]:
    """The server's context and the file that makes a client trust it."""
    return make_certificate(Path(tmp_path_factory.mktemp("tls")))


def deliver(server: MailServer, *, content: bytes = LETTER, **settings: Any) -> SendOutcome:
    values: dict[str, Any] = {"host": "127.0.0.1", "port": server.port, "security": "none", **settings}
    return SmtpMailer(SmtpSettings(**values)).deliver(content, sender=SENDER, to=TO)


def verdict(outcome: SendOutcome) -> tuple[str, str, str, bool]:
    return outcome.status, outcome.action, outcome.reason, outcome.not_sent


def test_a_letter_arrives_whole() -> None:
    with mail_server() as server:
        assert deliver(server) == SendOutcome(status="ok")
        ((sender, to, content),) = server.letters
    assert (sender.split(" ")[1], to.split(" ")[1]) == (f"FROM:<{SENDER}>", f"TO:<{TO}>")
    assert content == LETTER


UNREACHABLE = "mail_connection_lost"
STEPS: list[tuple[dict[str, bytes], tuple[str, str, str, bool]]] = [
    # Before data: certainly not taken.
    ({"GREETING": b"421 too busy"}, ("failed", "retry_later", "server_busy", True)),
    ({"GREETING": b"554 go away"}, ("failed", "retry_later", "server_busy", True)),
    ({"GREETING": b"HTTP/1.1 400 Bad Request"}, ("failed", "retry_soon", UNREACHABLE, True)),
    ({"GREETING": DROP}, ("failed", "retry_soon", UNREACHABLE, True)),
    ({"GREETING": SILENCE}, ("failed", "retry_soon", "mail_server_silent", True)),
    ({"GREETING": DRIP}, ("failed", "retry_soon", "mail_server_silent", True)),
    ({"GREETING": FLOOD}, ("failed", "retry_soon", UNREACHABLE, True)),
    ({"EHLO": b"500 what"}, ("failed", "retry_later", "server_busy", True)),
    ({"EHLO": b"\xff\xfe"}, ("failed", "retry_soon", UNREACHABLE, True)),
    ({"MAIL": b"451 later"}, ("failed", "retry_later", "sender_refused", True)),
    ({"MAIL": b"553 not you"}, ("failed", "stop_channel", "sender_refused", True)),
    ({"MAIL": DROP}, ("failed", "retry_soon", UNREACHABLE, True)),
    ({"RCPT": b"450 4.2.1 greylisted"}, ("failed", "retry_soon", "recipient_deferred", True)),
    ({"RCPT": b"452 4.2.2 box full"}, ("failed", "retry_soon", "recipient_deferred", True)),
    ({"RCPT": b"421 too many"}, ("failed", "retry_later", "server_busy", True)),
    ({"RCPT": b"550 5.1.1 no such user"}, ("failed", "fail_member", "address_refused", True)),
    ({"RCPT": b"550 5.7.1 listed as spam"}, ("failed", "fail_message", "policy_refused", True)),
    ({"RCPT": SILENCE}, ("failed", "retry_soon", "mail_server_silent", True)),
    ({"RCPT": FLOOD}, ("failed", "retry_soon", UNREACHABLE, True)),
    ({"DATA": b"451 later"}, ("failed", "retry_soon", "letter_deferred", True)),
    ({"DATA": b"554 no"}, ("failed", "fail_message", "letter_refused", True)),
    ({"DATA": DROP}, ("failed", "retry_soon", UNREACHABLE, True)),
    # The server said no to the whole of it.
    ({"BODY": b"451 4.3.0 later"}, ("failed", "retry_soon", "letter_deferred", True)),
    ({"BODY": b"552 too big"}, ("failed", "fail_message", "letter_refused", True)),
    ({"BODY": b"550 5.7.1 spam"}, ("failed", "fail_message", "policy_refused", True)),
    # Nobody knows.
    ({"BODY": DROP}, ("unknown", "none", UNREACHABLE, False)),
    ({"BODY": SILENCE}, ("unknown", "none", "mail_server_silent", False)),
    ({"BODY": DRIP}, ("unknown", "none", "mail_server_silent", False)),
    ({"BODY": FLOOD}, ("unknown", "none", UNREACHABLE, False)),
    ({"BODY": b"nonsense"}, ("unknown", "none", UNREACHABLE, False)),
    ({"BODY": b"999 what"}, ("unknown", "none", "answer_unclear", False)),
    ({"BODY": b"354 more"}, ("unknown", "none", "answer_unclear", False)),
]


@pytest.mark.parametrize(("answers", "expected"), STEPS, ids=[str(step) for step, _ in STEPS])
def test_where_it_breaks_tells_what_became_of_it(
    answers: dict[str, bytes], expected: tuple[str, str, str, bool]
) -> None:
    with mail_server(answers=answers) as server:
        started = time.monotonic()
        outcome = deliver(server)
        assert time.monotonic() - started < 3
    assert verdict(outcome) == expected
    # Only an answer to the whole letter, or none, can leave a letter with the server.
    assert bool(server.letters) == ("BODY" in answers)
    if outcome.action == "retry_later":
        assert outcome.retry_after_seconds == 60


def test_nobody_there() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
    assert verdict(deliver(MailServer(port=port))) == ("failed", "retry_soon", "mail_server_unreachable", True)


def test_starttls_and_login(certificate: tuple[ssl.SSLContext, str], caplog: pytest.LogCaptureFixture) -> None:
    context, trusted = certificate
    caplog.set_level(logging.DEBUG)
    with mail_server(context=context, offers=("STARTTLS", "AUTH PLAIN")) as server:
        outcome = deliver(server, security="starttls", ca_file=trusted, user="shop", password=PASSWORD)
    assert outcome.status == "ok"
    assert server.logins == [f"\0shop\0{PASSWORD}".encode()]
    assert server.heard.index("STARTTLS") < server.heard.index("AUTH") < server.heard.index("MAIL")
    assert PASSWORD not in caplog.text
    assert PASSWORD not in repr(SmtpSettings(host="h", port=1, password=PASSWORD))


def test_tls_from_the_first_byte(certificate: tuple[ssl.SSLContext, str]) -> None:
    context, trusted = certificate
    with mail_server(context=context, is_tls_from_the_start=True) as server:
        assert deliver(server, security="tls", ca_file=trusted).status == "ok"


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_strangers_certificate_gets_nothing(certificate: tuple[ssl.SSLContext, str], security: str) -> None:
    context, _ = certificate
    with mail_server(
        context=context, offers=("STARTTLS", "AUTH PLAIN"), is_tls_from_the_start=security == "tls"
    ) as server:
        outcome = deliver(server, security=security, user="shop", password=PASSWORD)
    assert verdict(outcome) == ("failed", "stop_channel", "certificate_refused", True)
    assert (server.logins, server.letters) == ([], [])


@pytest.mark.parametrize(
    ("offers", "answers", "expected"),
    [
        ((), {}, ("failed", "stop_channel", "starttls_missing", True)),
        (("STARTTLS",), {"STARTTLS": b"454 not now"}, ("failed", "retry_later", "starttls_refused", True)),
        # What was said in the clear would be read as if it had come encrypted.
        (("STARTTLS",), {"STARTTLS": b"220 go\r\n250 injected"}, ("failed", "retry_soon", UNREACHABLE, True)),
        (("STARTTLS",), {"STARTTLS": DROP}, ("failed", "retry_soon", UNREACHABLE, True)),
    ],
)
def test_never_in_the_clear_instead(
    certificate: tuple[ssl.SSLContext, str],
    offers: tuple[str, ...],
    answers: dict[str, bytes],
    expected: tuple[str, str, str, bool],
) -> None:
    context, trusted = certificate
    with mail_server(context=context, offers=offers, answers=answers) as server:
        outcome = deliver(server, security="starttls", ca_file=trusted, user="shop", password=PASSWORD)
    assert verdict(outcome) == expected
    assert (server.logins, server.letters) == ([], [])


@pytest.mark.parametrize(
    ("offers", "answer", "expected"),
    [
        (("AUTH PLAIN",), b"535 5.7.8 wrong", ("failed", "stop_channel", "login_refused", True)),
        (("AUTH PLAIN",), b"454 later", ("failed", "retry_later", "login_refused", True)),
        (("AUTH PLAIN",), DROP, ("failed", "retry_soon", UNREACHABLE, True)),
        ((), b"", ("failed", "stop_channel", "login_not_offered", True)),
    ],
)
def test_refused_logins(offers: tuple[str, ...], answer: bytes, expected: tuple[str, str, str, bool]) -> None:
    with mail_server(offers=offers, answers={"AUTH": answer}) as server:
        outcome = deliver(server, user="shop", password=PASSWORD)
    assert verdict(outcome) == expected
    assert PASSWORD not in repr(outcome)


def _letter(vault: Vault, **changes: Any) -> Letter:
    values: dict[str, Any] = {
        "sealed": vault.encrypt(TO, context="member.email:1"),
        "sealed_for": "member.email:1",
        "subject": "双十二：全场八折",
        "text": "小雨，您好：\n<b>八折</b> & more\n.",
        "lang": "zh_CN",
        "repeat_key": "k" * 32,
        "subscription": "12:promotion",
    }
    return cast(Letter, SimpleNamespace(**{**values, **changes}))


def test_what_a_letter_looks_like(vault: Vault) -> None:
    with mail_server() as server:
        mailer = SmtpMailer(SmtpSettings(host="127.0.0.1", port=server.port, security="none"))
        channel = EmailChannel(mailer, vault, sender="回头小店 <news@shop.example>", public_url="https://shop.example/")
        assert channel.send(_letter(vault)).status == "ok"
        raw = server.letters[0][2]
    assert max(len(line) for line in raw.splitlines()) <= 998
    assert raw.isascii()
    message = message_from_bytes(raw, policy=default)
    assert (message["To"], message["From"]) == (TO, "回头小店 <news@shop.example>")
    assert message["Subject"] == "双十二：全场八折"
    assert message["Message-ID"] == f"<{'k' * 32}@shop.example>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    link = message["List-Unsubscribe"].strip("<>")
    assert link.startswith("https://shop.example/unsubscribe/")
    assert read_unsubscribe_token(link.rpartition("/")[2], vault) == (12, "promotion")
    plain, rich = (part.get_content().replace("\r\n", "\n") for part in message.iter_parts())
    assert "小雨，您好：\n<b>八折</b> & more" in plain
    assert link in plain
    assert "&lt;b&gt;八折&lt;/b&gt; &amp; more" in rich
    assert f'href="{link}"' in rich


def test_neither_letter_nor_sms_leaves_when_its_moment_never_comes(vault: Vault) -> None:
    mailer, provider = RecordingMailer(), RecordingSms()
    for channel in (EmailChannel(mailer, vault, sender=SENDER, public_url=""), SmsChannel(provider, vault)):
        assert verdict(channel.send(_letter(vault), go=lambda: False)) == ("failed", "retry_soon", "no_slot", True)
    assert (len(mailer.letters), len(provider.sent)) == (0, 0)


@pytest.mark.parametrize("subject", ["hi\r\nBcc: all@example.com", "hi\nX: y"])
def test_no_text_becomes_a_header(vault: Vault, subject: str) -> None:
    """Texts are folded onto one line before; should one slip through, the letter cannot be written."""
    channel = EmailChannel(RecordingMailer(), vault, sender=SENDER, public_url="")
    with pytest.raises(ValueError, match=r"newline|linefeed"):
        channel.send(_letter(vault, subject=subject))


def test_what_was_asked_for_has_nothing_to_end(vault: Vault) -> None:
    mailer = RecordingMailer()
    EmailChannel(mailer, vault, sender=SENDER, public_url="").send(_letter(vault, subscription=""))
    assert "List-Unsubscribe" not in message_from_bytes(mailer.letters[0][1])


def test_an_address_that_cannot_be_opened_is_nobodys(vault: Vault) -> None:
    mailer = RecordingMailer()
    channel = EmailChannel(mailer, vault, sender=SENDER, public_url="")
    outcome = channel.send(_letter(vault, sealed_for="member.email:2"))
    assert verdict(outcome) == ("failed", "fail_member", "address_unreadable", True)
    assert not mailer.letters


@pytest.mark.parametrize("token", ["", "AAAA", "!", "é", "A" * 600, "x" * 80])
def test_made_up_tokens_end_nothing(vault: Vault, token: str) -> None:
    assert read_unsubscribe_token(token, vault) is None


def test_a_token_for_something_else_ends_nothing(vault: Vault) -> None:
    token = unsubscribe_token("12:promotion", vault)
    assert read_unsubscribe_token(token[:-2] + ("AA" if token[-2:] != "AA" else "BB"), vault) is None
    assert "promotion" not in token
