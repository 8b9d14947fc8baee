"""Move members onto a ladder just put in force, in short transactions along their keys; a lost run goes on where it was."""

from datetime import datetime

from app import transaction
from app.services import ladder_changes

CHUNK = 500
# One run is bounded; the next tick goes on.
MAX_CHUNKS = 100


def settle_ladder(*, now: datetime) -> dict[str, int]:
    """Nothing to do while no ladder is new."""
    counts = {"looked_at": 0, "moved": 0}
    for _ in range(MAX_CHUNKS):
        settled = transaction.run(lambda: ladder_changes.settle_next(now=now, limit=CHUNK))
        if settled is None:
            break
        counts["looked_at"] += settled[0]
        counts["moved"] += settled[1]
    return counts
