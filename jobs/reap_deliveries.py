"""Put in doubt what a dead worker left between commit and answer. Nothing is ever sent again from here."""

from datetime import datetime

from app.services import doubts
from app.transaction import transaction


def reap_deliveries(*, now: datetime) -> dict[str, int]:
    """Messages in `dispatching` longer than any call can take."""
    with transaction():
        return {"in_doubt": doubts.reap(now=now)}
