"""SMS through a plug-in: providers differ in everything but this. No provider is built in; `recording` sends nothing."""

import importlib
import logging
import threading
from collections import deque
from collections.abc import Mapping
from typing import Protocol, cast

from app.gateways.departure import Go, Steps, at_once, not_in_steps
from app.gateways.vault import Vault
from app.gateways.wechat import SendOutcome, outcomes

from .port import Letter
from .sealed import UNREADABLE, open_address

log = logging.getLogger(__name__)

RECORDING = "recording"
KEPT = 1000


class SmsProvider(Protocol):
    """What a plug-in gives. It reads its own secrets from the environment, sets timeouts, and logs no number."""

    def send(self, *, phone: str, template_id: str, values: Mapping[str, str], repeat_key: str) -> SendOutcome:
        """Send one message to an E.164 number. `unknown` for whatever may have been taken; an exception counts as that.

        `fail_member` for a number that cannot be reached, `retry_later` for throttling, `stop_channel` for a refused key."""
        ...


class SmsChannel:
    """Implements Channel on a provider."""

    def __init__(self, provider: SmsProvider, vault: Vault) -> None:
        self.provider, self._vault = provider, vault

    def send(self, letter: Letter, *, go: Go = at_once) -> SendOutcome:
        phone = open_address(letter, self._vault)
        if phone is None:
            return UNREADABLE
        if not go():
            return outcomes.no_slot()
        return self.provider.send(
            phone=phone, template_id=letter.template_id, values=letter.data, repeat_key=letter.repeat_key
        )

    def in_steps(self, letter: Letter) -> Steps[SendOutcome | None]:  # noqa: ARG002  as every channel
        return not_in_steps()


class RecordingSms:
    """Implements SmsProvider for development: keeps what it was given in memory and says so in the log, without the number."""

    def __init__(self) -> None:
        self.sent: deque[dict[str, object]] = deque(maxlen=KEPT)
        self.programmed: deque[SendOutcome] = deque()
        self._lock = threading.Lock()

    def send(self, *, phone: str, template_id: str, values: Mapping[str, str], repeat_key: str) -> SendOutcome:
        with self._lock:
            self.sent.append(
                {"phone": phone, "template_id": template_id, "values": dict(values), "repeat_key": repeat_key}
            )
            log.info("sms_recorded template=%s key=%s", template_id, repeat_key)
            return self.programmed.popleft() if self.programmed else SendOutcome(status="ok")


def load_provider(name: str) -> SmsProvider:
    """The provider SMS_PROVIDER names: `recording`, or `package.module:factory` called without arguments.

    Errors: ValueError when there is nothing of that name that can send."""
    if name == RECORDING:
        return RecordingSms()
    module, _, factory = name.partition(":")
    try:
        made = getattr(importlib.import_module(module), factory)()
    except (ImportError, AttributeError, ValueError) as error:
        raise ValueError(f"SMS_PROVIDER {name!r} cannot be loaded: package.module:factory is wanted") from error
    if not callable(getattr(made, "send", None)):
        raise ValueError(f"SMS_PROVIDER {name!r} gives nothing with a send method")
    return cast(SmsProvider, made)
