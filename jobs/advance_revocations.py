"""Take coupons back, or give them back, chunk by chunk; copies promised to a visit are tried again until the hold ends."""

from datetime import datetime
from functools import partial

from app import transaction
from app.services import revocation_work

CHUNK = 500
# One run of the tick is bounded: other ticks of this scheduler want their turn too.
MAX_CHUNKS = 50


def advance_revocations(*, now: datetime) -> dict[str, int]:
    """A short transaction per chunk."""
    with transaction.transaction():
        live = revocation_work.list_live()
    counts = {"revoked": 0, "restored": 0}
    for revocation_id in live:
        for _ in range(MAX_CHUNKS):
            done = transaction.run(partial(revocation_work.advance, revocation_id, now=now, limit=CHUNK))
            counts["revoked"] += done.revoked
            counts["restored"] += done.restored
            if not done.has_more:
                break
    return counts
