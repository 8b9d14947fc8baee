"""Plan birthday messages and give the gifts: each member in a transaction of their own, once a year."""

from datetime import datetime
from functools import partial

import structlog

from app import transaction
from app.services import automations, birthdays
from app.services.automation_sources import Key, Source
from app.services.automations import Stretch
from app.wiring import parts

log = structlog.get_logger(__name__)

CHUNK = 200


def plan_birthdays(*, now: datetime) -> dict[str, int]:
    """Whatever is not planned yet, also of days a stopped scheduler missed."""
    with transaction.transaction():
        stretches = birthdays.list_due(now=now)
    counts, broken = {"planned": 0, "failed": 0}, set()
    for stretch in stretches:
        if stretch.campaign_id in broken:
            continue  # the mark must not pass somebody who is still to be planned
        planned, failed = _plan(stretch, now=now)
        counts["planned"] += planned
        counts["failed"] += failed
        if failed:
            broken.add(stretch.campaign_id)
            continue
        with transaction.transaction():
            automations.finish(stretch)
    return counts


def _plan(stretch: Stretch, *, now: datetime) -> tuple[int, int]:
    planned = failed = 0
    after = Key()
    while True:
        with transaction.transaction():
            page = birthdays.list_members(stretch, after=after, limit=CHUNK)
        if not page:
            return planned, failed
        for source in page:
            try:
                planned += _plan_member(stretch.campaign_id, source, now=now)
            except Exception as error:  # noqa: BLE001  one member must not keep the others from their gift
                failed += 1
                log.error(
                    "birthday_failed",
                    campaign=stretch.campaign_id,
                    member=source.member_id,
                    error=type(error).__name__,
                )
        after = page[-1].key


def _plan_member(campaign_id: int, source: Source, *, now: datetime) -> bool:
    app_id = parts().config.wechat_appid
    return transaction.run(partial(birthdays.plan_member, campaign_id, source, app_id=app_id, now=now))
