"""The ways a message reaches a member, all behind one interface: `Channel.send(letter)` answers with a SendOutcome."""

from .port import Channel, Letter
from .subscribe import SubscribeChannel

__all__ = ["Channel", "Letter", "SubscribeChannel"]
