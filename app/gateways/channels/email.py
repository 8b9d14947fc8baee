"""E-mail: a letter in plain text with the same in plain HTML, and one click that ends the topic (RFC 8058)."""

import base64
import html
import logging
import threading
from collections import deque
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate, parseaddr
from typing import Final, Protocol

from app.gateways.departure import Go, Steps, at_once, not_in_steps
from app.gateways.vault import SecretUnreadable, Vault
from app.gateways.wechat import SendOutcome, outcomes

from .port import Letter
from .sealed import UNREADABLE, open_address

log = logging.getLogger(__name__)

UNSUBSCRIBE_CONTEXT: Final = "email.unsubscribe"
UNSUBSCRIBE_PATH: Final = "/unsubscribe/"
MOST_TOKEN: Final = 512
KEPT: Final = 1000

_GOOD_BYE: Final = {"zh_CN": "不想再收到此类邮件：", "en_US": "To stop these letters: "}


class Mailer(Protocol):
    """What carries a finished letter."""

    def deliver(self, content: bytes, *, sender: str, to: str) -> SendOutcome:
        """Hand over one letter. Never raises for trouble outside."""
        ...


class EmailChannel:
    """Implements Channel on a mailer."""

    def __init__(self, mailer: Mailer, vault: Vault, *, sender: str, public_url: str) -> None:
        """`sender` as "Shop <news@shop.example>". Errors: ValueError when it holds no address."""
        self.mailer, self._vault = mailer, vault
        self._name, self._from = parseaddr(sender)
        if "@" not in self._from:
            raise ValueError("EMAIL_FROM must hold an e-mail address")
        self._public_url = public_url.rstrip("/")

    def send(self, letter: Letter, *, go: Go = at_once) -> SendOutcome:
        to = open_address(letter, self._vault)
        if to is None:
            return UNREADABLE
        content = self._write(letter, to).as_bytes(policy=SMTP)
        return self.mailer.deliver(content, sender=self._from, to=to) if go() else outcomes.no_slot()

    def in_steps(self, letter: Letter) -> Steps[SendOutcome | None]:  # noqa: ARG002  as every channel
        return not_in_steps()

    def _write(self, letter: Letter, to: str) -> EmailMessage:
        message = EmailMessage(policy=SMTP)
        message["From"] = Address(self._name, addr_spec=self._from)
        message["To"] = Address(addr_spec=to)
        message["Subject"] = letter.subject
        message["Date"] = formatdate(usegmt=True)
        # The same for every try: a box that got two shows one.
        message["Message-ID"] = f"<{letter.repeat_key}@{self._from.rpartition('@')[2]}>"
        message["Auto-Submitted"] = "auto-generated"
        text, link = letter.text, ""
        if letter.subscription:
            link = f"{self._public_url}{UNSUBSCRIBE_PATH}{unsubscribe_token(letter.subscription, self._vault)}"
            message["List-Unsubscribe"] = f"<{link}>"
            message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
            text = f"{text}\n\n{_GOOD_BYE.get(letter.lang, _GOOD_BYE['zh_CN'])}{link}"
        # Base64 keeps every line short and every byte a letter, whatever the text holds.
        message.set_content(text, cte="base64")
        message.add_alternative(_html(letter, link), subtype="html", cte="base64")
        return message


class RecordingMailer:
    """Implements Mailer for development and tests: keeps the letters in memory and says so in the log, without addresses."""

    def __init__(self) -> None:
        self.letters: deque[tuple[str, bytes]] = deque(maxlen=KEPT)
        self.programmed: deque[SendOutcome] = deque()
        self._lock = threading.Lock()

    def deliver(self, content: bytes, *, sender: str, to: str) -> SendOutcome:
        with self._lock:
            self.letters.append((to, content))
            log.info("email_recorded bytes=%s from=%s", len(content), sender)
            return self.programmed.popleft() if self.programmed else SendOutcome(status="ok")


def unsubscribe_token(subscription: str, vault: Vault) -> str:
    """Names a member and a topic to us and tells nobody else anything; cannot be forged."""
    return base64.urlsafe_b64encode(vault.encrypt(subscription, context=UNSUBSCRIBE_CONTEXT)).decode().rstrip("=")


def read_unsubscribe_token(token: str, vault: Vault) -> tuple[int, str] | None:
    """(member id, topic) of a token we made; None for any other."""
    if len(token) > MOST_TOKEN:
        return None
    try:
        sealed = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
        member_id, _, topic = vault.decrypt(sealed, context=UNSUBSCRIBE_CONTEXT).partition(":")
        return int(member_id), topic
    except (ValueError, SecretUnreadable):
        return None


def _html(letter: Letter, link: str) -> str:
    paragraphs = "".join(f"<p>{html.escape(line)}</p>" for line in letter.text.splitlines() if line)
    good_bye = html.escape(_GOOD_BYE.get(letter.lang, _GOOD_BYE["zh_CN"]))
    foot = f'<p><a href="{html.escape(link, quote=True)}">{good_bye.rstrip("：: ")}</a></p>' if link else ""
    return f'<!doctype html><html><head><meta charset="utf-8"></head><body>{paragraphs}{foot}</body></html>'
