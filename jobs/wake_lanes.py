"""Call the lanes of every campaign that has something to send. The broker may lose all of it: this tick comes again."""

from datetime import datetime
from functools import lru_cache

from dramatiq.brokers.redis import RedisBroker

from app.services import deliveries, delivery_sheets
from app.transaction import transaction
from app.wiring import parts
from jobs import lanes


def wake_lanes(*, now: datetime) -> dict[str, int]:
    """Lanes called, of campaigns with due deliveries."""
    config = parts().config
    with transaction():
        waiting = deliveries.list_waiting_campaigns(now=now)
        sheets = [delivery_sheets.get(campaign_id, app_id=config.wechat_appid) for campaign_id in waiting]
    if not sheets:
        return {"woken": 0}
    broker = _broker(config.redis_url)
    if lanes.is_crowded(broker):
        return {"woken": 0}
    woken = 0
    for sheet in sheets:
        for lane in range(lanes.lanes_for(min(sheet.rates().values()))):
            woken += lanes.wake(broker, sheet.campaign_id, lane)
    return {"woken": woken}


@lru_cache(maxsize=4)
def _broker(redis_url: str) -> RedisBroker:
    return lanes.make_broker(redis_url)
