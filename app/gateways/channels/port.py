"""What a channel is given and what it answers."""

from collections.abc import Mapping
from typing import Protocol

from app.gateways.wechat import SendOutcome


class Letter(Protocol):
    """One message, ready to leave. `address` is what its channel calls a person: an OpenID, a phone, an e-mail address."""

    @property
    def address(self) -> str: ...
    @property
    def template_id(self) -> str: ...
    @property
    def page(self) -> str: ...
    @property
    def data(self) -> Mapping[str, str]: ...
    @property
    def lang(self) -> str: ...


class Channel(Protocol):
    """One way to a member."""

    def send(self, letter: Letter) -> SendOutcome:
        """Send one message. Never raises for trouble outside: what is not clear is `unknown`, and not sent again."""
        ...

    def warm_up(self) -> None:
        """Have at hand what the next send needs, so that it leaves the moment it is made. Never raises."""
        ...
