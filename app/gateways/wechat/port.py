"""What the programme may ask of WeChat, and the shapes it gets back."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

from app.gateways.departure import Go, Steps, at_once

from .outcomes import SendOutcome

Lang = Literal["zh_CN", "en_US", "zh_HK", "zh_TW"]
Verdict = Literal["pass", "review", "risky"]


@dataclass(frozen=True, slots=True)
class SignIn:
    """Who called wx.login. `unionid` is None unless the app is bound to an Open Platform account."""

    openid: str = field(repr=False)
    unionid: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class TemplateInfo:
    """A message template of this app: `fields` maps a key such as "thing1" to its type "thing"."""

    template_id: str
    title: str
    fields: Mapping[str, str]
    kind: Literal["one_time", "long_term"]
    enums: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


class WeChatGateway(Protocol):
    """Errors of everything but sending: WeChatUnavailable (503, data.retry_after_seconds), WeChatTalkedNonsense (502),
    WeChatRejected (502)."""

    def sign_in(self, login_code: str) -> SignIn:
        """Exchange a wx.login code. Errors: WeChatCodeRefused, WeChatUserBlocked. A repeat needs a new code."""
        ...

    def phone_number(self, phone_code: str, *, openid: str) -> str:
        """Exchange the code of the phone button for E.164, as "+8613800138000". Errors: WeChatCodeRefused."""
        ...

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
        """Send one message the moment `go` says so, or end with `no_slot`. Never raises for trouble with WeChat or the
        network. One call at a time per openid."""
        ...

    def subscribe_message_in_steps(
        self, *, openid: str, template_id: str, page: str, data: Mapping[str, str], lang: Lang = "zh_CN"
    ) -> Steps[SendOutcome | None]:
        """The same in steps, on a connection that stands; None when there is none, before anything was done."""
        ...

    def list_templates(self) -> list[TemplateInfo]:
        """The templates added to this app. Small daily quota: call at start-up or on demand, not per message."""
        ...

    def mini_program_code(self, *, scene: str, page: str, width: int = 430) -> bytes:
        """A permanent mini-program code, image bytes. Errors: WeChatRequestInvalid. No secret goes into `scene`."""
        ...

    def check_text(self, *, openid: str, content: str, scene: int) -> Verdict:
        """Have WeChat review text others will see; `scene` 1 profile, 2 comment, 3 forum, 4 social log."""
        ...
