"""Write `coupon_will_expire` events some days ahead, once per member and expiry date."""

from datetime import datetime

from app import transaction
from app.services import coupon_notices

CHUNK = 2_000


def announce_expiring_coupons(*, now: datetime) -> dict[str, int]:
    """Short transactions from one end of the notice period to the other; bounded by what expires in it."""
    announced, after = 0, None
    while True:
        done = transaction.run(lambda after=after: coupon_notices.announce(now=now, limit=CHUNK, after=after))  # type: ignore[misc]
        announced, after = announced + done.count, done.next_key
        if after is None:
            return {"announced": announced}
