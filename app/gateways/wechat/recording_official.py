"""The official account of the tests: no network, remembers every call, answers what it was told to."""

from collections import deque
from collections.abc import Mapping
from typing import Any

from app.gateways.departure import Go, Steps, at_once, not_in_steps

from . import outcomes
from .official import Follower
from .outcomes import SendOutcome
from .recording import Call


class RecordingOfficial:
    """Implements OfficialAccount. Without orders every message is accepted and nobody follows."""

    def __init__(self) -> None:
        self.sent: list[Call] = []
        self.asked: list[str] = []
        self.followers: dict[str, Follower] = {}
        self._programmed: deque[SendOutcome] = deque()

    def program_send(self, *sends: SendOutcome) -> None:
        self._programmed.extend(sends)

    def send_template_message(
        self, *, openid: str, template_id: str, page: str, data: Mapping[str, str], client_msg_id: str, go: Go = at_once
    ) -> SendOutcome:
        if not go():
            return outcomes.no_slot()
        args = {
            "openid": openid,
            "template_id": template_id,
            "page": page,
            "data": dict(data),
            "client_msg_id": client_msg_id,
        }
        self.sent.append(Call("send_template_message", args))
        return self._programmed.popleft() if self._programmed else outcomes.accepted(4_000_000 + len(self.sent))

    def template_message_in_steps(self, **_message: Any) -> Steps[SendOutcome | None]:
        """It has no connections."""
        return not_in_steps()

    def find_follower(self, openid: str) -> Follower:
        self.asked.append(openid)
        return self.followers.get(openid, Follower(follows=False))
