"""Ladders made through the real services, and put in force over all members."""

from datetime import datetime
from typing import Any

from app.actor import Actor
from app.models import Ladder
from app.services import ladder_changes, ladders

# As an installation begins.
THRESHOLDS = {"basic": 0, "silver": 200, "gold": 1000, "diamond": 5000}
ROLLING = {
    "name": "滚动十二个月",
    "qualification": "rolling",
    "qualification_months": 12,
    "validity_months": 12,
    "downgrade": "balance_based",
    "grace_days": 0,
    "notice_days": 30,
    "thresholds": THRESHOLDS,
}


def draft(*, now: datetime, **changes: Any) -> Ladder:
    """Growth of twelve months, valid for twelve, unless told otherwise."""
    return ladders.create_draft({**ROLLING, **changes}, actor=Actor.system(), now=now)


def put_in_force(ladder: Ladder | None = None, *, now: datetime, chunk: int = 100, **changes: Any) -> Ladder:
    """Activate a ladder (a new draft unless given) and move every member onto it."""
    ladder = ladder or draft(now=now, **changes)
    ladders.activate(ladder.public_id, actor=Actor.system(), now=now)
    while ladder_changes.settle_next(now=now, limit=chunk):
        pass
    return ladder
