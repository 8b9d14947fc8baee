"""Every id the sandbox hands out, derived from the seed: the same seed and the same calls give the same ids."""

import base64
import hashlib
import itertools

_MESSAGE_ID_BASE = 2_000_000_000_000_000_000  # 64-bit like WeChat's, past what a JavaScript number can hold
_MESSAGE_ID_BOOT = 10_000_000  # ids reserved for one run


class Ids:
    """`stable_*` depend on the seed and a name alone; the others also on the boot number and a counter."""

    def __init__(self, seed: str, boot: int) -> None:
        self._seed = seed
        self._boot = boot
        self._count = itertools.count(1)
        self._messages = itertools.count(1)

    def openid(self, appid: str, name: str) -> str:
        return "o" + self._text("openid", appid, name)[:27]

    def unionid(self, name: str) -> str:
        return "o6_" + self._text("unionid", name)[:25]

    def template_id(self, name: str) -> str:
        return self._text("template", name)[:43]

    def login_code(self) -> str:
        return "0" + self._next("login").replace("-", "a").replace("_", "b")[:31]

    def phone_code(self) -> str:
        return hashlib.sha256(self._next("phone").encode()).hexdigest()

    def access_token(self) -> str:
        return "91_" + (self._next("token") + self._next("token"))[:133]

    def session_key(self) -> str:
        digest = hashlib.md5(self._next("session").encode(), usedforsecurity=False).digest()
        return base64.b64encode(digest).decode()

    def message_id(self) -> int:
        return _MESSAGE_ID_BASE + self._boot * _MESSAGE_ID_BOOT + next(self._messages)

    def request_id(self, now: float) -> str:
        """WeChat's rid: three groups of eight hex digits, the first one the time."""
        digest = hashlib.sha256(self._next("rid").encode()).hexdigest()
        return f"{int(now) & 0xFFFFFFFF:08x}-{digest[:8]}-{digest[8:16]}"

    def nonce(self) -> str:
        return str(int(hashlib.sha256(self._next("nonce").encode()).hexdigest()[:8], 16))

    def _next(self, kind: str) -> str:
        return self._text(kind, str(self._boot), str(next(self._count)))

    def _text(self, *parts: str) -> str:
        digest = hashlib.sha512("\0".join((self._seed, *parts)).encode("utf-8", "replace")).digest()
        return base64.urlsafe_b64encode(digest).decode().rstrip("=")
