"""The audit is sealed in blocks, never in the writer's path: a chained insert would make the whole shop queue (I17)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from app.extensions import db
from app.statements import audit_seals as statements

# A tick looks at the rows from so many ids before the newest sealed one: more than the rows written during the longest
# transaction. The cost of a tick does not follow the age of the audit.
OVERLAP_IDS: Final = 10_000
BLOCK_ENTRIES: Final = 5_000


@dataclass(frozen=True)
class Head:
    """The newest block: whoever keeps this elsewhere can prove later that nothing before it was rewritten."""

    block_no: int
    hash: str
    sealed_at: datetime


def seal(*, now: datetime, everything: bool = False, limit: int = BLOCK_ENTRIES) -> int:
    """Seal up to `limit` rows nobody sealed yet into one block; returns how many (0 also while somebody else seals).

    `everything` looks at the whole audit instead of its newest part: nightly.
    """
    if not db.session.scalar(statements.TRY_LOCK):
        return 0
    after_id = -1 if everything else int(db.session.scalar(statements.NEWEST) or 0) - OVERLAP_IDS
    return len(db.session.execute(statements.SEAL, {"after_id": after_id, "limit": limit, "now": now}).all())


def find_head() -> Head | None:
    """The newest block; None before the first."""
    row = db.session.execute(statements.HEAD).mappings().first()
    return None if row is None else Head(**row)


def find_oldest_unsealed() -> datetime | None:
    """When the oldest row without a seal was recorded; None when all are sealed. Reads the whole audit."""
    oldest: datetime | None = db.session.scalar(statements.OLDEST_UNSEALED)
    return oldest
