"""Sample how fast batches go, and sound the alarm of those that go faster than they should."""

from datetime import datetime
from functools import partial

import structlog

from app import transaction
from app.services import claim_alarms

log = structlog.get_logger(__name__)


def watch_claim_rates(*, now: datetime) -> dict[str, int]:
    """A transaction per batch: pausing one must not wait for another."""
    with transaction.transaction():
        watched = claim_alarms.list_watched()
    counts = {"alarms": 0, "paused": 0}
    for batch_id in watched:
        alarm = transaction.run(partial(claim_alarms.sample, batch_id, now=now))
        if alarm is not None:
            counts["alarms"] += 1
            counts["paused"] += alarm.paused
            log.warning(
                "claim_rate_alarm",
                batch=str(alarm.batch),
                copies=alarm.copies,
                seconds=alarm.seconds,
                per_minute=alarm.per_minute,
                paused=alarm.paused,
            )
    return counts
