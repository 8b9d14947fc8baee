"""Give the coupons of issue runs, chunk by chunk; stopped anywhere, it goes on from the cursor."""

from datetime import datetime
from functools import partial

from app import transaction
from app.services import issue_run_work

CHUNK = 500
# One run of the tick is bounded: other ticks of this scheduler want their turn too.
MAX_CHUNKS = 50


def advance_issue_runs(*, now: datetime) -> dict[str, int]:
    """A short transaction per chunk, so that a pause never waits long."""
    with transaction.transaction():
        live = issue_run_work.list_live()
    counts = {"given": 0, "skipped": 0}
    for run_id in live:
        for _ in range(MAX_CHUNKS):
            done = transaction.run(partial(issue_run_work.advance, run_id, now=now, limit=CHUNK))
            counts["given"] += done.given
            counts["skipped"] += done.skipped
            if not done.has_more:
                break
    return counts
