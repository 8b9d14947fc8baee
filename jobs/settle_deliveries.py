"""Stop waiting for WeChat's events that will not come any more; what is in doubt stays in doubt for a person."""

from datetime import datetime

from app.services import doubts
from app.transaction import transaction


def settle_deliveries(*, now: datetime) -> dict[str, int]:
    """Frees the person and template for the next message."""
    with transaction():
        return {"settled": doubts.stop_waiting(now=now)}
