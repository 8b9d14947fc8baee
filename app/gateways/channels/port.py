"""What a channel is given and what it answers."""

from collections.abc import Mapping
from typing import Protocol

from app.gateways.departure import Go, Steps, at_once
from app.gateways.wechat import SendOutcome


class Letter(Protocol):
    """One message, ready to leave, in whatever of these its channel shows."""

    @property
    def address(self) -> str:
        """An OpenID; empty where the address is kept encrypted."""
        ...

    @property
    def sealed(self) -> bytes:
        """A phone or an e-mail address as it is kept, opened by the channel in the moment of sending."""
        ...

    @property
    def sealed_for(self) -> str:
        """The vault's context of `sealed`."""
        ...

    @property
    def template_id(self) -> str: ...
    @property
    def page(self) -> str: ...
    @property
    def data(self) -> Mapping[str, str]: ...
    @property
    def subject(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def lang(self) -> str: ...

    @property
    def repeat_key(self) -> str:
        """The same for every try of one message, at most 32 characters."""
        ...

    @property
    def subscription(self) -> str:
        """Member and topic for a link that ends it; empty for what was asked for."""
        ...


class Channel(Protocol):
    """One way to a member."""

    def send(self, letter: Letter, *, go: Go = at_once) -> SendOutcome:
        """Send one message the moment `go` says so, or end with `no_slot`. Never raises for trouble outside: what is not
        clear is `unknown`, and not sent again."""
        ...

    def in_steps(self, letter: Letter) -> Steps[SendOutcome | None]:
        """The same in steps, when one thread may have several under way; None before anything was done: `send` it."""
        ...
