"""Everything one sandbox remembers, in memory: each concern has its own book and its own lock."""

import threading
from dataclasses import dataclass, field, fields
from typing import Any

from sandbox.call_log import CallLog
from sandbox.clock import SandboxClock
from sandbox.codes import CodeBook
from sandbox.demo_templates import DEMO_TEMPLATES, OFFICIAL_TEMPLATES
from sandbox.faults import FaultBook
from sandbox.grants import GrantBook
from sandbox.ids import Ids
from sandbox.limiting import Counters
from sandbox.outbox import Outbox
from sandbox.push import PushSender
from sandbox.settings import Limits, Settings
from sandbox.template_book import TemplateBook
from sandbox.tokens import TokenBook
from sandbox.users import UserBook


class InFlight:
    """Openids with a send on its way; WeChat refuses a second one meanwhile."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._openids: set[str] = set()

    def enter(self, openid: str) -> bool:
        with self._lock:
            if openid in self._openids:
                return False
            self._openids.add(openid)
            return True

    def leave(self, openid: str) -> None:
        with self._lock:
            self._openids.discard(openid)


@dataclass(slots=True)
class AppState:
    """The mini-program itself. `published_pages` empty: any well-formed page of its own is fine."""

    pay_enabled: bool = False
    published_pages: list[str] = field(default_factory=list)


class World:
    """The books of one sandbox. `reset()` empties them all; the clock and the ids run on."""

    def __init__(self, settings: Settings, clock: SandboxClock) -> None:
        self.settings, self.clock = settings, clock
        self.ids = Ids(settings.seed, settings.boot)
        self.limits = Limits()
        self.app = AppState()
        self.counters = Counters(clock)
        self.tokens = TokenBook(clock, self.ids, self.limits, self.counters)
        self.codes = CodeBook(clock, self.ids, self.limits)
        self.users = UserBook(self.ids, appid=settings.appid, oa_appid=settings.oa_appid)
        self.templates = TemplateBook(self.ids, (*DEMO_TEMPLATES, *OFFICIAL_TEMPLATES))
        self.grants = GrantBook()
        self.in_flight = InFlight()
        self.recent_sends = RecentSends(clock)
        self.outbox = Outbox(settings.outbox_limit)
        self.calls = CallLog(calls_limit=settings.calls_limit, rate_limit=settings.rate_limit)
        self.faults = FaultBook()
        self.push = PushSender(
            settings.push, settings.oa_push, appid=settings.appid, oa_appid=settings.oa_appid, ids=self.ids, clock=clock
        )

    def secret_of(self, appid: str) -> str | None:
        """The secret of one of the two apps, None for any other."""
        known = {self.settings.appid: self.settings.secret, self.settings.oa_appid: self.settings.oa_secret}
        return known.get(appid) if appid else None

    def change_limits(self, changes: dict[str, Any]) -> None:
        """Set limits by name; raise ValueError for an unknown name or a wrong type, changing nothing."""
        known = {item.name: type(getattr(self.limits, item.name)) for item in fields(self.limits)}
        for name, value in changes.items():
            if name not in known or type(value) is not known[name] or (known[name] is int and value < 0):
                raise ValueError(name)
        for name, value in changes.items():
            setattr(self.limits, name, value)

    def reset(self) -> None:
        self.change_limits({item.name: item.default for item in fields(Limits)})
        self.app.pay_enabled, self.app.published_pages = False, []
        self.faults.remove()
        self.push.reset()
        for book in (self.counters, self.tokens, self.codes, self.users, self.templates, self.grants):
            book.reset()
        for log in (self.recent_sends, self.outbox, self.calls):
            log.reset()


class RecentSends:
    """Official-account sends by (openid, client_msg_id), remembered for ten minutes so that a repeat sends nothing."""

    SECONDS = 600
    KEPT = 100_000

    def __init__(self, clock: SandboxClock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._sent: dict[tuple[str, str], tuple[float, int]] = {}

    def first(self, openid: str, client_msg_id: str, msgid: int) -> int:
        """Remember and return `msgid`, or return the one a recent send of the same id got."""
        with self._lock:
            now = self._clock.now()
            known = self._sent.get((openid, client_msg_id))
            if known is not None and now - known[0] < self.SECONDS:
                return known[1]
            if len(self._sent) >= self.KEPT:
                self._sent = {key: item for key, item in self._sent.items() if now - item[0] < self.SECONDS}
            if len(self._sent) < self.KEPT:
                self._sent[(openid, client_msg_id)] = (now, msgid)
            return msgid

    def reset(self) -> None:
        with self._lock:
            self._sent.clear()
