"""WeChat's callbacks: proven to come from WeChat before a byte of the body is parsed, then turned into one event shape.

A genuine event is never refused for being unknown: WeChat would only repeat it."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

from app.gateways.vault import equal

from .failures import PushRefused
from .push_envelope import Cipher, parse_body
from .push_events import PushEvent, read_event
from .push_signature import signature

MAX_BYTES: Final = 65_536
FRESH_SECONDS: Final = 300  # WeChat repeats an unanswered push within seconds, signed anew

_TIMESTAMP: Final = re.compile(r"[0-9]{1,12}")
_ECHO: Final = re.compile(r"[0-9A-Za-z_+/=\-]{1,256}")  # reflected: nothing a browser could run


class PushReceiver:
    """Checks and opens callbacks. Replays in the fresh window are the caller's: store `dedup_key` under a UNIQUE."""

    def __init__(self, token: str, aes_key: str, appid: str, *, now: Callable[[], datetime]) -> None:
        """`aes_key`: the 43-character EncodingAESKey; "" takes plain pushes, not secure ones. Errors: ValueError."""
        if not token:
            raise ValueError("The push token is empty: anybody could sign an event")
        self._token, self._now = token, now
        self._cipher = Cipher(token=token, aes_key=aes_key, appid=appid) if aes_key else None

    def verify_echo(self, args: Mapping[str, str]) -> str:
        """The text to answer, as text/plain, when WeChat checks the address. Errors: PushRefused."""
        self._check_signature(args)
        echo = args.get("echostr", "")
        if not _ECHO.fullmatch(echo):
            raise PushRefused(reason="echostr")
        return echo

    def open(self, args: Mapping[str, str], body: bytes, content_type: str = "") -> PushEvent:
        """One push, verified, decrypted and read. Errors: PushRefused."""
        self._check_signature(args)
        if len(body) > MAX_BYTES:
            raise PushRefused(reason="too_big")
        outer = parse_body(body, content_type)
        if self._cipher is None:
            if "Encrypt" in outer and "FromUserName" not in outer:
                raise PushRefused(reason="encrypted_but_no_key")
            return read_event(outer)
        inner = self._cipher.open(outer, args)
        return read_event(parse_body(inner, content_type))

    def _check_signature(self, args: Mapping[str, str]) -> None:
        stamp, nonce = args.get("timestamp", ""), args.get("nonce", "")
        if not _TIMESTAMP.fullmatch(stamp) or not 0 < len(nonce) <= 128:
            raise PushRefused(reason="signature")
        if not equal(signature(self._token, stamp, nonce), args.get("signature", "")):
            raise PushRefused(reason="signature")
        if abs(self._now().timestamp() - int(stamp)) > FRESH_SECONDS:
            raise PushRefused(reason="stale")
