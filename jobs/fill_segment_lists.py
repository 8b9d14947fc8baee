"""Fill the lists that follow a segment, and set them right again every day."""

from datetime import datetime
from functools import partial

from app import transaction
from app.services import segment_lists

CHUNK = 20_000
# One run of the tick is bounded: other ticks of this scheduler want their turn too.
MAX_CHUNKS = 25


def fill_segment_lists(*, now: datetime) -> dict[str, int]:
    """A short transaction per range of members; stopped anywhere, it goes on from the cursor."""
    with transaction.transaction():
        due = segment_lists.list_due(now=now)
    counts = {"come": 0, "gone": 0}
    for list_id in due:
        for _ in range(MAX_CHUNKS):
            done = transaction.run(partial(segment_lists.advance, list_id, now=now, limit=CHUNK))
            counts["come"] += done.come
            counts["gone"] += done.gone
            if not done.has_more:
                break
    return counts
