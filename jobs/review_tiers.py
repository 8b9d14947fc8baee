"""Review tiers whose time is over. Late, early or twice gives the same state (I12)."""

from datetime import datetime

from app import transaction
from app.services import tier_reviews

CHUNK = 200
# One run is bounded; the next tick goes on.
MAX_CHUNKS = 200


def review_tiers(*, now: datetime) -> dict[str, int]:
    """Short transactions until nothing is due; members somebody works on wait for the next run."""
    counts = {"reviewed": 0, "moved": 0}
    for _ in range(MAX_CHUNKS):
        done = transaction.run(lambda: tier_reviews.review_due(now=now, limit=CHUNK))
        counts["reviewed"] += done.looked_at
        counts["moved"] += done.moved
        if not done.looked_at:
            break
    return counts
