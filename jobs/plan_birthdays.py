"""Plan birthday messages and give the gifts: each member in a transaction of their own, once a year."""

from datetime import date, datetime

import structlog

from app import transaction
from app.services import birthdays
from app.wiring import parts

log = structlog.get_logger(__name__)

CHUNK = 200


def plan_birthdays(*, now: datetime) -> dict[str, int]:
    """Whatever is not planned yet, also of days a stopped scheduler missed."""
    with transaction.transaction():
        plans = birthdays.list_plans(now=now)
    counts = {"planned": 0, "failed": 0}
    for plan in plans:
        for on in plan.dates:
            planned, failed = _plan_date(plan.campaign_id, on, now=now)
            counts["planned"] += planned
            counts["failed"] += failed
            if failed:
                break  # the cursor must not pass somebody who is still to be planned
            with transaction.transaction():
                birthdays.finish_date(plan.campaign_id, on=on)
    return counts


def _plan_date(campaign_id: int, on: date, *, now: datetime) -> tuple[int, int]:
    planned = failed = after_id = 0
    while True:
        with transaction.transaction():
            members = birthdays.list_members(campaign_id, on=on, after_id=after_id, limit=CHUNK)
        if not members:
            return planned, failed
        for member_id in members:
            try:
                planned += _plan_member(campaign_id, member_id, on, now=now)
            except Exception as error:  # noqa: BLE001  one member must not keep the others from their gift
                failed += 1
                log.error("birthday_failed", campaign=campaign_id, member=member_id, error=type(error).__name__)
        after_id = members[-1]


def _plan_member(campaign_id: int, member_id: int, on: date, *, now: datetime) -> bool:
    app_id = parts().config.wechat_appid
    return transaction.run(lambda: birthdays.plan_member(campaign_id, member_id, on=on, app_id=app_id, now=now))
