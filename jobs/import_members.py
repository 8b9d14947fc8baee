"""Check, make, undo and forget the lines of imports, chunk by chunk; stopped anywhere, it goes on with the rest."""

from collections import Counter
from datetime import datetime
from functools import partial

from app import transaction
from app.services import member_import_work
from app.wiring import parts

CHUNK = 200
# One run of the tick is bounded: other ticks of this scheduler want their turn too.
MAX_CHUNKS = 50


def import_members(*, now: datetime) -> dict[str, int]:
    """A short transaction per chunk, so that a pause never waits long."""
    counts: Counter[str] = Counter()
    with transaction.transaction():
        counts["stopped"] = member_import_work.stop_forgotten(now=now)
        live = member_import_work.list_live()
    for import_id in live:
        advance = partial(member_import_work.advance, import_id, limit=CHUNK, vault=parts().vault, now=now)
        for _ in range(MAX_CHUNKS):
            done = transaction.run(advance)
            counts += done.counts
            if not done.has_more:
                break
    return dict(counts)
