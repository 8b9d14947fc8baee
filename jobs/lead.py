"""How long before its slot a message has to be started, learnt from how long starting took.

Too short, and slots are missed on a busy machine; too long, and a worker that dies leaves in doubt what had not left yet, which
no event will ever settle. As TCP learns when to send again: mean and deviation, smoothed (RFC 6298)."""

import threading
from typing import Final

# Waking up and handing on (seconds), and what no machine is taken to be better or worse than.
MARGIN: Final = 0.005
SHORTEST: Final = 0.03
LONGEST: Final = 0.15


class Lead:
    """One per process, shared by its threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._mean, self._deviation = SHORTEST / 2, 0.0

    @property
    def seconds(self) -> float:
        """So long before."""
        return min(LONGEST, max(SHORTEST, self._mean + 4 * self._deviation + MARGIN))

    def learn(self, took: float) -> None:
        """Starting took so many seconds this time."""
        with self._lock:
            self._deviation += (abs(took - self._mean) - self._deviation) / 4
            self._mean += (took - self._mean) / 8
