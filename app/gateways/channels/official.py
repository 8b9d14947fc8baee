"""The official account's template message: service only, to followers linked by UnionID."""

from collections.abc import Callable
from typing import Any

from app.gateways.departure import Go, Steps, at_once
from app.gateways.wechat import OfficialAccount, SendOutcome

from .port import Letter


class OfficialChannel:
    """Implements Channel on the official account, looked up at each call."""

    def __init__(self, official: Callable[[], OfficialAccount]) -> None:
        self._official = official

    def send(self, letter: Letter, *, go: Go = at_once) -> SendOutcome:
        return self._official().send_template_message(**_message(letter), go=go)

    def in_steps(self, letter: Letter) -> Steps[SendOutcome | None]:
        return self._official().template_message_in_steps(**_message(letter))


def _message(letter: Letter) -> dict[str, Any]:
    return {
        "openid": letter.address,
        "template_id": letter.template_id,
        "page": letter.page,
        "data": letter.data,
        "client_msg_id": letter.repeat_key,
    }
