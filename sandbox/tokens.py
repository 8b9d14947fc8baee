"""Access tokens: the plain and the stable kind live in separate namespaces and never invalidate each other."""

import re
import threading
from collections import OrderedDict
from dataclasses import dataclass
from math import inf

from sandbox.clock import SandboxClock
from sandbox.errors import WxError
from sandbox.ids import Ids
from sandbox.limiting import Counters
from sandbox.settings import Limits

PLAIN = "plain"
STABLE = "stable"
RENEWAL_SECONDS = 300  # stable_token hands out a new token once the old one has this little left
TOKENS_KEPT = 20_000
TOKEN_SHAPE = re.compile(r"[A-Za-z0-9_-]{32,512}\Z")


@dataclass(slots=True)
class Token:
    """`dead_at` is set when a newer token, a forced refresh or a revocation ends it before its time."""

    value: str
    appid: str
    kind: str
    expires_at: float
    dead_at: float = inf

    def alive(self, now: float) -> bool:
        return now < self.expires_at and now < self.dead_at


class TokenBook:
    """Thread-safe; the oldest tokens are forgotten past TOKENS_KEPT and then count as unknown."""

    def __init__(self, clock: SandboxClock, ids: Ids, limits: Limits, counters: Counters) -> None:
        self._clock, self._ids, self._limits, self._counters = clock, ids, limits, counters
        self._lock = threading.Lock()
        self._tokens: OrderedDict[str, Token] = OrderedDict()
        self._plain: dict[str, list[Token]] = {}
        self._stable: dict[str, Token] = {}
        self._forced_at: dict[str, float] = {}

    def check(self, value: str) -> Token:
        """Return the token, or raise 41001 (missing), 40014 (malformed), 42001 (expired) or 40001 (anything else)."""
        if not value:
            raise WxError(41001)
        token = self._tokens.get(value)
        if token is None:
            raise WxError(40001 if TOKEN_SHAPE.match(value) else 40014)
        now = self._clock.now()
        if now >= token.dead_at:
            raise WxError(40001)
        if now >= token.expires_at:
            raise WxError(42001)
        return token

    def issue_plain(self, appid: str) -> tuple[Token, int]:
        """A new token on every call; the ones before it live on for the overlap only. Returns it with its seconds."""
        if not self._counters.day.take(("token", appid), self._limits.token_daily):
            raise WxError(45009, "reach max api daily quota limit, could get access_token by getStableAccessToken")
        with self._lock:
            now = self._clock.now()
            for old in self._plain.get(appid, []):
                old.dead_at = min(old.dead_at, now + self._limits.token_overlap_seconds)
            token = self._mint(appid, PLAIN, now)
            self._plain[appid] = [old for old in self._plain.get(appid, []) if old.alive(now)] + [token]
            return token, self._limits.token_ttl_seconds

    def issue_stable(self, appid: str, *, force: bool) -> tuple[Token, int]:
        """The same token until its last minutes; `force` ends it at once, at most so often and so many times a day."""
        if not self._counters.minute.take(("stable", appid), self._limits.stable_per_minute):
            raise WxError(45011)
        if not self._counters.day.take(("stable", appid), self._limits.stable_daily):
            raise WxError(45009)
        with self._lock:
            now = self._clock.now()
            token = self._stable.get(appid)
            if force and token is not None:
                token = self._forced(appid, token, now)
            if token is None or token.expires_at - now <= RENEWAL_SECONDS:
                token = self._stable[appid] = self._mint(appid, STABLE, now)
            return token, int(token.expires_at - now)

    def revoke(self, *, value: str = "", appid: str = "", kind: str = "", sticky: bool = False) -> int:
        """End the matching live tokens; `sticky`: stable_token goes on handing out the dead one until it is forced."""
        with self._lock:
            now = self._clock.now()
            hit = [
                token
                for token in self._tokens.values()
                if token.alive(now)
                and value in ("", token.value)
                and appid in ("", token.appid)
                and kind in ("", token.kind)
            ]
            for token in hit:
                token.dead_at = now
                if not sticky and self._stable.get(token.appid) is token:
                    del self._stable[token.appid]
            return len(hit)

    def live(self) -> list[Token]:
        with self._lock:
            now = self._clock.now()
            return [token for token in self._tokens.values() if token.alive(now)]

    def reset(self) -> None:
        with self._lock:
            for book in (self._tokens, self._plain, self._stable, self._forced_at):
                book.clear()

    def _forced(self, appid: str, token: Token, now: float) -> Token | None:
        if now - self._forced_at.get(appid, -inf) < self._limits.stable_force_spacing_seconds:
            return token  # too soon: WeChat answers with the token it has
        if not self._counters.day.take(("force", appid), self._limits.stable_force_daily):
            raise WxError(45009)
        self._forced_at[appid] = now
        token.dead_at = now
        return None

    def _mint(self, appid: str, kind: str, now: float) -> Token:
        token = Token(self._ids.access_token(), appid, kind, now + self._limits.token_ttl_seconds)
        self._tokens[token.value] = token
        while len(self._tokens) > TOKENS_KEPT:
            self._tokens.popitem(last=False)
        return token
