"""Plan the messages of automations, a page of members in one transaction. Birthdays with their gifts: plan_birthdays.py."""

from datetime import datetime
from functools import partial
from typing import Final

import structlog

from app import transaction
from app.rules.automation_kinds import HABITS
from app.services import automations
from app.services.automation_sources import Key
from app.services.automations import Stretch
from app.wiring import parts

log = structlog.get_logger(__name__)

CHUNK: Final = 500
KINDS: Final = tuple(kind for kind in HABITS if kind != "birthday")


def plan_automations(*, now: datetime) -> dict[str, int]:
    """Whatever is not planned yet, also of days a stopped scheduler missed."""
    with transaction.transaction():
        stretches = automations.list_due(now=now, kinds=KINDS)
    counts, broken = {"planned": 0, "failed": 0}, set()
    for stretch in stretches:
        if stretch.campaign_id in broken:
            continue  # the mark must not pass what is still to be planned
        try:
            counts["planned"] += _plan(stretch, now=now)
        except Exception as error:  # noqa: BLE001  one campaign must not keep the others from their day
            broken.add(stretch.campaign_id)
            counts["failed"] += 1
            log.error("automation_failed", campaign=stretch.campaign_id, error=type(error).__name__)
    return counts


def _plan(stretch: Stretch, *, now: datetime) -> int:
    planned = 0
    after: Key | None = Key()
    app_id = parts().config.wechat_appid
    while after is not None:
        page = partial(automations.plan_page, stretch, after=after, app_id=app_id, now=now, limit=CHUNK)
        added, after = transaction.run(page)
        planned += added
    with transaction.transaction():
        automations.finish(stretch)
    return planned
