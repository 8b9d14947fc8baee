"""Count how members' purchases stand: everybody once a business day, in between those who bought."""

from datetime import datetime

from app import transaction
from app.services import figures

CHUNK = 2_000
# One run is bounded; the next tick goes on.
MAX_CHUNKS = 200


def refresh_figures(*, now: datetime) -> dict[str, int]:
    """Short transactions along the members' keys; stopped anywhere, it goes on from there."""
    counts = {"looked_at": 0, "changed": 0}
    for _ in range(MAX_CHUNKS):
        done = transaction.run(lambda: figures.refresh_next(now=now, limit=CHUNK))
        counts["looked_at"] += done.looked_at
        counts["changed"] += done.changed
        if not done.has_more:
            break
    return counts
