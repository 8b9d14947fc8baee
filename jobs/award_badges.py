"""Award badges nobody's own step brings: a new badge to everybody who has reached it already, and months of membership."""

from collections.abc import Callable
from datetime import datetime

from app import transaction
from app.services import badges
from app.services.badges import Settled

CHUNK = 1000
# One run is bounded; the next tick goes on.
MAX_CHUNKS = 100


def award_badges(*, now: datetime) -> dict[str, int]:
    """Short transactions until everybody was looked at; a repeat awards nothing."""
    counts = {"looked_at": 0, "awarded": 0}
    steps: tuple[Callable[[], Settled | None], ...] = (
        lambda: badges.settle_next(now=now, limit=CHUNK),
        lambda: badges.award_months(now=now),
    )
    for step in steps:
        for _ in range(MAX_CHUNKS):
            settled = transaction.run(step)
            if settled is None:
                break
            counts["looked_at"] += settled.looked_at
            counts["awarded"] += settled.awarded
    return counts
