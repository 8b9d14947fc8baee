"""Seal the audit rows written since: one block a run, chained to the one before."""

from datetime import datetime

from app import transaction
from app.services import audit_seals


def seal_audit(*, now: datetime) -> dict[str, int]:
    """A repeat finds only what was written meanwhile."""
    return {"sealed": transaction.run(lambda: audit_seals.seal(now=now))}
