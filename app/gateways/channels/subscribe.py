"""The mini-program's subscribe message: one permission, one message."""

from collections.abc import Callable
from typing import Any

from app.gateways.departure import Go, Steps, at_once
from app.gateways.wechat import SendOutcome, WeChatGateway

from .port import Letter


class SubscribeChannel:
    """Implements Channel on the WeChat gateway, looked up at each call."""

    def __init__(self, wechat: Callable[[], WeChatGateway]) -> None:
        self._wechat = wechat

    def send(self, letter: Letter, *, go: Go = at_once) -> SendOutcome:
        return self._wechat().send_subscribe_message(**_message(letter), go=go)

    def in_steps(self, letter: Letter) -> Steps[SendOutcome | None]:
        return self._wechat().subscribe_message_in_steps(**_message(letter))


def _message(letter: Letter) -> dict[str, Any]:
    return {
        "openid": letter.address,
        "template_id": letter.template_id,
        "page": letter.page,
        "data": letter.data,
        "lang": "en_US" if letter.lang == "en_US" else "zh_CN",
    }
