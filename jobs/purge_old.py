"""Delete what nobody may ask for any more: old idempotency keys, sessions, counters, events, diary, buyers of waiting bills."""

from datetime import datetime

from app.services import retention
from app.transaction import transaction

CHUNK = 5_000
MAX_CHUNKS = 20


def purge_old(*, now: datetime) -> dict[str, int]:
    """How many of each kind went; a long backlog is worked off over several runs."""
    return {kind: _purge(kind, now=now) for kind in retention.KINDS}


def _purge(kind: str, *, now: datetime) -> int:
    total = 0
    for _ in range(MAX_CHUNKS):
        with transaction():
            gone = retention.purge(kind, now=now, limit=CHUNK)
        total += gone
        if gone < CHUNK:
            break
    return total
