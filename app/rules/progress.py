"""How fast a campaign goes and when it will be through, from what was seen at two or more moments."""

from collections import deque
from dataclasses import dataclass, field
from typing import Final

# The pace is told over the last so many seconds: long enough not to dance, short enough to show a hold.
WINDOW_SECONDS: Final = 30.0


@dataclass
class Pace:
    """Moments (seconds of a clock that never jumps) and how many messages had left by then."""

    seen: deque[tuple[float, int]] = field(default_factory=deque)

    def see(self, at: float, sent: int) -> None:
        """Note one look."""
        self.seen.append((at, sent))
        while len(self.seen) > 2 and at - self.seen[0][0] > WINDOW_SECONDS:
            self.seen.popleft()

    @property
    def per_second(self) -> float | None:
        """None before the second look."""
        if len(self.seen) < 2:
            return None
        (began, first), (at, last) = self.seen[0], self.seen[-1]
        # A settled doubt may take one back.
        return max(0, last - first) / (at - began) if at > began else None

    def seconds_left(self, left: int) -> int | None:
        """None when nobody can say."""
        if left <= 0:
            return 0
        pace = self.per_second
        return round(left / pace) if pace else None
