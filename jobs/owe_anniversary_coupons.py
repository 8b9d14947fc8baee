"""Write down the coupons that anniversaries of joining bring, also some days late; giving them is another tick's."""

from datetime import datetime

from app import transaction
from app.services import anniversary_coupons

CHUNK = 500


def owe_anniversary_coupons(*, now: datetime) -> dict[str, int]:
    """Every date that may still count, in chunks of members."""
    owed = 0
    with transaction.transaction():
        pending = anniversary_coupons.list_pending(now=now)
    for on, automation in pending:
        while True:
            with transaction.transaction():
                added = anniversary_coupons.owe(automation, on=on, now=now, limit=CHUNK)
            owed += added
            if added < CHUNK:
                break
    return {"owed": owed}
