"""Faults to be played on request: each rule matches calls by path (and openid or template) a number of times."""

import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

FOREVER = -1
FAULTS_KEPT = 1000
DROPS = ("close", "reset")
HTML_PAGE = (
    "<html><head><title>502 Bad Gateway</title></head><body><center><h1>502 Bad Gateway</h1></center></body></html>"
)


@dataclass(slots=True)
class Fault:
    """`delay_ms` and `drop_before` strike before the call is carried out, `delay_after_ms` and `drop_after` once it has
    been. `errcode`, `http_status`, `html` and `body` replace the answer; with `after` the call is carried out first."""

    id: int
    path: str
    times: int = 1  # -1 = for ever
    skip: int = 0  # let this many matching calls pass first
    every: int = 1  # then strike each n-th only
    openid: str = ""
    template_id: str = ""
    errcode: int | None = None
    errmsg: str = ""
    http_status: int = 200
    html: bool = False
    body: str | None = None
    content_type: str = ""
    delay_ms: int = 0
    delay_after_ms: int = 0
    drop_before: str = ""
    drop_after: str = ""
    after: bool = False
    seen: int = 0
    hits: int = 0

    @property
    def replaces_answer(self) -> bool:
        return self.errcode is not None or self.http_status != 200 or self.html or self.body is not None

    @property
    def carries_out(self) -> bool:
        """Whether the call takes effect although its answer may be spoilt."""
        return self.after or bool(self.drop_after) or not self.replaces_answer

    @property
    def spent(self) -> bool:
        return self.times != FOREVER and self.hits >= self.times

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


class FaultBook:
    """Thread-safe; a call that no rule could match costs one look at an empty list."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rules: list[Fault] = []
        self._last_id = 0

    def add(self, **parts: Any) -> Fault:
        with self._lock:
            if len(self._rules) >= FAULTS_KEPT:
                self._rules = [rule for rule in self._rules if not rule.spent]
            if len(self._rules) >= FAULTS_KEPT:
                raise OverflowError(f"the sandbox holds at most {FAULTS_KEPT} faults")
            self._last_id += 1
            fault = Fault(id=self._last_id, **parts)
            self._rules.append(fault)
            return fault

    def take(self, path: str, who: Callable[[], tuple[str, str]]) -> Fault | None:
        """The first rule that strikes this call. `who` gives openid and template, asked only if a rule names one."""
        if not self._rules:
            return None
        with self._lock:
            named: tuple[str, str] | None = None
            for rule in self._rules:
                if rule.spent or rule.path not in ("*", path):
                    continue
                if rule.openid or rule.template_id:
                    named = named or who()
                    if rule.openid not in ("", named[0]) or rule.template_id not in ("", named[1]):
                        continue
                rule.seen += 1
                if rule.seen > rule.skip and (rule.seen - rule.skip - 1) % rule.every == 0:
                    rule.hits += 1
                    return rule
            return None

    def rules(self) -> list[Fault]:
        with self._lock:
            return list(self._rules)

    def remove(self, fault_id: int | None = None) -> int:
        """Remove one rule, or all; returns how many went."""
        with self._lock:
            before = len(self._rules)
            self._rules = [rule for rule in self._rules if fault_id is not None and rule.id != fault_id]
            return before - len(self._rules)
