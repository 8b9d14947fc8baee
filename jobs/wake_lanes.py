"""Call the lanes when some campaign has something to send. The broker may lose all of it: this tick comes again."""

from datetime import datetime
from functools import lru_cache

from dramatiq.brokers.redis import RedisBroker

from app.services import deliveries, delivery_sheets
from app.transaction import transaction
from app.wiring import parts
from jobs import lanes


def wake_lanes(*, now: datetime) -> dict[str, int]:
    """Lanes called: as many as the campaigns' rates together need."""
    config = parts().config
    with transaction():
        waiting = deliveries.list_waiting_campaigns(now=now, account=f"app:{config.wechat_appid}")
        sheets = [delivery_sheets.get(campaign_id, app_id=config.wechat_appid) for campaign_id in waiting]
    if not sheets:
        return {"woken": 0}
    broker = _broker(config.redis_url)
    if lanes.is_crowded(broker):
        return {"woken": 0}
    own = sum(min(sheet.rates().values()) for sheet in sheets)
    wanted = lanes.lanes_for(min(own, max(sheet.shop_rate for sheet in sheets)))
    return {"woken": sum(lanes.wake(broker, lane) for lane in range(wanted))}


@lru_cache(maxsize=4)
def _broker(redis_url: str) -> RedisBroker:
    return lanes.make_broker(redis_url)
