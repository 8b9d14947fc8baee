"""The moment a message leaves. What a call costs before its first byte is spent earlier, so that between a slot of the send
limiter and the wire lies one system call, however busy the machine."""

from collections.abc import Callable

# Called when everything is ready: waits for the moment, and for another one when asked again. False: it did not come, and
# nothing may be sent.
Go = Callable[[], bool]


def at_once() -> bool:
    """For what nobody holds back."""
    return True


class ClosedMeanwhile(Exception):
    """The connection was closed while the moment was waited for, and not a byte was written: ask for another of both."""


class NeverCame(Exception):
    """The moment did not come, and not a byte was written."""
