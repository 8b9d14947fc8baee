"""The mini-program's subscribe message: one permission, one message."""

from collections.abc import Callable

from app.gateways.departure import Go, at_once
from app.gateways.wechat import SendOutcome, WeChatGateway

from .port import Letter


class SubscribeChannel:
    """Implements Channel on the WeChat gateway, looked up at each call."""

    def __init__(self, wechat: Callable[[], WeChatGateway]) -> None:
        self._wechat = wechat

    def send(self, letter: Letter, *, go: Go = at_once) -> SendOutcome:
        return self._wechat().send_subscribe_message(
            openid=letter.address,
            template_id=letter.template_id,
            page=letter.page,
            data=letter.data,
            lang="en_US" if letter.lang == "en_US" else "zh_CN",
            go=go,
        )
