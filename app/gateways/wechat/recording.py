"""The fake WeChat of the tests: no network, remembers every call, answers what it was told to."""

import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from app.errors import LoyaltyError
from app.gateways.departure import Go, Steps, at_once, not_in_steps

from . import outcomes
from .failures import LOGIN_AGAIN, PHONE_AGAIN, WeChatCodeRefused
from .outcomes import SendOutcome
from .port import Lang, SignIn, TemplateInfo, Verdict
from .request_checks import check_code_request, check_text_request

T = TypeVar("T")
ONE_PIXEL_PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010800000000"
    "3a7e9b550000000a49444154789c636000000002000148afa4710000000049454e44ae426082"
)


@dataclass(frozen=True, slots=True)
class Call:
    """One call as it arrived: the method's name and its arguments."""

    name: str
    args: Mapping[str, Any] = field(repr=False)


class RecordingWeChat:
    """Implements WeChatGateway. Codes must be added first and work once, like the real ones.

    `program_send(...)` queues outcomes of sends, `on_send` decides each one, `fail_next(name, error)` makes any method
    raise once. Without orders every send is accepted."""

    def __init__(self, *, templates: list[TemplateInfo] | None = None) -> None:
        self.calls: list[Call] = []
        self.templates = list(templates or [])
        self.on_send: Callable[[Call], SendOutcome | None] | None = None
        self.text_verdict: Verdict = "pass"
        self._logins: dict[str, SignIn] = {}
        self._phones: dict[str, str] = {}
        self._programmed: deque[SendOutcome] = deque()
        self._failures: dict[str, deque[LoyaltyError]] = {}
        self._msgid = 2_018_810_812_324_364_000  # beyond 2^53, like real ones
        self._lock = threading.Lock()

    def add_login_code(self, code: str, openid: str, unionid: str | None = None) -> None:
        self._logins[code] = SignIn(openid, unionid)

    def add_phone_code(self, code: str, phone: str) -> None:
        self._phones[code] = phone

    def program_send(self, *sends: SendOutcome) -> None:
        self._programmed.extend(sends)

    def fail_next(self, name: str, error: LoyaltyError) -> None:
        self._failures.setdefault(name, deque()).append(error)

    @property
    def sent(self) -> list[Call]:
        """The sends asked for, whatever became of them."""
        return [call for call in self.calls if call.name == "send_subscribe_message"]

    def sign_in(self, login_code: str) -> SignIn:
        self._record("sign_in", login_code=login_code)
        return self._take(self._logins, login_code, advice=LOGIN_AGAIN)

    def phone_number(self, phone_code: str, *, openid: str) -> str:
        self._record("phone_number", phone_code=phone_code, openid=openid)
        return self._take(self._phones, phone_code, advice=PHONE_AGAIN)

    def send_subscribe_message(
        self,
        *,
        openid: str,
        template_id: str,
        page: str,
        data: Mapping[str, str],
        lang: Lang = "zh_CN",
        go: Go = at_once,
    ) -> SendOutcome:
        if not go():
            return outcomes.no_slot()
        call = self._record(
            "send_subscribe_message", openid=openid, template_id=template_id, page=page, data=dict(data), lang=lang
        )
        with self._lock:
            if self._programmed:
                return self._programmed.popleft()
        decided = self.on_send(call) if self.on_send else None
        if decided is not None:
            return decided
        with self._lock:
            self._msgid += 1
            return outcomes.accepted(self._msgid)

    def subscribe_message_in_steps(self, **_message: Any) -> Steps[SendOutcome | None]:
        """It has no connections."""
        return not_in_steps()

    def list_templates(self) -> list[TemplateInfo]:
        self._record("list_templates")
        return list(self.templates)

    def mini_program_code(self, *, scene: str, page: str, width: int = 430) -> bytes:
        check_code_request(scene=scene, page=page, width=width)
        self._record("mini_program_code", scene=scene, page=page, width=width)
        return ONE_PIXEL_PNG

    def check_text(self, *, openid: str, content: str, scene: int) -> Verdict:
        check_text_request(content=content, scene=scene)
        self._record("check_text", openid=openid, content=content, scene=scene)
        return self.text_verdict

    def _record(self, name: str, **args: Any) -> Call:
        call = Call(name, args)
        with self._lock:
            self.calls.append(call)
            waiting = self._failures.get(name)
            error = waiting.popleft() if waiting else None
        if error is not None:
            raise error
        return call

    def _take(self, codes: dict[str, T], code: str, *, advice: str) -> T:
        with self._lock:
            found = codes.pop(code, None)
        if found is None:
            raise WeChatCodeRefused(advice=advice)
        return found
