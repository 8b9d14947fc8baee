"""One-time codes a mini-program hands to its server: login codes and phone codes, never interchangeable."""

import threading
from collections import OrderedDict
from dataclasses import dataclass

from sandbox.clock import SandboxClock
from sandbox.errors import WxError
from sandbox.ids import Ids
from sandbox.settings import Limits

LOGIN = "login"
PHONE = "phone"
CODES_KEPT = 200_000


@dataclass(slots=True)
class Code:
    value: str
    kind: str
    appid: str
    openid: str
    issued_at: float
    used: bool = False


class CodeBook:
    """Thread-safe; a code forgotten past CODES_KEPT counts as forged."""

    def __init__(self, clock: SandboxClock, ids: Ids, limits: Limits) -> None:
        self._clock, self._ids, self._limits = clock, ids, limits
        self._lock = threading.Lock()
        self._codes: OrderedDict[str, Code] = OrderedDict()

    def issue(self, kind: str, *, appid: str, openid: str) -> Code:
        value = self._ids.login_code() if kind == LOGIN else self._ids.phone_code()
        code = Code(value, kind, appid, openid, self._clock.now())
        with self._lock:
            self._codes[value] = code
            while len(self._codes) > CODES_KEPT:
                self._codes.popitem(last=False)
        return code

    def find(self, value: str, *, kind: str, appid: str) -> Code:
        """Raise 40029 for a code that is unknown, late, of another app or kind; 40163 for a login code used before."""
        code = self._codes.get(value)
        if code is None or code.kind != kind or code.appid != appid:
            raise WxError(40029)
        if code.used:
            raise WxError(40163 if kind == LOGIN else 40029)
        if self._clock.now() - code.issued_at >= self._limits.code_ttl_seconds:
            raise WxError(40029)
        return code

    def use(self, code: Code) -> None:
        """Spend the code; of two callers at once exactly one succeeds."""
        with self._lock:
            if code.used:
                raise WxError(40163 if code.kind == LOGIN else 40029)
            code.used = True

    def reset(self) -> None:
        with self._lock:
            self._codes.clear()
