"""The moment a message leaves. What a call costs before its first byte is spent earlier, so that between a slot of the send
limiter and the wire lies one system call, however busy the machine."""

from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import TypeVar

# Called when everything is ready: waits for the moment, and for another one when asked again. False: it did not come, and
# nothing may be sent.
Go = Callable[[], bool]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Answer:
    """Where the answer to what has left is to be read, and how long it is worth waiting for."""

    fileno: int
    patience_seconds: float


# A call in steps, so that one thread may have many under way. It yields None when it is ready and asks whether it may leave,
# as `Go` says; and an Answer when it has left, to be resumed with True once there is something to read, with False when that
# took too long.
Steps = Generator[Answer | None, bool, T]


def at_once() -> bool:
    """For what nobody holds back."""
    return True


def walk(steps: Steps[T], go: Go = at_once) -> T:
    """All steps from this thread, waiting for the moment and for the answer; what they come to."""
    try:
        asked = next(steps)
        while True:
            asked = steps.send(go() if asked is None else True)
    except StopIteration as end:
        return end.value  # type: ignore[no-any-return]
    finally:
        steps.close()


def not_in_steps() -> Steps[None]:
    """Of what takes its thread's time from beginning to end."""
    return None
    yield  # never reached: makes it a generator


class NeverCame(Exception):
    """The moment did not come, and not a byte was written."""
