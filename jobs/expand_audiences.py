"""Write the deliveries of campaigns that have begun, range by range; stopped anywhere, it goes on from the cursor."""

from datetime import datetime

from app.services import audiences
from app.transaction import transaction
from app.wiring import parts

# One run is bounded: other ticks of this scheduler want their turn too.
MAX_CHUNKS = 50


def expand_audiences(*, now: datetime) -> dict[str, int]:
    """A short transaction per range, so that a pause never waits long."""
    app_id = parts().config.wechat_appid
    with transaction():
        expanding = audiences.list_expanding()
    added = 0
    for campaign_id in expanding:
        for _ in range(MAX_CHUNKS):
            with transaction():
                rows, has_more = audiences.expand_next(campaign_id, app_id=app_id, now=now)
            added += rows
            if not has_more:
                break
    return {"added": added}
