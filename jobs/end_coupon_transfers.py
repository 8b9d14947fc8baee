"""End gifts that nobody accepted. Neither readers nor the coupons wait for it (I14): early, late or twice, the same state."""

from datetime import datetime

from app import transaction
from app.services import coupon_transfers

CHUNK = 500
# One run is bounded; the next tick goes on.
MAX_CHUNKS = 200


def end_coupon_transfers(*, now: datetime) -> dict[str, int]:
    """Short transactions until none is due."""
    expired = 0
    for _ in range(MAX_CHUNKS):
        ended = transaction.run(lambda: coupon_transfers.expire_due(now=now, limit=CHUNK))
        expired += ended
        if ended < CHUNK:
            break
    return {"expired": expired}
