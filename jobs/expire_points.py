"""Book points past their expiry. Reads do not wait for it (I14): early, late or twice gives the same state."""

from datetime import datetime

from app import transaction
from app.services import points_expiry

CHUNK = 500
# One run is bounded; the next tick goes on.
MAX_CHUNKS = 200


def expire_points(*, now: datetime) -> dict[str, int]:
    """Short transactions until nothing is due."""
    expired = 0
    for _ in range(MAX_CHUNKS):
        booked = transaction.run(lambda: points_expiry.expire_due(now=now, limit=CHUNK))
        expired += booked
        if not booked:
            break
    return {"expired": expired}
