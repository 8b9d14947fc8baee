"""Give members the bills that still wait for them: whatever binding a phone or linking a number left over."""

from datetime import datetime

import structlog

from app import transaction
from app.services import purchases

log = structlog.get_logger(__name__)

CHUNK = 200


def claim_purchases(*, now: datetime) -> dict[str, int]:
    """Each member in transactions of their own, until nothing of theirs waits."""
    counts = {"claimed": 0, "failed": 0}
    after_id = 0
    while True:
        with transaction.transaction():
            members = purchases.list_claimants(after_id=after_id, limit=CHUNK)
        if not members:
            return counts
        for member_id in members:
            try:
                counts["claimed"] += _claim_all(member_id, now=now)
            except Exception as error:  # noqa: BLE001  one member must not keep the others from their bills
                counts["failed"] += 1
                log.error("claim_failed", member=member_id, error=type(error).__name__)
        after_id = members[-1]


def _claim_all(member_id: int, *, now: datetime) -> int:
    claimed = 0
    while taken := transaction.run(lambda: purchases.claim(member_id, now=now)):
        claimed += taken
    return claimed
