"""Count the members of segments in use: what lists of the console show."""

from datetime import datetime
from functools import partial

from app import transaction
from app.services import segment_counts

# One run is bounded: a segment that is slow to count must not keep the others waiting for long.
MOST = 20


def refresh_segments(*, now: datetime) -> dict[str, int]:
    """Those counted longest ago first, one in a transaction."""
    with transaction.transaction():
        due = segment_counts.list_due(now=now, limit=MOST)
    counts = {"counted": 0, "too_slow": 0}
    for segment_id in due:
        done = transaction.run(partial(segment_counts.refresh, segment_id, now=now))
        counts["counted" if done else "too_slow"] += 1
    return counts
