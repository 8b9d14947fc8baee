"""One access token for every thread, process and host: fetched once, shared, renewed by whoever first finds it dead.

stable_token makes a surplus fetch harmless; what must never happen is a storm of them, or of forced refreshes."""

import json
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Final

from .token_shelves import OpenShelf, TokenShelves
from .troubles import Trouble

log = logging.getLogger(__name__)

MARGIN_SECONDS: Final = 60  # a token is not used for a new call in its last minute, unless nothing better is to be had
FORCE_SPACING_SECONDS: Final = 30  # WeChat ignores a forced refresh that comes sooner
FORCES_PER_DAY: Final = 20
FETCHES_PER_MINUTE: Final = 10  # circuit breaker over all processes; a healthy system fetches every two hours
LOCAL_WAIT_SECONDS: Final = 30.0
LONGEST_PAUSE_SECONDS: Final = 30.0
_MINUTE, _DAY = 60, 86_400

Fetch = Callable[[bool], tuple[str, int]]  # force -> (token, remaining seconds); raises Trouble


@dataclass(frozen=True)
class TokenState:
    """What is shared. Instants are Unix seconds; the two lists are kept only as long as they matter."""

    token: str = ""
    expires_at: float = 0.0
    fetches: tuple[float, ...] = ()
    forces: tuple[float, ...] = ()

    def good(self, now: float, *, not_this: str | None = None, margin: float = MARGIN_SECONDS) -> bool:
        return bool(self.token) and self.token != not_this and self.expires_at - now > margin


class TokenKeeper:
    """Hands out the token; at most one fetch at a time, in this process and across all of them."""

    def __init__(self, *, fetch: Fetch, shelves: TokenShelves, now: Callable[[], datetime]) -> None:
        self._fetch, self._shelves, self._now = fetch, shelves, now
        self._mine = TokenState()
        self._lock = threading.Lock()
        self._paused_until = 0.0  # monotonic
        self._failures = 0
        self._last_trouble = Trouble("not_sent", "no_token")

    def token(self) -> str:
        """A token to use now. Errors: Trouble (not_sent, or what the token call came to)."""
        mine = self._mine
        if mine.good(self._unix()):
            return mine.token
        try:
            return self._exclusively(None)
        except Trouble:
            # WeChat's token call is down, but the old one may live some seconds more.
            if self._mine.good(self._unix(), margin=0):
                return self._mine.token
            raise

    def renew(self, bad: str) -> str:
        """A token other than `bad`, which WeChat just refused. Errors: Trouble."""
        return self._exclusively(bad)

    def _exclusively(self, bad: str | None) -> str:
        if not self._lock.acquire(timeout=LOCAL_WAIT_SECONDS):
            raise Trouble("not_sent", "token_wait", retry_after_seconds=2)
        try:
            if self._mine.good(self._unix(), not_this=bad):
                return self._mine.token
            if time.monotonic() < self._paused_until:
                raise replace(self._last_trouble)
            try:
                self._mine = self._share(bad)
            except Trouble as trouble:
                raise self._pause(trouble) from None
            self._failures = 0
            return self._mine.token
        finally:
            self._lock.release()

    def _pause(self, trouble: Trouble) -> Trouble:
        """Hold everybody back for a while that grows with each failure; returns what they are told."""
        self._failures += 1
        seconds = min(LONGEST_PAUSE_SECONDS, 2.0 ** min(self._failures - 1, 5))
        self._paused_until = time.monotonic() + seconds
        # Whatever the token call came to, the call it was for was certainly not made.
        self._last_trouble = Trouble(
            "not_sent",
            f"no_token_{trouble.reason}",
            errcode=trouble.errcode,
            retry_after_seconds=max(trouble.retry_after_seconds or 0, round(seconds)),
        )
        log.warning("wechat_token_unavailable reason=%s errcode=%s", trouble.reason, trouble.errcode)
        return self._last_trouble

    def _share(self, bad: str | None) -> TokenState:
        glimpse = _loads(self._shelves.peek())
        if glimpse.good(self._unix(), not_this=bad):
            return glimpse
        with self._shelves.open() as shelf:
            state = _loads(shelf.content)
            if state.good(self._unix(), not_this=bad):
                return state
            if not shelf.held:
                raise Trouble("not_sent", "token_lock_busy", retry_after_seconds=2)
            return self._fetch_onto(shelf, state, bad)

    def _fetch_onto(self, shelf: OpenShelf, state: TokenState, bad: str | None) -> TokenState:
        state = self._fetched(shelf, state, force=False)
        if state.token == bad:
            # WeChat refuses the token it still hands out: revoked by somebody else's reset. Only force helps.
            forces = [at for at in state.forces if 0 <= self._unix() - at < _DAY]
            if len(forces) >= FORCES_PER_DAY or (forces and self._unix() - forces[-1] < FORCE_SPACING_SECONDS):
                raise Trouble("not_sent", "token_refused", errcode=40001, retry_after_seconds=FORCE_SPACING_SECONDS)
            state = replace(state, forces=(*forces, self._unix()))
            state = self._fetched(shelf, state, force=True)
        return state

    def _fetched(self, shelf: OpenShelf, state: TokenState, *, force: bool) -> TokenState:
        fetches = tuple(at for at in state.fetches if 0 <= self._unix() - at < _MINUTE)
        if len(fetches) >= FETCHES_PER_MINUTE:
            raise Trouble("not_sent", "token_fetch_limit", retry_after_seconds=_MINUTE)
        state = replace(state, fetches=(*fetches, self._unix()))
        # Counted before the call: a fetch whose answer is lost must count too.
        shelf.save(_dumps(state), expires_at=state.expires_at)
        token, seconds = self._fetch(force)
        state = replace(state, token=token, expires_at=self._unix() + seconds)
        shelf.save(_dumps(state), expires_at=state.expires_at)
        return state

    def _unix(self) -> float:
        return self._now().timestamp()


def _dumps(state: TokenState) -> str:
    return json.dumps(asdict(state))


def _loads(text: str | None) -> TokenState:
    try:
        found = json.loads(text or "{}")
        return TokenState(
            token=str(found.get("token", "")),
            expires_at=float(found.get("expires_at", 0)),
            fetches=tuple(float(at) for at in found.get("fetches", ())),
            forces=tuple(float(at) for at in found.get("forces", ())),
        )
    except (ValueError, TypeError, AttributeError):
        return TokenState()
