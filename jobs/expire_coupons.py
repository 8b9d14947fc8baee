"""Mark coupons whose time has passed. Reads do not wait for it (I14): early, late or twice gives the same state."""

from datetime import datetime

from app.services import coupons
from app.transaction import transaction

CHUNK = 500
# One run is bounded; the next tick goes on.
MAX_CHUNKS = 200


def expire_coupons(*, now: datetime) -> dict[str, int]:
    """Expire what is due at `now`, in short transactions; returns how many."""
    expired = 0
    for _ in range(MAX_CHUNKS):
        with transaction():
            marked = coupons.expire_due(now=now, limit=CHUNK)
        expired += marked
        if marked < CHUNK:
            break
    return {"expired": expired}
