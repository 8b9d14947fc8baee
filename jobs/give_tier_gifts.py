"""Give the gifts tiers owe: each in a transaction of its own, so that one member cannot keep the others from theirs."""

from datetime import datetime
from functools import partial

import structlog

from app import transaction
from app.services import tier_gifts

log = structlog.get_logger(__name__)

CHUNK = 500


def give_tier_gifts(*, now: datetime) -> dict[str, int]:
    """The longest due first; the next tick goes on."""
    counts = {"given": 0, "unavailable": 0, "failed": 0}
    with transaction.transaction():
        due = tier_gifts.list_due(limit=CHUNK)
    for key in due:
        try:
            counts[transaction.run(partial(tier_gifts.give, key, now=now))] += 1
        except Exception as error:  # noqa: BLE001  one member must not keep the others from their gift
            counts["failed"] += 1
            log.error("tier_gift_failed", member=key.member_id, kind=key.kind, error=type(error).__name__)
    return counts
