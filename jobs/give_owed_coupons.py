"""Give the coupons that events brought, each in a transaction of its own: one member cannot keep the others from theirs."""

from datetime import datetime
from functools import partial

import structlog

from app import transaction
from app.services import owed_coupons

log = structlog.get_logger(__name__)

CHUNK = 500


def give_owed_coupons(*, now: datetime) -> dict[str, int]:
    """The longest due first; the next tick goes on."""
    counts = {"given": 0, "unavailable": 0, "withdrawn": 0, "failed": 0}
    with transaction.transaction():
        due = owed_coupons.list_due(limit=CHUNK)
    for key in due:
        try:
            counts[transaction.run(partial(owed_coupons.give, key, now=now))] += 1
        except Exception as error:  # noqa: BLE001  one member must not keep the others from their coupon
            counts["failed"] += 1
            log.error("owed_coupon_failed", member=key.member_id, source=key.occurrence, error=type(error).__name__)
    return counts
