"""Give the benefits of campaigns, each in a transaction of its own: one member cannot keep the others from theirs."""

from datetime import datetime
from functools import partial

import structlog

from app import transaction
from app.services import campaign_benefits

log = structlog.get_logger(__name__)

CHUNK = 500
# One run is bounded; the next tick goes on.
MAX_CHUNKS = 4


def give_benefits(*, now: datetime) -> dict[str, int]:
    """What everyone of an audience is due, and the end of what cancelled campaigns owed."""
    counts = {"given": 0, "refused": 0, "due": 0, "withdrawn": 0, "failed": 0}
    last = None
    for _ in range(MAX_CHUNKS):
        with transaction.transaction():
            due = campaign_benefits.list_due(limit=CHUNK, after=last)
        for key in due:
            try:
                counts[transaction.run(partial(campaign_benefits.give, key, now=now))] += 1
            except Exception as error:  # noqa: BLE001  one member must not keep the others from their benefit
                counts["failed"] += 1
                log.error("benefit_failed", campaign=key.campaign_id, member=key.member_id, error=type(error).__name__)
        if len(due) < CHUNK:
            break
        last = due[-1]
    counts["withdrawn"] = transaction.run(lambda: campaign_benefits.withdraw_cancelled(limit=CHUNK))
    return counts
