"""Make the codes of planned runs, chunk by chunk; killed anywhere, it goes on from the cursor: none doubled, none missing."""

from datetime import datetime

from app import transaction
from app.services import coupon_code_runs
from app.wiring import parts

CHUNK = 2_000
# One run of the tick is bounded: others want their turn too. 100,000 codes take one.
MAX_CHUNKS = 50


def make_coupon_codes(*, now: datetime) -> dict[str, int]:
    """A short transaction per chunk, so that progress is seen and a cancellation never waits long."""
    vault = parts().vault
    made = 0
    for _ in range(MAX_CHUNKS):
        chunk = transaction.run(lambda: coupon_code_runs.make_next(vault=vault, limit=CHUNK, now=now))
        made += chunk
        if not chunk:
            break
    return {"made": made}
