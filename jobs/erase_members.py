"""Forget members whose time to think is over, one per transaction. Late, early or twice gives the same state."""

from datetime import datetime

import structlog

from app import transaction
from app.services import erasure_work
from app.services.erasure_work import Due

log = structlog.get_logger(__name__)

CHUNK = 100


def erase_members(*, now: datetime) -> dict[str, int]:
    """Who cannot be forgotten now (a message is leaving, a clock is behind) is tried again by the next tick."""
    counts = {"erased": 0, "failed": 0}
    after_id = 0
    while True:
        with transaction.transaction():
            due = erasure_work.list_due(now=now, after_id=after_id, limit=CHUNK)
        if not due:
            return counts
        for one in due:
            try:
                counts["erased"] += _erase(one, now=now)
            except Exception as error:  # noqa: BLE001  one member must not keep the others from being forgotten
                counts["failed"] += 1
                log.error("erasure_failed", request=one.request_id, error=type(error).__name__)
        after_id = due[-1].request_id


def _erase(due: Due, *, now: datetime) -> bool:
    return transaction.run(lambda: erasure_work.carry_out(due, now=now))
