"""Begin the campaigns whose time has come; those that are too late wait for a person as `missed`."""

from datetime import datetime

from app.services import campaign_states
from app.transaction import transaction


def start_campaigns(*, now: datetime) -> dict[str, int]:
    """One conditional UPDATE each: a second scheduler finds nothing left to start."""
    with transaction():
        started, missed = campaign_states.start_due(now=now)
    return {"started": len(started), "missed": len(missed)}
