"""smtplib with every answer bounded in time and size: a mail server may drip, babble or go silent."""

import smtplib
from time import monotonic
from typing import Any, Final

CONNECT_SECONDS: Final = 5.0
# A whole session, from the first byte on.
LONGEST_SESSION_SECONDS: Final = 20.0
MOST_LINES: Final = 100
MOST_BYTES: Final = 65_536


class BoundedSMTP(smtplib.SMTP):
    """Answers are read off the socket against one deadline for the whole session. Nonsense counts as a lost connection."""

    def __init__(self, **kwargs: Any) -> None:
        self._deadline = monotonic() + CONNECT_SECONDS + LONGEST_SESSION_SECONDS
        self._unread = b""
        super().__init__(timeout=CONNECT_SECONDS, **kwargs)

    def open(self, host: str, port: int) -> int:
        """Connect and hear the greeting; its code. The caller closes, whatever comes."""
        self._host = host  # the name a certificate must bear
        return self.connect(host, port)[0]

    def getreply(self) -> tuple[int, bytes]:
        """One answer, its lines joined. Errors: SMTPServerDisconnected, TimeoutError, OSError."""
        texts: list[bytes] = []
        while len(texts) < MOST_LINES:
            line = self._read_line()
            if not line[:3].isdigit() or line[3:4] not in (b" ", b"-", b""):
                raise smtplib.SMTPServerDisconnected("nonsense")
            texts.append(line[4:].strip())
            if line[3:4] != b"-":
                return int(line[:3]), b"\n".join(texts)
        raise smtplib.SMTPServerDisconnected("too_many_lines")

    def send(self, s: Any) -> None:
        """Write within what is left of the session."""
        if self.sock is None:
            raise smtplib.SMTPServerDisconnected("not_connected")
        self.sock.settimeout(self._left())
        super().send(s)

    def starttls(self, *, context: Any = None) -> tuple[int, bytes]:  # type: ignore[override]
        """Errors: SMTPServerDisconnected as well, when something was said in the clear that would be read as if encrypted."""
        answer = super().starttls(context=context)
        if self._unread:
            raise smtplib.SMTPServerDisconnected("words_before_tls")
        return answer

    def _left(self) -> float:
        left = self._deadline - monotonic()
        if left <= 0:
            raise TimeoutError("session")
        return left

    def _read_line(self) -> bytes:
        while b"\n" not in self._unread:
            if self.sock is None:
                raise smtplib.SMTPServerDisconnected("not_connected")
            self.sock.settimeout(self._left())
            chunk = self.sock.recv(4096)
            if not chunk or len(self._unread) > MOST_BYTES:
                raise smtplib.SMTPServerDisconnected("ended")
            self._unread += chunk
        line, _, self._unread = self._unread.partition(b"\n")
        return line


class BoundedSMTPS(BoundedSMTP, smtplib.SMTP_SSL):
    """The same, encrypted from the first byte."""
