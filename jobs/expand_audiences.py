"""Write the deliveries of campaigns that have begun, range by range; stopped anywhere, it goes on from the cursor."""

import math
import time
from datetime import datetime

from app.errors import Unavailable
from app.services import audiences
from app.transaction import transaction
from app.wiring import parts

# One run is bounded: other ticks of this scheduler want their turn too.
MAX_CHUNKS = 50
# A pause waits for the range under way: on a busy machine ranges get smaller until one takes no longer than this.
PATIENCE_SECONDS = 0.5
SMALLEST = 500


def expand_audiences(*, now: datetime) -> dict[str, int]:
    """A short transaction per range, so that a pause never waits long."""
    app_id = parts().config.wechat_appid
    with transaction():
        expanding = audiences.list_expanding()
    added = 0
    chunk_ids = audiences.CHUNK_IDS
    for campaign_id in expanding:
        for _ in range(MAX_CHUNKS):
            began = time.monotonic()
            try:
                with transaction():
                    rows, has_more = audiences.expand_next(campaign_id, app_id=app_id, now=now, chunk_ids=chunk_ids)
            except Unavailable:
                # Too much for one statement on this machine, now; the cursor stands where it stood.
                if chunk_ids == SMALLEST:
                    raise
                chunk_ids = fitting(chunk_ids, seconds=math.inf)
                continue
            added += rows
            if not has_more:
                break
            chunk_ids = fitting(chunk_ids, seconds=time.monotonic() - began)
    return {"added": added}


def fitting(chunk_ids: int, *, seconds: float) -> int:
    """How many ids the next range has, after one that took so long."""
    if seconds > PATIENCE_SECONDS:
        return max(chunk_ids // 2, SMALLEST)
    return min(chunk_ids * 2, audiences.CHUNK_IDS) if seconds < PATIENCE_SECONDS / 4 else chunk_ids
