"""Tell members in time that a tier will end: an event, once per end, for messages to start from."""

from datetime import datetime
from functools import partial

from app import transaction
from app.services import tier_reviews
from app.services.tier_reviews import Cursor

CHUNK = 500


def notify_tier_drops(*, now: datetime) -> dict[str, int]:
    """One walk over the tiers that end soon, in short transactions."""
    told, cursor = 0, None
    while True:
        new, cursor = transaction.run(partial(_announce, now=now, after=cursor))
        told += new
        if cursor is None:
            return {"told": told}


def _announce(*, now: datetime, after: Cursor | None) -> tuple[int, Cursor | None]:
    return tier_reviews.announce_drops(now=now, after=after, limit=CHUNK)
