"""Pay anniversaries of joining: each member in a transaction of their own, once a year, also some days late."""

from datetime import date, datetime

import structlog

from app import transaction
from app.services import anniversaries

log = structlog.get_logger(__name__)

CHUNK = 200


def grant_anniversaries(*, now: datetime) -> dict[str, int]:
    """Whatever is due and not paid yet."""
    counts = {"granted": 0, "failed": 0}
    with transaction.transaction():
        dates = anniversaries.list_dates(now=now)
    for on in dates:
        _grant_date(on, now=now, counts=counts)
    return counts


def _grant_date(on: date, *, now: datetime, counts: dict[str, int]) -> None:
    after_id = 0
    while True:
        with transaction.transaction():
            due = anniversaries.list_due(on, after_id=after_id, limit=CHUNK, now=now)
        if not due:
            return
        for member_id, years in due:
            try:
                counts["granted"] += _grant(member_id, on, years, now=now)
            except Exception as error:  # noqa: BLE001  one member must not keep the others from their reward
                counts["failed"] += 1
                log.error("anniversary_failed", member=member_id, error=type(error).__name__)
        after_id = due[-1][0]


def _grant(member_id: int, on: date, years: int, *, now: datetime) -> bool:
    return transaction.run(lambda: anniversaries.grant(member_id, on=on, years=years, now=now))
