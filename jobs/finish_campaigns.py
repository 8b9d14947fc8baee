"""Close campaigns that have nothing left to send, and end what cancelled ones left planned."""

from datetime import datetime

from app.services import campaign_states
from app.transaction import transaction

CHUNK = 5_000
MAX_CHUNKS = 100


def finish_campaigns(*, now: datetime) -> dict[str, int]:
    """Short transactions; whatever is left over waits for the next run."""
    with transaction():
        done = campaign_states.finish_done(now=now)
    cancelled = 0
    for _ in range(MAX_CHUNKS):
        with transaction():
            swept = campaign_states.sweep_cancelled(limit=CHUNK, now=now)
        cancelled += swept
        if swept < CHUNK:
            break
    return {"done": done, "cancelled": cancelled}
